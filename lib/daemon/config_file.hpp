// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace extmail::daemon {

/// Where programs look for it unless told otherwise.
inline constexpr const char* kDefaultConfigFile = "/etc/extmail/extmail.toml";

/// extmail.toml can't be used. what() has one line for each thing that is wrong, each naming file, line and
/// key.
class ConfigError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What only a start applies: keys such as `authd.hash_threads`, with what the file says there; empty where it says nothing.
using FixedKeys = std::map<std::string, std::string>;

/// A TOML file, read key by key. What is wrong is collected, so that an admin sees all of it at once; keys
/// that nobody asked for are wrong too, because a misspelt key is a setting that silently does not work.
///
/// Errors: the constructor throws ConfigError for a file that can't be read or is no TOML; finish() for all
/// the rest.
class ConfigFile {
 public:
  explicit ConfigFile(const std::string& path);
  ~ConfigFile();
  ConfigFile(const ConfigFile&) = delete;
  ConfigFile& operator=(const ConfigFile&) = delete;

  /// One table of the file. Values that are missing take the fallback; values that are wrong are noted, and
  /// take it too.
  class Table {
   public:
    [[nodiscard]] std::string text(std::string_view key, std::string_view fallback);
    [[nodiscard]] std::string required_text(std::string_view key);
    [[nodiscard]] std::vector<std::string> texts(std::string_view key, std::vector<std::string> fallback);
    [[nodiscard]] bool flag(std::string_view key, bool fallback);
    [[nodiscard]] std::int64_t integer(std::string_view key, std::int64_t fallback, std::int64_t min,
                                       std::int64_t max);
    [[nodiscard]] std::optional<std::int64_t> optional_integer(std::string_view key, std::int64_t min,
                                                               std::int64_t max);

    /// Text that must be one of choices.
    [[nodiscard]] std::string choice(std::string_view key, const std::vector<std::string>& choices,
                                     std::string_view fallback);

    /// A table `[table.key]`; empty where the file has none.
    [[nodiscard]] std::optional<Table> optional_table(std::string_view key);

    /// The tables of an array `[[table.key]]`.
    [[nodiscard]] std::vector<Table> tables(std::string_view key);

    /// The tables `[table.key.NAME]`, with the names that the file gives them.
    [[nodiscard]] std::vector<std::pair<std::string, Table>> named_tables(std::string_view key);

    /// Notes that a reload does not apply what a key says, or a table with all that is in it: see fixed_keys().
    void fix(std::string_view key);

    /// Notes what is wrong with a key's value beyond its type.
    void complain(std::string_view key, const std::string& what);
    /// Notes what is wrong with the table itself.
    void complain(const std::string& what);

   private:
    friend class ConfigFile;
    struct State;
    explicit Table(std::shared_ptr<State> state) : state_(std::move(state)) {}
    template <typename T>
    std::optional<T> value(std::string_view key, std::string_view type_name);

    std::shared_ptr<State> state_;
  };

  /// A top-level table; an empty one where the file has none.
  [[nodiscard]] Table table(std::string_view name);

  /// Leaves a top-level table to another daemon.
  void ignore(std::string_view name);

  [[nodiscard]] FixedKeys fixed_keys() const;

  /// Throws when anything was wrong.
  void finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace extmail::daemon
