// SPDX-License-Identifier: MIT
#include "ctl/objects/object_commands.hpp"

#include "core/printable.hpp"
#include "ctl/confirm.hpp"
#include "ctl/database.hpp"
#include "ctl/objects/object_list.hpp"
#include "ctl/objects/object_writer.hpp"
#include "ctl/problem.hpp"
#include "mysql/transaction.hpp"

#include <cctype>
#include <functional>
#include <iostream>
#include <map>
#include <string>
#include <utility>

#include <CLI/CLI.hpp>

namespace extmail::ctl {
namespace {

/// What was said on the command line to one of the commands of an object.
struct Words {
  std::string key;
  std::string other_key;
  std::map<std::string, std::string, std::less<>> fields;  ///< by column
  ListFilter filter;
  bool is_confirmed = false;
  bool is_dry_run = false;
  bool is_cascading = false;
};

class Commands : public std::enable_shared_from_this<Commands> {
 public:
  Commands(Invocation& invocation, std::shared_ptr<Object> object)
      : invocation_(invocation), object_(std::move(object)) {}

  CLI::App* add_to(CLI::App& app) {
    auto* parent = app.add_subcommand(object_->name(), "Administers the " + object_->name() + " table");
    parent->require_subcommand(1);
    add_list(*parent);
    with_existing(*parent, "show", "Shows one with all its fields", &Commands::show);
    add_fields(*writes(with_key(*parent, "add", "Adds one", &Commands::add)), true);
    add_fields(*writes(with_existing(*parent, "modify", "Changes fields of one", &Commands::modify)), false);
    writes(with_existing(*parent, "enable", "Sets active = 1", &Commands::enable));
    writes(with_existing(*parent, "disable", "Sets active = 0; nothing is lost", &Commands::disable));
    auto* rename = writes(with_existing(*parent, "rename", "Gives one another name", &Commands::rename));
    rename->add_option("NEW_NAME", words_.other_key, "What it is to be called")->required();
    object_->add_rename_options(*rename);
    auto* removal =
        writes(with_existing(*parent, "delete", "Deletes one, after having asked", &Commands::remove));
    removal->add_flag("--cascade", words_.is_cascading, "Delete or mend what else points there, too");
    removal->add_flag("-y,--yes", words_.is_confirmed, "Do not ask");
    object_->add_removal_options(*removal);
    return parent;
  }

 private:
  using Method = int (Commands::*)();

  void run_by(CLI::App* command, Method method) {
    command->callback([self = shared_from_this(), method] {
      self->invocation_.run = [self, method] { return (*self.*method)(); };
    });
  }

  void add_list(CLI::App& parent) {
    auto* list =
        parent.add_subcommand("list", "Lists them, with * and ? in PATTERN for any characters and one");
    list->add_option("PATTERN", words_.filter.pattern, "Those of such names; all by default");
    if (object_->key() != "domain")
      list->add_option("--domain", words_.filter.domain, "Only those of one domain")->type_name("DOMAIN");
    auto* active = list->add_flag_callback(
        "--active", [this] { words_.filter.is_active = true; }, "Only those with active = 1");
    list->add_flag_callback(
            "--inactive", [this] { words_.filter.is_active = false; }, "Only the others")
        ->excludes(active);
    run_by(list, &Commands::list);
  }

  CLI::App* with_key(CLI::App& parent, const char* name, const char* description, Method method) {
    auto* command = parent.add_subcommand(name, description);
    command->add_option("NAME", words_.key, "Which " + object_->name())->required();
    run_by(command, method);
    return command;
  }

  /// With a type name that says what the key is one of: a shell completes it.
  CLI::App* with_existing(CLI::App& parent, const char* name, const char* description, Method method) {
    auto* command = with_key(parent, name, description, method);
    std::string type = object_->name();
    for (char& c : type)
      c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    command->get_option("NAME")->type_name(type);
    return command;
  }

  CLI::App* writes(CLI::App* command) {
    command->add_flag("-n,--dry-run", words_.is_dry_run, "Show the SQL that would be run, and run nothing");
    return command;
  }

  void add_fields(CLI::App& command, bool is_new) {
    for (const auto& field : object_->fields()) {
      const std::string column(field.column);
      std::string help(field.help);
      if (is_new && field.initial && !field.initial->empty())
        help += " [" + to_shown(field, *field.initial) + ']';
      command
          .add_option_function<std::string>(
              "--" + column, [this, column](const std::string& given) { words_.fields[column] = given; },
              help)
          ->type_name(type_name_of(field));
    }
    if (is_new)
      object_->add_options(command);
    else
      object_->add_change_options(command);
  }

  [[nodiscard]] Values given() const {
    Values values;
    for (const auto& field : object_->fields()) {
      if (const auto word = words_.fields.find(field.column); word != words_.fields.end())
        values.emplace(field.column, to_stored(field, word->second));
    }
    return values;
  }

