// SPDX-License-Identifier: MIT
#include "policyd/greylist/greylist_rule.hpp"

#include "policyd/access/recipient_names.hpp"
#include "policyd/greylist/sender_key.hpp"
#include "policyd/policy_subjects.hpp"
#include "policyd/state/state_key.hpp"

#include <initializer_list>
#include <utility>
#include <vector>

namespace extmail::policyd {
namespace {

using Verdict = Answer<Judgement>;
using By = GreylistAnswer::By;

constexpr std::string_view kKind = "greylist";
constexpr std::string_view kNullSender = "<>";

/// Rows are in memory, or missing: nothing waits (Rows).
constexpr Deadline kNoWait{};

/// What the null sender, and one that is no address, is in a triplet.
std::string triplet_sender(const Facts& facts) {
  if (facts.sender()) return sender_key(*facts.sender());
  const auto text = facts.request().sender;
  return text.empty() ? std::string(kNullSender) : key_part(fold_case(text));
}

/// ours without its extension.
std::string correspondent_key(const Address& theirs, const std::string& ours) {
  return state_key({sender_key(theirs), ours});
}

std::string_view text_of(By by) {
  switch (by) {
    case By::Triplet:
      return "triplet";
    case By::Client:
      return "client";
    case By::SenderDomain:
      return "sender_domain";
    case By::Correspondent:
      return "correspondent";
    case By::Waiting:
      break;
  }
  return "none";
}

constexpr std::initializer_list<By> kAllBy{By::Waiting, By::Triplet, By::Client, By::SenderDomain,
                                           By::Correspondent};

/// DEFER_IF_PERMIT, because what other restrictions refuse for good need not come again. access(5) makes a 450 of it.
Action come_again(std::chrono::seconds wait) {
  const std::string seconds = std::to_string(wait.count());
  return {"DEFER_IF_PERMIT 4.2.0 greylisted, please come again in " + seconds + " seconds",
          "a stranger to this recipient, who may come again in " + seconds + " s"};
}

/// The row's word for a subject. Empty: it has none.
Answer<std::optional<bool>> word_of(const SubjectEntries& policy) {
  using Word = Answer<std::optional<bool>>;
  if (!policy.entries.is_found()) return Word::same_failure(policy.entries);
  for (const auto& entry : policy.entries.value()) {
    if (entry.kind != kKind) continue;
    if (same_key(entry.value, "on")) return Word::found(true);
    if (same_key(entry.value, "off")) return Word::found(false);
    return Word::permanent_failure(bad_entry(policy.subject, entry, "on or off"));
  }
  return Word::found(std::nullopt);
}

}  // namespace

GreylistRule::GreylistRule(State& state, std::shared_ptr<const MailRules> mail, GreylistSettings settings,
                           const Clock& clock)
    : state_(state), mail_(std::move(mail)), settings_(std::move(settings)), clock_(clock) {}

Verdict GreylistRule::judge(const std::shared_ptr<const Facts>& facts, const Rows& rows) const {
  if (!settings_.enabled || facts->stage() != Stage::Rcpt || !facts->recipient()) return Verdict::not_found();
  return facts->is_authenticated() ? note_outgoing(*facts, rows) : greet_stranger(*facts, rows);
}

Verdict GreylistRule::note_outgoing(const Facts& facts, const Rows& rows) const {
  if (!facts.sender()) return Verdict::not_found();
  // Only NotFound is elsewhere. A failure is not the rule's: it costs a note, and need not stop a user's mail.
  if (!rows.directory.find_domain(facts.recipient()->domain, kNoWait).is_not_found())
    return Verdict::not_found();
  const Address& sender = *facts.sender();
  const std::string ours =
      join_address(split_extension(sender.local, mail_->recipient_delimiter).base, sender.domain);
  return Verdict::found(
      Step([&state = state_, key = correspondent_key(*facts.recipient(), ours),
            lifetime = settings_.lifetime](const std::function<void(Answer<Action>)>& done) {
        state.note_correspondent(key, lifetime);
        done(Answer<Action>::not_found());
      }));
}

Verdict GreylistRule::greet_stranger(const Facts& facts, const Rows& rows) const {
  const Address& recipient = *facts.recipient();
  const std::string_view base = split_extension(recipient.local, mail_->recipient_delimiter).base;
  if (is_exempt(facts, base)) return Verdict::not_found();
  const auto wanted = is_wanted(recipient, rows);
  if (!wanted.is_found()) return Verdict::same_failure(wanted);
  if (!wanted.value()) return Verdict::not_found();

  return Verdict::found(Step([&state = state_, counts = counts_,
                              question = question_of(facts, join_address(base, recipient.domain))](
                                 std::function<void(Answer<Action>)> done) {
    state.greylist(question, [counts, done = std::move(done)](const Answer<GreylistAnswer>& answer) {
      if (!answer.is_found()) return done(Answer<Action>::same_failure(answer));
      ++counts->at(static_cast<std::size_t>(answer.value().by));
      if (answer.value().by != By::Waiting) return done(Answer<Action>::not_found());
      done(Answer<Action>::found(come_again(answer.value().wait)));
    });
  }));
}

bool GreylistRule::is_exempt(const Facts& facts, std::string_view recipient_local) const {
  if (!facts.client() || settings_.exempt_networks.contains(facts.client())) return true;
  // client_name, because it leads back to the address: whoever has an address may give it any reverse_client_name.
  if (is_below(facts.request().client_name, settings_.exempt_clients)) return true;
  return settings_.exempt_recipients.contains(recipient_local, facts.recipient()->domain);
}

Answer<bool> GreylistRule::is_wanted(const Address& recipient, const Rows& rows) const {
  const auto& names = rows.names_of(recipient, AddressMaps(rows.directory, clock_, *mail_));
  if (!names.is_found()) return Answer<bool>::same_failure(names);
  for (const auto& policy : rows.entries_of(names.value(), mail_->recipient_delimiter)) {
    const auto word = word_of(policy);
    if (!word.is_found()) return Answer<bool>::same_failure(word);
    if (word.value()) return Answer<bool>::found(*word.value());
  }
  return Answer<bool>::found(settings_.is_for_all);
}

GreylistQuestion GreylistRule::question_of(const Facts& facts, const std::string& recipient) const {
  const std::string network = client_network(*facts.client(), settings_.prefixes);
  GreylistQuestion question;
  question.triplet = state_key({network, triplet_sender(facts), recipient});
  if (settings_.client_passes > 0) question.client = network;
  if (facts.sender()) {
    if (settings_.domain_passes > 0) question.sender_domain = state_key({facts.sender()->domain, network});
    question.correspondent = correspondent_key(*facts.sender(), recipient);
  }
  question.delay = settings_.delay;
  question.window = settings_.window;
  question.lifetime = settings_.lifetime;
  question.client_passes = settings_.client_passes;
  question.domain_passes = settings_.domain_passes;
  return question;
}

void GreylistRule::collect(metrics::Families& families) const {
  std::vector<metrics::Sample> samples;
  for (const By by : kAllBy) {
    samples.push_back({{{"known_by", std::string(text_of(by))}},
                       static_cast<double>(counts_->at(static_cast<std::size_t>(by)).load())});
  }
  families.counter("extmail_policyd_greylist_total",
                   "Recipients of strangers by what was known of them; none: they were told to come again.",
                   samples);
}

}  // namespace extmail::policyd
