// SPDX-License-Identifier: MIT
//
// extmailctl policy: rows of extmail_policy, each checked as extmail-policyd will read it.
#include "core/address.hpp"
#include "core/policy_entry.hpp"
#include "core/printable.hpp"
#include "ctl/command.hpp"
#include "ctl/extensions/extension.hpp"
#include "ctl/problem.hpp"

#include <iostream>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

namespace extmail::ctl {
namespace {

constexpr std::size_t kMaxShownBytes = 256;
constexpr std::size_t kMaxCharacters = 255;  // of the columns

struct Words {
  std::string subject;
  std::string kind;
  std::string value;
  std::string comment;
  bool is_dry_run = false;
};

std::string shown(const std::string& text) {
  return '"' + printable(text, kMaxShownBytes) + '"';
}

std::string subject_of(const Words& words) {
  auto subject = policy_subject(words.subject);
  if (!subject)
    throw Misuse(shown(words.subject) + " is no subject: write user@domain, @domain, or * for everybody");
  return checked_text("subject", *subject, kMaxCharacters);
}

const PolicyKind& kind_of(const Words& words) {
  if (const auto* kind = find_policy_kind(words.kind)) return *kind;
  std::string known;
  for (const auto& kind : policy_kinds())
    known += (known.empty() ? "" : ", ") + std::string(kind.name);
  throw Misuse(shown(words.kind) + " is no kind of row; there are " + known);
}

int list(const Words& words, const Invocation& invocation) {
  std::vector<std::pair<std::string, std::string>> conditions;
  if (!words.subject.empty()) conditions.emplace_back("subject = ?", subject_of(words));
  if (!words.kind.empty()) conditions.emplace_back("kind = ?", kind_of(words).name);
  return list_rows(
      invocation, kPolicies,
      {{"subject"}, {"kind"}, {"value"}, {"comment"}, {"active", Report::Kind::Number}, {"created"}},
      conditions, "subject, id");
}

/// The ids of the rows that are meant, locked. Without a value: all of the kind.
std::vector<std::string> find_rows(mysql::Connection& database, const std::string& subject,
                                   const Words& words, bool any_value) {
  std::vector<std::string> ids;
  for (auto& row : database.query(
           "SELECT id, value FROM extmail_policy WHERE subject = ? AND kind = ? ORDER BY id FOR UPDATE",
           {subject, kind_of(words).name})) {
    if (any_value || same_key(row[1].value_or(""), words.value)) ids.push_back(row[0].value_or(""));
  }
  return ids;
}

int add(const Words& words, const Invocation& invocation) {
  const std::string subject = subject_of(words);
  const PolicyKind& kind = kind_of(words);
  if (!kind.takes(words.value)) {
    throw Misuse("a row " + std::string(kind.name) + " can't say " + shown(words.value) + ": it has to be " +
                 std::string(kind.wanted));
  }
  const std::string value = checked_text("value", words.value, kMaxCharacters);
  const std::string comment = checked_text("comment", words.comment, kMaxCharacters);
  write_rows(invocation, kPolicies, words.is_dry_run, [&](mysql::Connection& database, Changes& changes) {
    if (!find_rows(database, subject, words, false).empty())
      throw Refused(subject + " has " + words.kind + ' ' + value + " already");
    if (subject.front() != '*' && subject.front() != '@') {
      const auto mailboxes = database.query("SELECT COUNT(*) FROM mailbox WHERE username = ?", {subject});
      if (mailboxes.front().front() == "0")
        changes.note("there is no mailbox " + subject + "; the row is for mail of, or to, that address");
    }
    changes.add("INSERT INTO extmail_policy (subject, kind, value, comment) VALUES (?, ?, ?, ?)",
                {subject, std::string(kind.name), value, comment});
  });
  if (!words.is_dry_run) std::cout << "policy " << words.kind << " of " << subject << " is added\n";
  return kDone;
}

/// Changes, or deletes, the rows that are meant.
int change(const Words& words, const Invocation& invocation, const std::string& sql,
           const std::string& done) {
  const std::string subject = subject_of(words);
  const bool any_value = words.value.empty();
  write_rows(invocation, kPolicies, words.is_dry_run, [&](mysql::Connection& database, Changes& changes) {
    const auto ids = find_rows(database, subject, words, any_value);
    if (ids.empty()) {
      throw Refused(subject + " has no " + words.kind + (any_value ? "" : ' ' + shown(words.value)) +
                    "; extmailctl policy list shows what it has");
    }
    for (const auto& id : ids)
      changes.add(sql, {id});
  });
  if (!words.is_dry_run) std::cout << "policy " << words.kind << " of " << subject << ' ' << done << '\n';
  return kDone;
}

}  // namespace

void add_policy(CLI::App& app, Invocation& invocation) {
  const auto words = std::make_shared<Words>();
  auto* policy = app.add_subcommand("policy", "Administers what extmail-policyd holds of users, row by row");
  policy->require_subcommand(1);
  std::vector<std::string> kinds;
  for (const auto& kind : policy_kinds())
    kinds.emplace_back(kind.name);
  auto* listed = policy->add_subcommand("list", "Lists the rows");
  listed->add_option("SUBJECT", words->subject, "user@domain, @domain, or * for everybody")
      ->type_name("ADDRESS");
  listed->add_option("--kind", words->kind, "Only those of one kind")->type_name(choice_of(kinds));
  listed->callback(
      [words, &invocation] { invocation.run = [words, &invocation] { return list(*words, invocation); }; });
  const auto add_writer = [&](const char* name, const char* description, auto run) {
    auto* command = policy->add_subcommand(name, description);
    command->add_option("SUBJECT", words->subject, "user@domain, @domain, or * for everybody")
        ->type_name("ADDRESS")
        ->required();
    command->add_option("KIND", words->kind, "What it is: extmail-policy-rules(7)")
        ->type_name(choice_of(kinds))
        ->required();
    command->add_flag("-n,--dry-run", words->is_dry_run, "Show the SQL that would be run, and run nothing");
    command->callback([words, &invocation, run] {
      invocation.run = [words, &invocation, run] { return run(*words, invocation); };
    });
    return command;
  };
  auto* added = add_writer("add", "Adds a row", add);
  added->add_option("VALUE", words->value, "As the kind has it: extmail-policy-rules(7)")->required();
  added->add_option("--comment", words->comment, "What it is there for, for people");
  const auto add_change = [&](const char* name, const char* description, std::string sql, std::string done) {
    add_writer(name, description,
               [sql = std::move(sql), done = std::move(done)](const Words& given, const Invocation& by) {
                 return change(given, by, sql, done);
               })
        ->add_option("VALUE", words->value, "Only the row with this value");
  };
  add_change("delete", "Deletes a row", "DELETE FROM extmail_policy WHERE id = ?", "is deleted");
  add_change("enable", "Sets active = 1", "UPDATE extmail_policy SET active = 1 WHERE id = ?", "is enabled");
  add_change("disable", "Sets active = 0", "UPDATE extmail_policy SET active = 0 WHERE id = ?",
             "is disabled");
}

}  // namespace extmail::ctl
