// SPDX-License-Identifier: MIT
#include "ctl/transfer/json_lines.hpp"

#include <charconv>
#include <cstdint>
#include <string_view>

#include <nlohmann/json.hpp>

namespace extmail::ctl::transfer {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kBlanks = " \t";

Record faulty(std::size_t line, std::string fault) {
  return {.line = line, .fault = std::move(fault)};
}

/// A number as the database has it, a flag as 1 or 0, null as NULL. No column holds a list or an object.
bool take(const Json& value, std::optional<std::string>& stored) {
  if (value.is_null()) {
    stored.reset();
  } else if (value.is_string()) {
    stored = value.get<std::string>();
  } else if (value.is_boolean()) {
    stored = value.get<bool>() ? "1" : "0";
  } else if (value.is_number_integer()) {
    stored = value.dump();
  } else {
    return false;
  }
  return true;
}

Record to_record(const std::string& text, std::size_t line) {
  const Json object = Json::parse(text, nullptr, false);
  if (object.is_discarded() || !object.is_object()) return faulty(line, "is no JSON object");
  const auto name = object.find("table");
  if (name == object.end() || !name->is_string())
    return faulty(line, "has no \"table\", such as \"mailbox\"");
  Record record{.table = find_table(name->get_ref<const std::string&>()), .line = line};
  if (record.table == nullptr)
    return faulty(line,
                  "is of an unknown table, " + name->dump(-1, ' ', false, Json::error_handler_t::replace));
  for (const auto& [column, value] : object.items()) {
    if (column == "table") continue;
    std::optional<std::string> stored;
    if (!take(value, stored))
      return faulty(line, column + " is neither text, whole number, true, false nor null");
    record.values.insert_or_assign(column, std::move(stored));
  }
  return record;
}

Json to_json(const Column& column, const std::optional<std::string>& value) {
  if (!value) return nullptr;
  if (column.kind == ValueKind::Number || column.kind == ValueKind::Flag) {
    std::int64_t number = 0;
    const char* last = value->data() + value->size();
    const auto [end, error] = std::from_chars(value->data(), last, number);
    if (error == std::errc() && end == last) return number;
  }
  return *value;
}

}  // namespace

std::optional<Record> JsonLinesSource::next() {
  std::string text;
  while (file_.next(text)) {
    if (text.find_first_not_of(kBlanks) != std::string::npos) return to_record(text, file_.line());
  }
  return std::nullopt;
}

std::string json_line(const Table& table, const std::vector<const Column*>& columns, const mysql::Row& row) {
  Json object = Json::object();
  object["table"] = table.name;
  for (std::size_t i = 0; i < columns.size(); ++i)
    object[std::string(columns[i]->name)] = to_json(*columns[i], row[i]);
  return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace extmail::ctl::transfer
