// SPDX-License-Identifier: MIT
#include "ctl/command.hpp"
#include "ctl/database.hpp"
#include "ctl/problem.hpp"
#include "ctl/settings.hpp"
#include "ctl/transfer/exporter.hpp"
#include "ctl/transfer/new_file.hpp"
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

struct Options {
  std::vector<std::string> tables;
  std::string file;
  bool leaves_passwords_out = false;
};

transfer::Exporter::Options read(const Options& options, Format format) {
  transfer::Exporter::Options read{.format = format == Format::Csv ? Format::Csv : Format::Json,
                                   .has_passwords = !options.leaves_passwords_out};
  for (const auto& name : options.tables)
    read.tables.push_back(transfer::find_table(name));
  if (read.format == Format::Csv && read.tables.size() != 1)
    throw Misuse("CSV has room for one table: name it, as in extmailctl --csv export mailbox");
  return read;
}

int run(const Options& options, const Invocation& invocation) {
  const auto chosen = read(options, invocation.format);
  const Settings settings = read_settings(invocation.config);
  const auto database = open_database(settings.database);
  transfer::Exporter exporter(*database, chosen);
  const bool shows = !options.file.empty() && ::isatty(STDERR_FILENO) == 1;
  const std::uint64_t total = shows ? exporter.count() : 0;
  transfer::Progress progress(std::cerr, shows, "exporting");
  const auto watch = [&](std::uint64_t rows) { progress.show(rows, total, rows); };
  if (options.file.empty()) {
    exporter.write(std::cout, watch);
    if (!std::cout) throw Refused("standard output took no more");
    return kDone;
  }
  transfer::NewFile file(options.file);
  exporter.write(file.stream(), watch);
  file.keep();
  return kDone;
}

}  // namespace

void add_export(CLI::App& app, Invocation& invocation) {
  const auto options = std::make_shared<Options>();
  auto* command =
      app.add_subcommand("export", "Writes rows as JSON Lines, or those of one table as CSV with --csv");
  std::vector<std::string> names;
  for (const auto& table : transfer::tables())
    names.emplace_back(table.name);
  command->add_option("TABLE", options->tables, "Which; all by default")->check(CLI::IsMember(names));
  command
      ->add_option("-o,--output", options->file,
                   "File to write, which nobody else may read; else standard output")
      ->type_name("FILE");
  command->add_flag("--without-passwords", options->leaves_passwords_out,
                    "Leave out hashes, clear passwords, and questions with their answers");
  command->callback([options, &invocation] {
    invocation.run = [options, &invocation] { return run(*options, invocation); };
  });
}

}  // namespace extmail::ctl
