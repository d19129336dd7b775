// SPDX-License-Identifier: MIT
#include "ctl/explain/message.hpp"

#include "core/address.hpp"
#include "core/network.hpp"
#include "ctl/explain/recipient.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace extmail::ctl {
namespace {

/// An action of access(5): its first word, and what comes after that.
struct Action {
  explicit Action(const std::string& text)
      : word(text.substr(0, text.find(' '))),
        rest(word.size() == text.size() ? "" : text.substr(word.size() + 1)) {}

  [[nodiscard]] bool is(const char* name) const { return same_key(word, name); }
  [[nodiscard]] bool is_code(char first) const {
    return word.size() == 3 && word.front() == first &&
           word.find_first_not_of("0123456789") == std::string::npos;
  }

  std::string word;
  std::string rest;
};

class Message {
 public:
  Message(Maps& maps, const MainCf& main_cf, const Mail& mail, const AskPolicy& ask_policy)
      : course_(maps),
        main_cf_(main_cf),
        mail_(mail),
        ask_policy_(ask_policy),
        recipient_(course_, main_cf) {}

  Explanation run() {
    Ending ending = follow();
    if (holds_ && ending.verdict == Verdict::Passes)
      ending = {Verdict::Temporary,
                "waits in Postfix's hold queue (" + held_text_ + "), and then " + ending.text};
    const std::string from = mail_.from.empty() ? "the null sender" : mail_.from;
    return {course_.take(), ending.verdict,
            "Mail from " + from + " to " + mail_.to + ' ' + ending.text + '.'};
  }

 private:
  using Maybe = std::optional<Ending>;

  Ending follow() {
    if (auto ending = sender_access()) return *ending;
    if (auto ending = sender_login()) return *ending;
    if (auto ending = recipient_.may_come_in(mail_.to, trust())) return *ending;
    if (main_cf_.asks("recipient_access")) {
      if (auto ending = recipient_.access(mail_.to)) return *ending;
    }
    if (main_cf_.has("check_policy_service") || !main_cf_.is_read()) {
      if (auto ending = policy()) return *ending;
    }
    if (auto ending = recipient_.is_listed(mail_.to)) return *ending;
    return recipient_.deliver(mail_.to);
  }

  /// permit_mynetworks, as far as it is this host's own, and permit_sasl_authenticated.
  [[nodiscard]] Sender trust() const {
    const auto client = IpAddress::parse(mail_.client);
    const bool is_local = client && NetworkList::parse("127.0.0.0/8,::1").value().contains(client);
    return !mail_.login.empty() || is_local ? Sender::Trusted : Sender::Stranger;
  }

  static Maybe failed(const Step& step) {
    if (step.outcome == Outcome::Found || step.outcome == Outcome::NotFound) return std::nullopt;
    return Ending{verdict_on_failure(step.outcome),
                  "is put off (451 4.3.0 Temporary lookup failure): " + step.name + " fails for " + step.key +
                      ": " + step.answer};
  }

  Maybe sender_access() {
    if (mail_.from.empty() || !main_cf_.is_read() || !main_cf_.asks("sender_access")) return std::nullopt;
    const Step& step = course_.ask_address("sender_access", mail_.from);
    if (auto ending = failed(step)) return ending;
    if (step.outcome == Outcome::NotFound) return std::nullopt;
    return Ending{Verdict::Refused, "is refused: " + step.answer};
  }

  Maybe sender_login() {
    const bool checks_logins = !main_cf_.is_read() ||
                               main_cf_.has("reject_authenticated_sender_login_mismatch") ||
                               main_cf_.has("reject_sender_login_mismatch");
    const bool checks_others = main_cf_.has("reject_unauthenticated_sender_login_mismatch") ||
                               main_cf_.has("reject_sender_login_mismatch");
    const bool has_login = !mail_.login.empty();
    if (mail_.from.empty() || !main_cf_.asks("smtpd_sender_login_maps")) return std::nullopt;
    if (!(has_login ? checks_logins : checks_others)) return std::nullopt;
    const Step& step = course_.ask_address("smtpd_sender_login_maps", mail_.from);
    if (auto ending = failed(step)) return ending;
    const bool has_owner = step.outcome == Outcome::Found;
    if (!has_login) {
      if (!has_owner) return std::nullopt;
      return Ending{Verdict::Refused,
                    "is refused: 553 5.7.1 Sender address rejected: not logged in, because " + mail_.from +
                        " belongs to " + step.answer};
    }
    const auto owners = has_owner ? split_addresses(step.answer) : std::vector<std::string>();
    if (std::any_of(owners.begin(), owners.end(), [&](const auto& o) { return same_key(o, mail_.login); }))
      return std::nullopt;
    return Ending{Verdict::Refused, "is refused: 553 5.7.1 Sender address rejected: not owned by user " +
                                        mail_.login + ", because " + mail_.from + " belongs to " +
                                        (has_owner ? step.answer : "nobody")};
  }

  Maybe policy() {
    auto answer = ask_policy_(mail_);
    if (answer.is_not_found()) {
      course_.add({"policy",
                   mail_.to,
                   Outcome::NotFound,
                   {},
                   {},
                   {"extmail-policyd is not asked: no [[policyd.listen]] has protocol = \"control\""}});
      // Its rule accounts, which is always on, refuses by this map.
      return recipient_.access(mail_.to);
    }
    if (answer.is_failure()) {
      course_.add({"policy", mail_.to, answer.outcome(), answer.reason()});
      return Ending{verdict_on_failure(answer.outcome()), "can't be told of: " + answer.reason()};
    }
    std::string reason;
    for (auto& step : answer.value().steps) {
      if (step.outcome == Outcome::Found && !step.notes.empty()) reason = " (" + step.notes.back() + ')';
      course_.add(std::move(step));
    }
    return ending_of(answer.value().action, reason);
  }

  Maybe ending_of(const std::string& text, const std::string& reason) {
    const Action action(text);
    if (action.is("REJECT")) return Ending{Verdict::Refused, "is refused: 554 " + action.rest + reason};
    if (action.is_code('5')) return Ending{Verdict::Refused, "is refused: " + text + reason};
    if (action.is("DEFER") || action.is("DEFER_IF_PERMIT") || action.is_code('4')) {
      return Ending{Verdict::Temporary,
                    "is told to come again: " + (action.is_code('4') ? text : "450 " + action.rest) + reason};
    }
    if (action.is("DISCARD")) return Ending{Verdict::Refused, "is thrown away: " + text + reason};
    if (action.is("HOLD")) {
      holds_ = true;
      held_text_ = action.rest + reason;
    }
    return std::nullopt;
  }

  Course course_;
  const MainCf& main_cf_;
  const Mail& mail_;
  const AskPolicy& ask_policy_;
  Recipient recipient_;
  bool holds_ = false;
  std::string held_text_;
};

}  // namespace

Explanation explain_mail(Maps& maps, const MainCf& main_cf, const Mail& mail, const AskPolicy& ask_policy) {
  return Message(maps, main_cf, mail, ask_policy).run();
}

}  // namespace extmail::ctl
