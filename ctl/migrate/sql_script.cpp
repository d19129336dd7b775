// SPDX-License-Identifier: MIT
#include "ctl/migrate/sql_script.hpp"

#include <algorithm>
#include <cstddef>

namespace extmail::ctl {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::string_view kDelimiterWord = "DELIMITER ";

std::string_view trimmed(std::string_view text) {
  const std::size_t start = text.find_first_not_of(kBlanks);
  if (start == std::string_view::npos) return {};
  return text.substr(start, text.find_last_not_of(kBlanks) + 1 - start);
}

class Splitter {
 public:
  explicit Splitter(std::string_view script) : script_(script) {}

  std::vector<std::string> split() {
    while (at_ < script_.size())
      step();
    finish();
    return std::move(statements_);
  }

 private:
  [[nodiscard]] bool sees(std::string_view text) const { return script_.substr(at_).starts_with(text); }

  /// To the end of text, or of the script where text does not come.
  std::string_view take_through(std::string_view text, std::size_t skipped) {
    const std::size_t found = script_.find(text, at_ + skipped);
    const std::size_t end = found == std::string_view::npos ? script_.size() : found + text.size();
    const auto taken = script_.substr(at_, end - at_);
    at_ = end;
    return taken;
  }

  void step() {
    const char c = script_[at_];
    if (trimmed(statement_).empty() && sees(kDelimiterWord)) {
      const auto line = take_through("\n", 0);
      delimiter_ = trimmed(line.substr(kDelimiterWord.size()));
    } else if (sees(delimiter_)) {
      at_ += delimiter_.size();
      finish();
    } else if (c == '#' || (sees("--") && is_blank(at_ + 2))) {
      take_through("\n", 0);
      statement_ += '\n';
    } else if (sees("/*") && !sees("/*!") && !sees("/*M!")) {
      take_through("*/", 2);
      statement_ += ' ';
    } else if (c == '\'' || c == '"' || c == '`') {
      take_quoted(c);
    } else {
      statement_ += c;
      ++at_;
    }
  }

  [[nodiscard]] bool is_blank(std::size_t at) const {
    return at >= script_.size() || kBlanks.find(script_[at]) != std::string_view::npos;
  }

  /// A doubled quote ends one text and begins the next, which comes to the same.
  void take_quoted(char quote) {
    const std::size_t start = at_++;
    while (at_ < script_.size() && script_[at_] != quote)
      at_ += script_[at_] == '\\' && quote != '`' ? 2 : 1;
    at_ = std::min(at_ + 1, script_.size());
    statement_ += script_.substr(start, at_ - start);
  }

  void finish() {
    if (const auto text = trimmed(statement_); !text.empty()) statements_.emplace_back(text);
    statement_.clear();
  }

  std::string_view script_;
  std::size_t at_ = 0;
  std::string delimiter_ = ";";
  std::string statement_;
  std::vector<std::string> statements_;
};

}  // namespace

std::vector<std::string> split_script(std::string_view script) {
  return Splitter(script).split();
}

}  // namespace extmail::ctl
