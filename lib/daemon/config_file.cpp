// SPDX-License-Identifier: MIT
#include "daemon/config_file.hpp"

#include "core/printable.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <set>
#include <sstream>
#include <system_error>
#include <utility>

#include <toml++/toml.h>
#include <unistd.h>

namespace extmail::daemon {
namespace {

std::string join(const std::vector<std::string>& words) {
  std::string joined;
  for (const auto& word : words)
    joined += (joined.empty() ? "" : ", ") + word;
  return joined;
}

std::string must_be_table(const std::string& name) {
  return name + " must be a table: [" + name + ']';
}

/// Texts show what the file has, which may be anything.
std::string one_line(std::string_view text) {
  constexpr std::size_t kMaxBytes = 4000;
  return printable(text, kMaxBytes);
}

}  // namespace

struct ConfigFile::Impl {
  std::string path;
  toml::table root;
  std::vector<std::pair<unsigned, std::string>> complaints;  // line, text
  std::vector<std::shared_ptr<Table::State>> tables;
  std::set<std::string, std::less<>> known_tables;
  FixedKeys fixed;

  void complain(unsigned line, const std::string& text) { complaints.emplace_back(line, one_line(text)); }
};

struct ConfigFile::Table::State {
  Impl& file;
  std::string name;
  const toml::table* node;  // null: the file has no such table
  std::set<std::string, std::less<>> asked;

  const toml::node* find(std::string_view key) {
    asked.emplace(key);
    return node == nullptr ? nullptr : node->get(key);
  }
  [[nodiscard]] std::string key_name(std::string_view key) const { return name + '.' + std::string(key); }
};

ConfigFile::ConfigFile(const std::string& path) : impl_(std::make_unique<Impl>()) {
  impl_->path = path;
  // Read as a file it would be an empty one: nothing set, and all defaults.
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) throw ConfigError(path + ": is a folder, and no file");
  // The parser does not say why it can't open a file.
  if (::access(path.c_str(), R_OK) != 0)
    throw ConfigError(path + ": " + std::generic_category().message(errno));
  try {
    impl_->root = toml::parse_file(path);
  } catch (const toml::parse_error& error) {
    const auto line = error.source().begin.line;
    throw ConfigError(path + ':' + (line == 0 ? "" : std::to_string(line) + ':') + ' ' +
                      one_line(error.description()));
  }
}

ConfigFile::~ConfigFile() = default;

ConfigFile::Table ConfigFile::table(std::string_view name) {
  impl_->known_tables.emplace(name);
  const toml::node* node = impl_->root.get(name);
  if (node != nullptr && !node->is_table()) {
    impl_->complain(node->source().begin.line, must_be_table(std::string(name)));
    node = nullptr;
  }
  const toml::table* found = node == nullptr ? nullptr : node->as_table();
  auto state = std::make_shared<Table::State>(Table::State{*impl_, std::string(name), found, {}});
  impl_->tables.push_back(state);
  return Table(std::move(state));
}

void ConfigFile::ignore(std::string_view name) {
  impl_->known_tables.emplace(name);
}

FixedKeys ConfigFile::fixed_keys() const {
  return impl_->fixed;
}

