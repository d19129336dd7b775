// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/changes.hpp"
#include "ctl/objects/field.hpp"
#include "ctl/settings.hpp"
#include "mysql/connection.hpp"

#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace extmail::ctl {

/// Something else in the database that an object which is to be deleted belongs to.
struct Reference {
  std::string text;         ///< what it is, for people: "3 aliases lead to it: a@x, …"
  bool must_go = false;     ///< the object can't be deleted as long as it is there
  std::string sql = {};     ///< puts it right, where --cascade is given
  mysql::Row values = {};   ///< of sql
  bool goes_along = false;  ///< it goes with the object, --cascade or not
};

/// One kind of what ExtMan administers: a table, its fields, and the rules that ExtMan keeps to when it writes.
///
/// All that asks the database is called in the transaction that then writes, and locks the rows it goes by.
/// Errors: Misuse and Refused, for people; mysql::DatabaseError.
class Object {
 public:
  struct Context {
    mysql::Connection& database;
    const Settings& settings;
  };

  Object(std::string_view name, std::string_view table, std::string_view key, std::vector<Field> fields)
      : name_(name), table_(table), key_(key), fields_(std::move(fields)) {}
  virtual ~Object() = default;
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::string& table() const { return table_; }
  [[nodiscard]] const std::string& key() const { return key_; }
  [[nodiscard]] const std::vector<Field>& fields() const { return fields_; }

  /// What list and show have of other tables, after the fields: a column of its own, and the expression that gives it.
  struct Derived {
    std::string_view name;
    std::string_view sql;
  };
  [[nodiscard]] virtual std::optional<Derived> derived() const { return std::nullopt; }

  /// What makes a row one of a domain's, which is the condition's only parameter.
  [[nodiscard]] virtual std::string_view domain_condition() const { return "domain = ?"; }

  /// The key as ExtMan writes it, of what an administrator wrote.
  [[nodiscard]] virtual std::string to_key(std::string_view given) const = 0;

  /// Options of `add` that are no fields; what they say is kept until complete().
  virtual void add_options(CLI::App& /*add*/) {}

  /// Options of `rename` and of `delete`, likewise.
  virtual void add_rename_options(CLI::App& /*rename*/) {}
  virtual void add_removal_options(CLI::App& /*removal*/) {}

  /// Asks people for what a new row needs of them, before any row is locked.
  virtual void ask(const std::string& /*key*/) {}

  /// Tells people what they need to know of a new row that is there now.
  virtual void tell(std::ostream& /*out*/) const {}

  /// Gives a new row what it needs beyond what was given and the fields' initial values, which are in it already, and
  /// refuses one that ExtMan's rules do not allow. values has the key.
  virtual void complete(const Context& context, const Values& given, Values& values) const = 0;

  /// The same of `modify`. What they say comes into a change by revise().
  virtual void add_change_options(CLI::App& /*modify*/) {}
  /// Whether any of these was given: a change without a field makes sense then.
  [[nodiscard]] virtual bool has_change_options() const { return false; }

  /// Brings changed fields into the form that ExtMan writes, and gathers what is to be changed besides.
  virtual void revise(const Context& /*context*/, const Values& /*old*/, Values& /*changed*/,
                      Changes& /*changes*/) const {}

  /// Refuses a change that the rules do not allow.
  virtual void check_change(const Context& context, const Values& old, const Values& changed) const = 0;

  /// Further statements that go with a new row, before (as a check would have it) nothing and after the row itself.
  virtual void added(const Context& /*context*/, const Values& /*values*/, Changes& /*changes*/) const {}

  /// What else would be left behind.
  [[nodiscard]] virtual std::vector<Reference> references(const Context& context,
                                                          const std::string& key) const = 0;

  /// Further statements that go with a row's end, after it.
  virtual void removed(const Context& /*context*/, const Values& /*old*/, Changes& /*changes*/) const {}

  /// All that has to be written to give it another key, which nothing has yet.
  virtual void rename(const Context& context, const Values& old, const std::string& key,
                      Changes& changes) const = 0;

 private:
  std::string name_;
  std::string table_;
  std::string key_;
  std::vector<Field> fields_;
};

/// The row with this key, locked until the transaction ends; empty where there is none.
[[nodiscard]] std::optional<Values> find_row(mysql::Connection& database, const Object& object,
                                             const std::string& key);

/// Now, as ExtMan writes createdate.
[[nodiscard]] std::string creation_date();

}  // namespace extmail::ctl