  [[nodiscard]] std::string key() const { return object_->to_key(words_.key); }

  int list() {
    const Settings settings = read_settings(invocation_.config);
    const auto database = open_database(settings.database);
    list_objects(*database, *object_, words_.filter, invocation_.format).write_list(invocation_.output());
    return kDone;
  }

  int show() {
    const std::string name = key();
    const Settings settings = read_settings(invocation_.config);
    const auto database = open_database(settings.database);
    show_object(ObjectWriter(*object_, {*database, settings}).existing(name), *object_)
        .write_single(invocation_.output());
    return kDone;
  }

  static std::string text_of_notes(const Changes& changes) {
    std::string text;
    for (const auto& note : changes.notes())
      text += "note: " + note + '\n';
    return text;
  }

  /// Gathers what is to be written, and writes it or shows it. done: what then has happened to it, for people. has_told:
  /// they know the notes already.
  int write(const std::string& name, const std::string& done,
            const std::function<void(const ObjectWriter&, Changes&)>& gather, bool has_told = false) {
    const Settings settings = read_settings(invocation_.config);
    const auto database = open_database(settings.database);
    mysql::Transaction transaction(*database);
    Changes changes;
    gather(ObjectWriter(*object_, {*database, settings}), changes);
    if (!has_told) std::cerr << text_of_notes(changes);
    if (words_.is_dry_run) {
      changes.show(std::cout);
      return kDone;
    }
    changes.carry_out(*database, transaction);
    std::cout << object_->name() << ' ' << printable(name, kMaxShownBytes) << ' ' << done << std::endl;
    changes.finish();
    return kDone;
  }

  int change(const std::string& done, const Values& values) {
    const std::string name = key();
    return write(name, done,
                 [&](const ObjectWriter& writer, Changes& changes) { writer.modify(name, values, changes); });
  }

  int add() {
    const std::string name = key();
    const Values values = given();
    object_->ask(name);
    const int status = write(name, "is added", [&](const ObjectWriter& writer, Changes& changes) {
      writer.add(name, values, changes);
    });
    object_->tell(words_.is_dry_run ? std::cerr : std::cout);
    return status;
  }

  int modify() {
    if (words_.fields.empty() && !object_->has_change_options())
      throw Misuse("nothing to change was given; --help lists what can be");
    return change("is changed", given());
  }

  int enable() { return change("is enabled", {{"active", "1"}}); }
  int disable() { return change("is disabled", {{"active", "0"}}); }

  int rename() {
    const std::string from = key();
    const std::string to = object_->to_key(words_.other_key);
    return write(from, "is now " + to,
                 [&](const ObjectWriter& writer, Changes& changes) { writer.rename(from, to, changes); });
  }

  /// Gathers a removal. What people are to know of it: what goes along, and what stays.
  std::string gather_removal(const ObjectWriter& writer, const std::string& name, Changes& changes) const {
    std::string text;
    for (const auto& reference : writer.remove(name, words_.is_cascading, changes)) {
      const bool goes = reference.goes_along || (words_.is_cascading && !reference.sql.empty());
      text += (goes ? "goes, too: " : "stays: ") + reference.text + '\n';
    }
    return text;
  }

  /// In a transaction of its own: while somebody thinks it over, nobody waits for rows that it has locked.
  std::string look_at_removal(const std::string& name) const {
    const Settings settings = read_settings(invocation_.config);
    const auto database = open_database(settings.database);
    const mysql::Transaction look(*database);
    Changes changes;
    const std::string text = gather_removal(ObjectWriter(*object_, {*database, settings}), name, changes);
    return text + text_of_notes(changes);
  }

  int remove() {
    const std::string name = key();
    const bool asks = !words_.is_confirmed && !words_.is_dry_run;
    std::string confirmed;
    if (asks) {
      confirmed = look_at_removal(name);
      std::cerr << confirmed;
      confirm("Delete " + object_->name() + ' ' + printable(name, kMaxShownBytes));
    }
    const auto gather = [&](const ObjectWriter& writer, Changes& changes) {
      const std::string text = gather_removal(writer, name, changes);
      if (!asks) {
        std::cerr << text;
      } else if (const auto now = text + text_of_notes(changes); now != confirmed) {
        throw Refused("what belongs to it has changed meanwhile, and nothing was deleted; now it is:\n" +
                      (now.empty() ? "nothing else is concerned\n" : now));
      }
    };
    return write(name, "is deleted", gather, asks);
  }

  static constexpr std::size_t kMaxShownBytes = 1024;

  Invocation& invocation_;
  std::shared_ptr<Object> object_;
  Words words_;
};

}  // namespace

CLI::App* add_object_commands(CLI::App& app, Invocation& invocation, std::shared_ptr<Object> object) {
  return std::make_shared<Commands>(invocation, std::move(object))->add_to(app);
}

}  // namespace extmail::ctl
