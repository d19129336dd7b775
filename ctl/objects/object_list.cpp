// SPDX-License-Identifier: MIT
#include "ctl/objects/object_list.hpp"

#include <string_view>
#include <utility>
#include <vector>

namespace extmail::ctl {
namespace {

Report::Kind kind_of(const Field& field) {
  const bool is_number = field.kind == FieldKind::Count || field.kind == FieldKind::Flag;
  return is_number ? Report::Kind::Number : Report::Kind::Text;
}

Report::Cell cell_of(const Field& field, std::optional<std::string> value) {
  Report::Cell cell;
  if (value) cell.text = to_shown(field, *value);
  cell.value = std::move(value);
  return cell;
}

std::vector<Report::Column> columns_of(const Object& object, const std::vector<const Field*>& fields) {
  std::vector<Report::Column> columns{{object.key()}};
  for (const auto* field : fields)
    columns.push_back({std::string(field->column), kind_of(*field)});
  if (const auto derived = object.derived()) columns.push_back({std::string(derived->name)});
  return columns;
}

}  // namespace

std::string like_pattern(const std::string& pattern) {
  std::string like;
  for (const char c : pattern) {
    if (c == '*' || c == '?') {
      like += c == '*' ? '%' : '_';
      continue;
    }
    if (c == '%' || c == '_' || c == '|') like += '|';
    like += c;
  }
  return like;
}

Report list_objects(mysql::Connection& database, const Object& object, const ListFilter& filter,
                    Format format) {
  std::vector<const Field*> fields;
  for (const auto& field : object.fields()) {
    if (field.is_listed || format != Format::Text) fields.push_back(&field);
  }
  std::string sql = "SELECT " + object.key();
  for (const auto* field : fields)
    sql += ", " + std::string(field->column);
  const auto derived = object.derived();
  if (derived) sql += ", " + std::string(derived->sql);
  sql += " FROM " + object.table() + " WHERE TRUE";
  std::vector<std::string_view> parameters;
  const std::string like = like_pattern(filter.pattern);
  if (!like.empty()) {
    sql += " AND " + object.key() + " LIKE ? ESCAPE '|'";
    parameters.emplace_back(like);
  }
  if (!filter.domain.empty()) {
    sql += " AND " + std::string(object.domain_condition());
    parameters.emplace_back(filter.domain);
  }
  if (filter.is_active) sql += *filter.is_active ? " AND active = 1" : " AND active <> 1";
  Report report(columns_of(object, fields));
  database.for_each(sql + " ORDER BY " + object.key(), parameters, [&](mysql::Row& row) {
    std::vector<Report::Cell> cells{{std::move(row.front())}};
    for (std::size_t i = 0; i < fields.size(); ++i)
      cells.push_back(cell_of(*fields[i], std::move(row[i + 1])));
    if (derived) cells.push_back({std::move(row.back())});
    report.add(std::move(cells));
  });
  return report;
}

Report show_object(const Values& row, const Object& object) {
  std::vector<const Field*> fields;
  for (const auto& field : object.fields())
    fields.push_back(&field);
  Report report(columns_of(object, fields));
  std::vector<Report::Cell> cells{{row.at(object.key())}};
  for (const auto* field : fields)
    cells.push_back(cell_of(*field, row.find(field->column)->second));
  if (const auto derived = object.derived()) cells.push_back({row.find(derived->name)->second});
  report.add(std::move(cells));
  return report;
}

}  // namespace extmail::ctl
