// SPDX-License-Identifier: MIT
#include "authd/authdaemond_protocol.hpp"

#include "authd/audit.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <utility>

namespace extmail::authd {
namespace {

using namespace std::chrono_literals;
using wire::auth::Reply;
using wire::auth::Status;
using wire::auth::Verb;
using wire::authdaemond::Account;
using wire::authdaemond::Command;

/// Shared because who waits for an answer keeps a std::function, which has to be copyable.
using Owed = std::shared_ptr<net::Responder>;

Owed owe(net::Responder responder) {
  return std::make_shared<net::Responder>(std::move(responder));
}

/// Courier's name for a service, where the rules know it by another.
std::string service_of(const wire::authdaemond::Request& request) {
  return request.service == "esmtp" ? "smtp" : request.service;
}

wire::auth::Request ask(Verb verb, const wire::authdaemond::Request& request) {
  wire::auth::Request asked;
  asked.verb = verb;
  asked.user = request.user;
  asked.service = service_of(request);
  asked.remote = request.remote;
  return asked;
}

/// FAIL where the user or the password is to blame. Who could not be told is not answered at all, which the clients take
/// for a temporary failure.
void refuse(net::Responder& owed, Status status) {
  const bool is_final = status == Status::Unknown || status == Status::Mismatch || status == Status::Denied;
  if (is_final) return owed.reply(wire::authdaemond::kFail);
  owed.close();
}

/// Whether the answer to a login may have the hash: who logged in with an app password may not try out the own one at home.
bool may_have_hash(const AccountRecord& account) {
  return account.secrets->app_passwords.empty();
}

/// What a list needs from page to page.
struct Listing {
  Authenticator& authenticator;
  std::shared_ptr<const AuthdaemondAccounts> accounts;
  Log& log;
  std::size_t left_out = 0;
  std::string why;  ///< the first of them was left out
};

void append_lines(std::string& text, const MailboxLists::Page& page, Listing& listing) {
  for (const auto& mailbox : page.mailboxes) {
    const auto listed = listing.accounts->listed(mailbox);
    const std::string line = listed.is_found() ? encode(listed.value()) : std::string();
    text += line;
    if (!line.empty()) continue;
    if (listing.left_out++ > 0) continue;
    listing.why = listed.is_found()
                      ? "mailbox " + mailbox.username + ": a column has control characters or is too long"
                      : listed.reason();
  }
}

void list_on(const std::shared_ptr<Listing>& listing, const std::string& after, std::string text,
             net::Responder responder) {
  const auto give = [listing, text = std::move(text),
                     owed = owe(std::move(responder))](const Answer<MailboxLists::Page>& page) mutable {
    if (!page.is_found()) return owed->close();
    append_lines(text, page.value(), *listing);
    if (page.value().has_more) {
      return owed->reply_in_part(Secret(text), [listing, last = page.value().last](net::Responder rest) {
        list_on(listing, last, {}, std::move(rest));
      });
    }
    if (listing->left_out > 0) {
      listing->log.write(
          Level::Error, "account_unusable",
          "a list of mailboxes leaves out " + std::to_string(listing->left_out) + ": " + listing->why);
    }
    owed->reply(text.append(wire::authdaemond::kListEnd));
  };
  listing->authenticator.read_mailboxes(after, give);
}

}  // namespace

AuthdaemondProtocol::AuthdaemondProtocol(Authenticator& authenticator, Settings settings, Log& log)
    : authenticator_(authenticator), settings_(std::move(settings)), log_(log) {}

net::Protocol::Limits AuthdaemondProtocol::limits() const {
  Limits limits;
  limits.one_request = true;
  limits.idle = 10s;
  return limits;
}

Frame AuthdaemondProtocol::split(std::string_view input) const {
  return wire::authdaemond::split_request(input);
}

void AuthdaemondProtocol::serve(std::string_view payload, const net::Peer& peer, net::Responder responder) {
  auto request = wire::authdaemond::decode_request(payload);
  if (!request) {
    log_.write(
        Level::Warning, "bad_request",
        "pid " + std::to_string(peer.pid) + " asks authdaemond for something without naming it; closing");
    return responder.close();
  }
  const bool is_privileged = settings_.rights.credentials.count(peer.uid) > 0;
  switch (request->command) {
    case Command::Login:
      return log_in(std::move(*request), std::move(responder));
    case Command::Lookup:
      return look_up(*request, is_privileged, std::move(responder));
    case Command::ChangePassword:
      if (authenticator_.changes_passwords() && settings_.rights.password_changes.count(peer.uid) == 0) {
        return turn_away(peer, "change passwords; add it to authd.password_change.users",
                         std::move(responder));
      }
      return change_password(std::move(*request), std::move(responder));
    case Command::Enumerate:
      if (is_privileged) return enumerate(std::move(responder));
      return turn_away(peer, "ask for the list of mailboxes; add it to authd.credentials_users",
                       std::move(responder));
    case Command::Challenge:
      return check_response(std::move(*request), std::move(responder));
    case Command::Impossible:
      return responder.reply(wire::authdaemond::kFail);
  }
}

void AuthdaemondProtocol::log_in(Request request, net::Responder responder) {
  auto login = ask(Verb::Verify, request);
  login.password = request.password.clone();
  const auto given = std::make_shared<const Secret>(std::move(request.password));
  submit(std::move(login), std::move(responder), [given](Account& told, const AccountRecord& account) {
    if (may_have_hash(account)) told.password = account.secrets->password.clone();
    told.clear_password = given->clone();
  });
}

void AuthdaemondProtocol::look_up(const Request& request, bool is_privileged, net::Responder responder) {
  submit(ask(Verb::User, request), std::move(responder),
         [is_privileged](Account& told, const AccountRecord& account) {
           if (is_privileged) told.password = account.secrets->password.clone();
         });
}

void AuthdaemondProtocol::check_response(Request request, net::Responder responder) {
  auto login = ask(Verb::Verify, request);
  auto done = tell(login, std::move(responder), [](Account& told, const AccountRecord& account) {
    if (may_have_hash(account)) told.password = account.secrets->password.clone();
  });
  ChallengeResponse response{std::move(request.mechanism), std::move(request.challenge),
                             std::move(request.digest_hex)};
  authenticator_.submit(std::move(login), std::move(response), std::move(done));
}

void AuthdaemondProtocol::submit(wire::auth::Request asked, net::Responder responder, AddPasswords add) {
  auto done = tell(asked, std::move(responder), std::move(add));
  authenticator_.submit(std::move(asked), std::move(done));
}

Authenticator::Done AuthdaemondProtocol::tell(const wire::auth::Request& asked, net::Responder responder,
                                              AddPasswords add) const {
  const auto subject = std::make_shared<wire::auth::Request>();
  subject->user = asked.user;
  subject->service = asked.service;
  subject->remote = asked.remote;
  return [accounts = settings_.accounts, &log = log_, subject, add = std::move(add),
          owed = owe(std::move(responder))](const Reply& reply, const AccountRecord* account) {
    if (account == nullptr) return refuse(*owed, reply.status);
    auto told = accounts->account(account->mailbox, account->profile);
    if (!told.is_found()) {  // the mail is on another host, and where it lies there is of no use here
      log_unusable(log, *subject, told.reason());
      return owed->close();
    }
    add(told.value(), *account);
    owed->reply(encode(told.value()));
  };
}

void AuthdaemondProtocol::change_password(Request request, net::Responder responder) {
  auto change = ask(Verb::ChangePassword, request);
  change.password = std::move(request.password);
  change.new_password = std::move(request.new_password);
  authenticator_.submit(std::move(change),
                        [owed = owe(std::move(responder))](const Reply& reply, const AccountRecord*) {
                          if (reply.status != Status::Ok) return refuse(*owed, reply.status);
                          owed->reply(wire::authdaemond::kOk);
                        });
}

void AuthdaemondProtocol::turn_away(const net::Peer& peer, std::string_view fault, net::Responder responder) {
  log_.write(Level::Warning, "peer_not_allowed",
             "user id " + std::to_string(peer.uid) + " may not " + std::string(fault));
  responder.close();
}

void AuthdaemondProtocol::enumerate(net::Responder responder) {
  const auto listing = std::make_shared<Listing>(Listing{authenticator_, settings_.accounts, log_, 0, {}});
  list_on(listing, {}, std::string(wire::authdaemond::kListBegin), std::move(responder));
}

}  // namespace extmail::authd
