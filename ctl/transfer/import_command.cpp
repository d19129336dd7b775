// SPDX-License-Identifier: MIT
#include "ctl/command.hpp"
#include "ctl/database.hpp"
#include "ctl/objects/object.hpp"
#include "ctl/problem.hpp"
#include "ctl/settings.hpp"
#include "ctl/transfer/csv.hpp"
#include "ctl/transfer/importer.hpp"
#include "ctl/transfer/json_lines.hpp"
#include "ctl/transfer/passwd_file.hpp"
#include "ctl/transfer/postfixadmin.hpp"
#include "ctl/transfer/progress.hpp"

#include <cstdint>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <unistd.h>

namespace extmail::ctl {
namespace {

using transfer::Importer;

struct Options {
  std::string from = "auto";
  std::string file;
  std::string table;
  std::string domain;
  std::string shadow;
  std::string source_database;
  std::uint32_t min_uid = 1000;
  bool updates = false;
  bool keeps = false;
  bool is_dry_run = false;
};

std::string kind_of(const Options& options) {
  if (options.from != "auto") return options.from;
  return options.file.ends_with(".csv") ? "csv" : "json";
}

/// That of the name that `export` gave it, if nobody says otherwise: mailbox.csv.
const transfer::Table& table_of(const Options& options) {
  std::string name = options.table;
  if (name.empty()) {
    name = options.file.substr(options.file.rfind('/') + 1);
    name = name.substr(0, name.find('.'));
  }
  if (const auto* table = transfer::find_table(name)) return *table;
  throw Misuse("CSV does not say of which table it is; --table does");
}

std::unique_ptr<transfer::RecordSource> open_source(const Options& options, mysql::Connection& database) {
  const std::string kind = kind_of(options);
  if (kind == "postfixadmin") {
    if (options.source_database.empty() || !options.file.empty())
      throw Misuse("PostfixAdmin is read from its database, not a file; --source-database names it");
    return std::make_unique<transfer::PostfixAdminSource>(database, options.source_database);
  }
  if (options.file.empty()) throw Misuse("a FILE is missing");
  if (kind == "csv") return std::make_unique<transfer::CsvSource>(options.file, table_of(options));
  if (kind == "passwd") {
    return std::make_unique<transfer::PasswdSource>(
        transfer::PasswdSource::Options{.path = options.file,
                                        .shadow = options.shadow,
                                        .domain = options.domain,
                                        .min_uid = options.min_uid});
  }
  return std::make_unique<transfer::JsonLinesSource>(options.file);
}

Importer::Watch watch_by(transfer::Progress& progress) {
  return [&progress](const transfer::RecordSource& source, std::uint64_t rows) {
    progress.show(source.position(), source.total(), rows);
  };
}

/// Whether it is read as JSON because nobody says what else it is.
bool is_guessed(const Options& options) {
  return kind_of(options) == "json" && options.from == "auto" && !options.file.ends_with(".json") &&
         !options.file.ends_with(".jsonl");
}

int complain(const Importer::Faults& faults, const Options& options) {
  for (const auto& text : faults.texts)
    std::cerr << text << '\n';
  if (faults.count > faults.texts.size())
    std::cerr << "… and " << faults.count - faults.texts.size() << " more\n";
  if (is_guessed(options))
    std::cerr << "extmailctl: " << options.file
              << " was read as JSON Lines; if it is something else, --from says so\n";
  std::cerr << "extmailctl: nothing was imported; mend what is listed above, and try again\n";
  return kRefused;
}

int run(const Options& options, const Invocation& invocation) {
  if (options.updates && options.keeps) throw Misuse("--update and --keep exclude each other");
  const Settings settings = read_settings(invocation.config);
  const auto database = open_database(settings.database);
  // The source may be read by a connection of its own, because rows of it come while others are written.
  const auto source_database = open_database(settings.database);
  const auto source = open_source(options, *source_database);
  const auto existing = options.updates ? Importer::Existing::Update
                        : options.keeps ? Importer::Existing::Keep
                                        : Importer::Existing::Refuse;
  Importer importer(*database, *source, existing, creation_date());
  const bool shows = ::isatty(STDERR_FILENO) == 1;
  {
    transfer::Progress progress(std::cerr, shows, "checking");
    const auto faults = importer.check(watch_by(progress));
    if (faults.count > 0) {
      progress.clear();
      return complain(faults, options);
    }
  }
  Importer::Counts counts;
  {
    transfer::Progress progress(std::cerr, shows, "writing");
    counts = importer.write(watch_by(progress), options.is_dry_run ? &std::cout : nullptr);
  }
  (options.is_dry_run ? std::cerr : std::cout)
      << counts.added << (options.is_dry_run ? " would be added, " : " added, ") << counts.changed
      << " changed, " << counts.unchanged << " already there\n";
  return kDone;
}

}  // namespace

void add_import(CLI::App& app, Invocation& invocation) {
  const auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand(
      "import", "Puts rows into the database that are not there yet, after having checked all of them");
  command->add_option("FILE", options->file, "JSON Lines or CSV, as export writes them, or a passwd file")
      ->type_name("FILE");
  command
      ->add_option("--from", options->from,
                   "What is read: json, csv, passwd, postfixadmin; by the file's name")
      ->check(CLI::IsMember(std::vector<std::string>{"auto", "json", "csv", "passwd", "postfixadmin"}));
  std::vector<std::string> names;
  for (const auto& table : transfer::tables())
    names.emplace_back(table.name);
  command->add_option("--table", options->table, "Of CSV: of which table; by the file's name")
      ->check(CLI::IsMember(names));
  command->add_option("--domain", options->domain, "Of a passwd file: that of users without one")
      ->type_name("DOMAIN");
  command->add_option("--shadow", options->shadow, "Of a passwd file: where the hashes are")
      ->type_name("FILE");
  command->add_option("--min-uid", options->min_uid, "Of a passwd file: users below it are left out")
      ->capture_default_str();
  command->add_option("--source-database", options->source_database,
                      "Of PostfixAdmin: its database on this server");
  command->add_flag("--update", options->updates, "Change rows that are there with other values");
  command->add_flag("--keep", options->keeps, "Leave rows that are there with other values as they are");
  command->add_flag("-n,--dry-run", options->is_dry_run,
                    "Check, show the SQL that would be run, and run nothing");
  command->callback([options, &invocation] {
    invocation.run = [options, &invocation] { return run(*options, invocation); };
  });
}

}  // namespace extmail::ctl
