// SPDX-License-Identifier: MIT
#include "ctl/transfer/csv.hpp"

#include "core/printable.hpp"
#include "ctl/problem.hpp"

#include <optional>
#include <utility>

#include <csv.h>

namespace extmail::ctl::transfer {
namespace {

using Fields = std::vector<std::optional<std::string>>;

}  // namespace

/// libcsv's, of one file. A row may go over several lines.
class CsvSource::Parser {
 public:
  Parser() {
    if (csv_init(&parser_, CSV_STRICT | CSV_STRICT_FINI | CSV_EMPTY_IS_NULL) != 0)
      throw Refused("libcsv can't be used");
    // It would take blanks around a field away.
    csv_set_space_func(&parser_, [](unsigned char) { return 0; });
  }
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;
  ~Parser() { csv_free(&parser_); }

  /// The fields of the next row that is not empty; empty at the end. line: where the row begins.
  std::optional<Fields> next(LineFile& file, std::size_t& line) {
    fields_.clear();
    is_complete_ = false;
    std::string text;
    for (bool is_first = true; !is_complete_;) {
      if (!file.next(text)) return finish();
      if (is_first && (text.empty() || text == "\r")) continue;
      if (is_first) line = file.line();
      is_first = false;
      text += '\n';
      if (csv_parse(&parser_, text.data(), text.size(), &Parser::take_field, &Parser::take_row, this) !=
          text.size())
        throw Refused("line " + std::to_string(file.line()) +
                      ": a quote is out of place; in a field in quotes it has to be doubled");
    }
    return std::move(fields_);
  }

 private:
  std::optional<Fields> finish() {
    if (csv_fini(&parser_, &Parser::take_field, &Parser::take_row, this) != 0)
      throw Refused("the last field's closing quote is missing");
    if (fields_.empty()) return std::nullopt;
    return std::move(fields_);
  }

  static void take_field(void* text, std::size_t bytes, void* self) {
    auto& fields = static_cast<Parser*>(self)->fields_;
    if (text == nullptr)
      fields.emplace_back(std::nullopt);
    else
      fields.emplace_back(std::string(static_cast<const char*>(text), bytes));
  }
  static void take_row(int /*end*/, void* self) { static_cast<Parser*>(self)->is_complete_ = true; }

  csv_parser parser_{};
  Fields fields_;
  bool is_complete_ = false;
};

CsvSource::CsvSource(const std::string& path, const Table& table) : path_(path), table_(table), file_(path) {
  rewind();
}

CsvSource::~CsvSource() = default;

void CsvSource::rewind() {
  file_.rewind();
  parser_ = std::make_unique<Parser>();
  names_.clear();
  std::size_t line = 0;
  const auto names = parser_->next(file_, line);
  if (!names) throw Refused(path_ + ": is empty; its first line names the columns");
  for (const auto& name : *names) {
    const std::string text = name.value_or("");
    if (table_.find(text) == nullptr && text != "password_plain") {
      throw Refused(path_ + ": its first line names a column that " + std::string(table_.name) +
                    " has not: \"" + printable(text, 64) + '"');
    }
    names_.push_back(text);
  }
}

std::optional<Record> CsvSource::next() {
  std::size_t line = 0;
  std::optional<Fields> fields;
  try {
    fields = parser_->next(file_, line);
  } catch (const Refused& fault) {
    throw Refused(path_ + ": " + fault.what());
  }
  if (!fields) return std::nullopt;
  if (fields->size() != names_.size()) {
    return Record{.line = line,
                  .fault = "has " + std::to_string(fields->size()) + " fields, and the first line " +
                           std::to_string(names_.size())};
  }
  Record record{.table = &table_, .line = line};
  for (std::size_t i = 0; i < names_.size(); ++i)
    record.values.insert_or_assign(names_[i], std::move((*fields)[i]));
  return record;
}

}  // namespace extmail::ctl::transfer
