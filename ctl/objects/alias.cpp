// SPDX-License-Identifier: MIT
#include "ctl/objects/alias.hpp"

#include "core/address.hpp"
#include "core/printable.hpp"
#include "ctl/command.hpp"
#include "ctl/objects/mailbox_references.hpp"
#include "ctl/objects/object_commands.hpp"
#include "ctl/problem.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <memory>

#include <CLI/CLI.hpp>

namespace extmail::ctl {
namespace {

constexpr std::size_t kMaxShownBytes = 256;
constexpr std::size_t kMaxAddressCharacters = 255;  // of the column
constexpr std::size_t kMaxGotoCharacters = 65535;

std::string domain_of(const std::string& address) {
  return address.substr(address.rfind('@') + 1);
}

bool has_mailbox(const Object::Context& context, const std::string& address) {
  for (const auto& row :
       context.database.query("SELECT username FROM mailbox WHERE username = ? FOR UPDATE", {address})) {
    if (row.front() && same_key(*row.front(), address)) return true;
  }
  return false;
}

std::int64_t number_in(const mysql::Row& row) {
  std::int64_t number = 0;
  const std::string text = row.front().value_or("0");
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

/// Locks the domain, so that two who add at the same time do not both find room.
void check_room(const Object::Context& context, const std::string& domain) {
  const auto limits =
      context.database.query("SELECT maxalias FROM domain WHERE domain = ? FOR UPDATE", {domain});
  if (limits.empty())
    throw Refused("there is no domain " + domain + "; add it first: extmailctl domain add " + domain);
  const std::int64_t most = number_in(limits.front());
  if (most <= 0) return;
  const auto count =
      number_in(context.database.query("SELECT COUNT(*) FROM alias WHERE domain = ?", {domain}).front());
  if (count >= most) {
    throw Refused("domain " + domain + " has " + std::to_string(count) + " aliases, and may have " +
                  std::to_string(most) + "; extmailctl domain modify " + domain + " --maxalias changes that");
  }
}

/// Postfix looks an alias up again for each address that it leads to: with itself alone among them, and no mailbox there
/// to end at, mail comes back as a loop, or as unknown.
void check_loop(const Object::Context& context, const std::string& address, const GotoList& leads_to) {
  if (!leads_to.contains(address)) return;
  if (address.front() != '@' && has_mailbox(context, address)) return;
  throw Refused("alias " + address + " would lead to itself, and there is no mailbox of that name");
}

void note_what_is_odd(const Object::Context& context, const std::string& address, const GotoList& leads_to,
                      Changes& changes) {
  if (!leads_to.contains(address) && has_mailbox(context, address)) {
    changes.note("there is a mailbox " + address +
                 ", which gets no more mail: the alias decides. Name it in goto to keep it a copy");
  }
  for (const auto& entry : leads_to.entries()) {
    if (entry.find('@') == std::string::npos)
      changes.note(printable(entry, kMaxShownBytes) + " has no domain: Postfix adds its myorigin");
  }
}

}  // namespace

Alias::Alias()
    : Object("alias", "alias", "address",
             {{"goto", FieldKind::Text, "Where its mail goes: a@x,b@y, or @domain for the same users there",
               "", true, kMaxGotoCharacters},
              {"active", FieldKind::Flag, "It is used", "1", true}}) {}

std::string Alias::to_key(std::string_view given) const {
  const bool is_catch_all = given.starts_with('@');
  const auto list = [&] {
    try {
      return GotoList::of_given(given);
    } catch (const Misuse&) {
      return GotoList();
    }
  }();
  // The characters of a goto are also those of an address that ExtMan makes.
  if (list.entries().size() != 1 || given.find('@') == std::string_view::npos ||
      given.size() > kMaxAddressCharacters || list.entries().front() != given) {
    throw Misuse(
        '"' + printable(given, kMaxShownBytes) +
        "\" is no address of an alias: write user@domain, or @domain to catch all; letters, digits and "
        "-_.=+");
  }
  if (is_catch_all) return '@' + *parse_domain(given.substr(1));
  return parse_address(given)->text();
}

void Alias::complete(const Context& context, const Values& /*given*/, Values& values) const {
  const std::string& address = *values.at("address");
  const auto leads_to = GotoList::of_given(values.at("goto").value_or(""));
  const std::string domain = domain_of(address);
  check_room(context, domain);
  check_loop(context, address, leads_to);
  values["goto"] = leads_to.stored();
  values["domain"] = domain;
  values["createdate"] = creation_date();
}

void Alias::added(const Context& context, const Values& values, Changes& changes) const {
  note_what_is_odd(context, *values.at("address"), GotoList::of_stored(*values.at("goto")), changes);
}

void Alias::add_change_options(CLI::App& modify) {
  modify.add_option("--add-goto", added_, "Addresses that it shall lead to as well")->delimiter(',');
  modify.add_option("--remove-goto", removed_, "Addresses that it shall lead to no more")->delimiter(',');
}

void Alias::revise(const Context& context, const Values& old, Values& changed, Changes& changes) const {
  const auto given = changed.find("goto");
  if (given == changed.end() && !has_change_options()) return;
  auto leads_to = given != changed.end() ? GotoList::of_given(given->second.value_or(""))
                                         : GotoList::of_stored(old.at("goto").value_or(""));
  for (const auto& entry : added_) {
    const auto more = GotoList::of_given(entry);
    for (const auto& address : more.entries()) {
      if (!leads_to.add(address)) throw Refused("it leads to " + address + " already");
    }
  }
  for (const auto& entry : removed_) {
    if (!leads_to.remove(entry))
      throw Refused("it does not lead to " + printable(entry, kMaxShownBytes) +
                    "; extmailctl alias show says where it does");
  }
  if (leads_to.is_empty())
    throw Refused("it would lead nowhere; extmailctl alias delete, or disable, is what ends an alias");
  changed["goto"] = leads_to.stored();
  note_what_is_odd(context, *old.at("address"), leads_to, changes);
}

void Alias::check_change(const Context& context, const Values& old, const Values& changed) const {
  if (const auto leads_to = changed.find("goto"); leads_to != changed.end())
    check_loop(context, *old.at("address"), GotoList::of_stored(leads_to->second.value_or("")));
}

/// Others may lead to it. Where a mailbox has its name, these then lead there.
std::vector<Reference> Alias::references(const Context& context, const std::string& key) const {
  std::vector<Reference> references;
  if (has_mailbox(context, key)) return references;
  for (auto& [address, leads_to] : aliases_leading_to(context.database, key)) {
    if (same_key(address, key)) continue;
    leads_to.remove(key);
    Reference reference{"alias " + address + " leads to it"};
    if (leads_to.is_empty()) {
      reference.text += ", and nowhere else";
      reference.sql = "DELETE FROM alias WHERE address = ?";
      reference.values = {address};
    } else {
      reference.sql = "UPDATE alias SET goto = ? WHERE address = ?";
      reference.values = {leads_to.stored(), address};
    }
    references.push_back(std::move(reference));
  }
  return references;
}

void Alias::rename(const Context& context, const Values& old, const std::string& key,
                   Changes& changes) const {
  const std::string& from = *old.at("address");
  auto own = GotoList::of_stored(old.at("goto").value_or(""));
  if (domain_of(key) != domain_of(from)) check_room(context, domain_of(key));
  check_loop(context, key, own);
  note_what_is_odd(context, key, own, changes);
  changes.add("UPDATE alias SET address = ?, domain = ? WHERE address = ?", {key, domain_of(key), from});
  if (has_mailbox(context, from)) return;
  // Of a catch-all these are the domain's.
  if (from.front() != '@' && key.front() != '@') move_policies(context.database, from, key, changes);
  for (auto& [address, leads_to] : aliases_leading_to(context.database, from)) {
    if (same_key(address, from)) continue;
    leads_to.replace(from, key);
    changes.add("UPDATE alias SET goto = ? WHERE address = ?", {leads_to.stored(), address});
  }
}

void add_alias(CLI::App& app, Invocation& invocation) {
  add_object_commands(app, invocation, std::make_shared<Alias>());
}

}  // namespace extmail::ctl