void ConfigFile::finish() {
  for (auto&& [key, node] : impl_->root) {
    if (impl_->known_tables.count(std::string_view(key.str())) > 0) continue;
    const std::vector<std::string> known(impl_->known_tables.begin(), impl_->known_tables.end());
    impl_->complain(node.source().begin.line,
                    "unknown key " + std::string(key.str()) + "; known are " + join(known));
  }
  for (const auto& table : impl_->tables) {
    if (table->node == nullptr) continue;
    for (auto&& [key, node] : *table->node) {
      if (table->asked.count(std::string_view(key.str())) > 0) continue;
      const std::vector<std::string> known(table->asked.begin(), table->asked.end());
      impl_->complain(node.source().begin.line,
                      "unknown key " + table->key_name(key.str()) + "; known are " + join(known));
    }
  }
  if (impl_->complaints.empty()) return;

  std::stable_sort(impl_->complaints.begin(), impl_->complaints.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::string text;
  for (const auto& [line, what] : impl_->complaints) {
    if (!text.empty()) text += '\n';
    text += impl_->path + ':' + (line == 0 ? "" : std::to_string(line) + ':') + ' ' + what;
  }
  throw ConfigError(text);
}

template <typename T>
std::optional<T> ConfigFile::Table::value(std::string_view key, std::string_view type_name) {
  const toml::node* node = state_->find(key);
  if (node == nullptr) return std::nullopt;
  auto value = node->value_exact<T>();
  if (!value) complain(key, "must be " + std::string(type_name));
  return value;
}

void ConfigFile::Table::complain(std::string_view key, const std::string& what) {
  const toml::node* node = state_->find(key);
  if (node == nullptr) node = state_->node;
  state_->file.complain(node == nullptr ? 0 : node->source().begin.line, state_->key_name(key) + ' ' + what);
}

void ConfigFile::Table::complain(const std::string& what) {
  const toml::node* node = state_->node;
  state_->file.complain(node == nullptr ? 0 : node->source().begin.line, state_->name + ' ' + what);
}

std::string ConfigFile::Table::text(std::string_view key, std::string_view fallback) {
  return value<std::string>(key, "a text in quotes").value_or(std::string(fallback));
}

std::string ConfigFile::Table::required_text(std::string_view key) {
  if (state_->find(key) == nullptr) complain(key, "is missing");
  return text(key, "");
}

std::vector<std::string> ConfigFile::Table::texts(std::string_view key, std::vector<std::string> fallback) {
  const toml::node* node = state_->find(key);
  if (node == nullptr) return fallback;
  std::vector<std::string> values;
  const toml::array* array = node->as_array();
  for (std::size_t i = 0; array != nullptr && i < array->size(); ++i) {
    if (const auto text = array->get(i)->value_exact<std::string>()) values.push_back(*text);
  }
  if (array == nullptr || values.size() != array->size()) complain(key, "must be a list of texts in quotes");
  return values;
}

bool ConfigFile::Table::flag(std::string_view key, bool fallback) {
  return value<bool>(key, "true or false").value_or(fallback);
}

std::optional<std::int64_t> ConfigFile::Table::optional_integer(std::string_view key, std::int64_t min,
                                                                std::int64_t max) {
  const std::string range = "a whole number from " + std::to_string(min) + " to " + std::to_string(max);
  auto number = value<std::int64_t>(key, range);
  if (!number || (*number >= min && *number <= max)) return number;
  complain(key, "must be " + range);
  return std::nullopt;
}

std::int64_t ConfigFile::Table::integer(std::string_view key, std::int64_t fallback, std::int64_t min,
                                        std::int64_t max) {
  return optional_integer(key, min, max).value_or(fallback);
}

std::string ConfigFile::Table::choice(std::string_view key, const std::vector<std::string>& choices,
                                      std::string_view fallback) {
  std::string chosen = text(key, fallback);
  if (std::find(choices.begin(), choices.end(), chosen) != choices.end()) return chosen;
  complain(key, "must be one of " + join(choices));
  return std::string(fallback);
}

std::optional<ConfigFile::Table> ConfigFile::Table::optional_table(std::string_view key) {
  const toml::node* node = state_->find(key);
  if (node == nullptr) return std::nullopt;
  if (!node->is_table()) {
    complain(key, "must be a table: [" + state_->key_name(key) + "]");
    return std::nullopt;
  }
  auto state = std::make_shared<State>(State{state_->file, state_->key_name(key), node->as_table(), {}});
  state_->file.tables.push_back(state);
  return Table(std::move(state));
}

void ConfigFile::Table::fix(std::string_view key) {
  std::ostringstream text;
  const toml::node* node = state_->node == nullptr ? nullptr : state_->node->get(key);
  if (node != nullptr) node->visit([&text](const auto& value) { text << value; });
  state_->file.fixed[state_->key_name(key)] = text.str();
}

std::vector<ConfigFile::Table> ConfigFile::Table::tables(std::string_view key) {
  std::vector<Table> found;
  const toml::node* node = state_->find(key);
  if (node == nullptr) return found;
  const toml::array* array = node->as_array();
  if (array == nullptr || !array->is_homogeneous(toml::node_type::table)) {
    complain(key, "must be tables: [[" + state_->key_name(key) + "]]");
    return found;
  }
  for (const auto& element : *array) {
    auto state = std::make_shared<State>(State{state_->file, state_->key_name(key), element.as_table(), {}});
    state_->file.tables.push_back(state);
    found.push_back(Table(std::move(state)));
  }
  return found;
}

std::vector<std::pair<std::string, ConfigFile::Table>> ConfigFile::Table::named_tables(std::string_view key) {
  std::vector<std::pair<std::string, Table>> found;
  const toml::node* node = state_->find(key);
  if (node == nullptr) return found;
  const toml::table* table = node->as_table();
  if (table == nullptr) {
    complain(key, "must hold tables: [" + state_->key_name(key) + ".NAME]");
    return found;
  }
  for (auto&& [name, entry] : *table) {
    std::string full_name = state_->key_name(key);
    full_name.append(1, '.').append(name.str());
    if (!entry.is_table()) {
      state_->file.complain(entry.source().begin.line, must_be_table(full_name));
      continue;
    }
    auto state = std::make_shared<State>(State{state_->file, full_name, entry.as_table(), {}});
    state_->file.tables.push_back(state);
    found.emplace_back(std::string(name.str()), Table(std::move(state)));
  }
  return found;
}

}  // namespace extmail::daemon
