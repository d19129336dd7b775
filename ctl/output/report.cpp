// SPDX-License-Identifier: MIT
#include "ctl/output/report.hpp"

#include "core/display_width.hpp"
#include "core/printable.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <limits>
#include <ostream>
#include <string_view>

#include <nlohmann/json.hpp>

namespace extmail::ctl {
namespace {

constexpr const char* kBold = "\033[1m";
constexpr const char* kPlain = "\033[0m";
constexpr std::size_t kUncut = std::numeric_limits<std::size_t>::max();

using Json = nlohmann::ordered_json;

/// One line, whatever the row has: nobody's name may move the cursor of an administrator.
std::string shown(const Report::Cell& cell) {
  if (cell.text) return printable(*cell.text, kUncut);
  return cell.value ? printable(*cell.value, kUncut) : std::string("NULL");
}

std::string padding(std::size_t wanted, const std::string& text) {
  const std::size_t width = display_width(text);
  return std::string(wanted > width ? wanted - width : 0, ' ');
}

Json json_value(Report::Kind kind, const std::optional<std::string>& value) {
  if (!value) return nullptr;
  if (kind == Report::Kind::Number) {
    std::int64_t number = 0;
    const char* last = value->data() + value->size();
    if (const auto [end, error] = std::from_chars(value->data(), last, number);
        error == std::errc() && end == last)
      return number;
  }
  return *value;
}

Json json_object(const std::vector<Report::Column>& columns, const std::vector<Report::Cell>& row) {
  Json object = Json::object();
  for (std::size_t i = 0; i < columns.size(); ++i)
    object[columns[i].name] = json_value(columns[i].kind, row[i].value);
  return object;
}

/// Bytes of a row that are no UTF-8 must not keep the rest from being read.
std::string dumped(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace);
}

void write_csv(std::ostream& out, const std::vector<Report::Column>& columns,
               const std::vector<std::vector<Report::Cell>>& rows) {
  const char* separator = "";
  for (const auto& column : columns) {
    out << separator << csv_field(column.name);
    separator = ",";
  }
  out << "\r\n";
  for (const auto& row : rows) {
    separator = "";
    for (const auto& cell : row) {
      out << separator << csv_field(cell.value);
      separator = ",";
    }
    out << "\r\n";
  }
}

}  // namespace

std::string csv_field(const std::optional<std::string>& value) {
  if (!value) return "";
  const std::string& text = *value;
  if (!text.empty() && text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string field = "\"";
  for (const char c : text) {
    if (c == '"') field += '"';
    field += c;
  }
  return field + '"';
}

void Report::write_list(const Output& output) const {
  std::ostream& out = *output.stream;
  if (output.format == Format::Csv) return write_csv(out, columns_, rows_);
  if (output.format == Format::Json) {
    Json array = Json::array();
    for (const auto& row : rows_)
      array.push_back(json_object(columns_, row));
    out << dumped(array) << '\n';
    return;
  }
  std::vector<std::size_t> widths;
  for (const auto& column : columns_)
    widths.push_back(display_width(column.name));
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], display_width(shown(row[i])));
  }
  const auto write_line = [&](const auto& text_of) {
    std::string line;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const std::string text = text_of(i);
      const std::string blanks = padding(widths[i], text);
      if (i > 0) line += "  ";
      line += columns_[i].kind == Kind::Number ? blanks + text : text + blanks;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    return line;
  };
  const std::string title = write_line([&](std::size_t i) { return columns_[i].name; });
  out << (output.has_colours ? kBold + title + kPlain : title) << '\n';
  for (const auto& row : rows_)
    out << write_line([&](std::size_t i) { return shown(row[i]); }) << '\n';
}

void Report::write_single(const Output& output) const {
  std::ostream& out = *output.stream;
  if (output.format == Format::Csv) return write_csv(out, columns_, rows_);
  if (output.format == Format::Json) {
    out << dumped(json_object(columns_, rows_.front())) << '\n';
    return;
  }
  std::size_t width = 0;
  for (const auto& column : columns_)
    width = std::max(width, column.name.size());
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const std::string& name = columns_[i].name;
    out << (output.has_colours ? kBold + name + kPlain : name) << padding(width + 2, name)
        << shown(rows_.front()[i]) << '\n';
  }
}

}  // namespace extmail::ctl
