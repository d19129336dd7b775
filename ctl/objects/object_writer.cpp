// SPDX-License-Identifier: MIT
#include "ctl/objects/object_writer.hpp"

#include "ctl/problem.hpp"

namespace extmail::ctl {

Values ObjectWriter::existing(const std::string& key) const {
  auto row = find_row(context_.database, object_, key);
  if (!row) throw no_such(object_.name(), key);
  return std::move(*row);
}

void ObjectWriter::add(const std::string& key, const Values& given, Changes& changes) const {
  if (find_row(context_.database, object_, key)) {
    throw Refused(object_.name() + ' ' + key + " is there already; extmailctl " + object_.name() +
                  " modify changes it");
  }
  Values values{{object_.key(), key}};
  for (const auto& field : object_.fields()) {
    std::optional<std::string> initial;
    if (field.initial) initial = std::string(*field.initial);
    values.emplace(field.column, std::move(initial));
  }
  for (const auto& [column, value] : given)
    values.insert_or_assign(column, value);
  object_.complete(context_, given, values);
  std::string columns;
  std::string marks;
  mysql::Row row;
  for (const auto& [column, value] : values) {
    columns += (columns.empty() ? "" : ", ") + column;
    marks += marks.empty() ? "?" : ", ?";
    row.push_back(value);
  }
  changes.add("INSERT INTO " + object_.table() + " (" + columns + ") VALUES (" + marks + ')', std::move(row));
  object_.added(context_, values, changes);
}

void ObjectWriter::modify(const std::string& key, const Values& given, Changes& changes) const {
  const Values old = existing(key);
  Values changed = given;
  object_.revise(context_, old, changed, changes);
  object_.check_change(context_, old, changed);
  std::string assignments;
  mysql::Row row;
  for (const auto& [column, value] : changed) {
    assignments += (assignments.empty() ? "" : ", ") + column + " = ?";
    row.push_back(value);
  }
  if (row.empty()) return;
  row.push_back(old.at(object_.key()));
  changes.add("UPDATE " + object_.table() + " SET " + assignments + " WHERE " + object_.key() + " = ?",
              std::move(row));
}

void ObjectWriter::rename(const std::string& from, const std::string& to, Changes& changes) const {
  const Values old = existing(from);
  if (from == to) throw Refused("it has that name already");
  if (find_row(context_.database, object_, to))
    throw Refused(object_.name() + ' ' + to + " is there already");
  object_.rename(context_, old, to, changes);
}

std::vector<Reference> ObjectWriter::remove(const std::string& key, bool with_references,
                                            Changes& changes) const {
  const Values old = existing(key);
  auto references = object_.references(context_, key);
  std::string blocking;
  for (const auto& reference : references) {
    if (reference.goes_along && reference.sql.empty()) continue;
    if ((with_references || reference.goes_along) && !reference.sql.empty()) {
      changes.add(reference.sql, reference.values);
    } else if (reference.must_go) {
      blocking += "\n  " + reference.text;
    }
  }
  if (!blocking.empty()) {
    throw Refused(object_.name() + ' ' + key + " is still in use:" + blocking +
                  "\nDelete these first, or all of it at once with --cascade");
  }
  changes.add("DELETE FROM " + object_.table() + " WHERE " + object_.key() + " = ?", {old.at(object_.key())});
  object_.removed(context_, old, changes);
  return references;
}

}  // namespace extmail::ctl
