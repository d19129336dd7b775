// SPDX-License-Identifier: MIT
#include "policyd/containment/containment_rule.hpp"

#include "core/printable.hpp"
#include "policyd/containment/held_logins.hpp"
#include "policyd/state/state_key.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace extmail::policyd {
namespace {

using Verdict = Answer<Judgement>;
using Decision = Answer<Action>;

/// Rows are in memory, or missing: nothing waits (Rows).
constexpr Deadline kNoWait{};

/// What Postfix logs.
constexpr const char* kHoldText = "HOLD login is held by extmail-policyd, see extmailctl release";

/// Something of which a login should not have many.
struct Measure {
  const char* key;        ///< of its counter in the state
  const char* name;       ///< as settings have it in slow_NAME and hold_NAME
  const char* what;       ///< for people
  const char* slow_text;  ///< what the client is told
};

constexpr Measure kNetworks{"networks", "networks", "client networks",
                            "450 4.7.1 this login is in use from too many networks, please try again later"};
constexpr Measure kRecipients{"recipients", "recipients", "new recipients",
                              "450 4.7.1 too many new recipients in a short time, please try again later"};

bool can_hold(Stage stage) {
  return stage == Stage::Mail || stage == Stage::Rcpt || stage == Stage::Data || stage == Stage::EndOfMessage;
}

std::size_t lower_of(const Bounds& bounds) {
  if (bounds.slow == 0) return bounds.hold;
  return bounds.hold == 0 ? bounds.slow : std::min(bounds.slow, bounds.hold);
}

Bounds slow_only(Bounds bounds) {
  bounds.hold = 0;
  return bounds;
}

Bounds hold_only(Bounds bounds) {
  bounds.slow = 0;
  return bounds;
}

/// Lets one event of a login through in a while: several processes of Postfix meet the same bound at once.
///
/// Threads: may be called concurrently. Limits: kMaxLogins are remembered, beyond which all are forgotten.
class OncePerLogin {
 public:
  bool operator()(const std::string& login, Time now, std::chrono::seconds pause) {
    constexpr std::size_t kMaxLogins = 1024;
    const std::lock_guard lock(mutex_);
    const auto known = next_.find(login);
    if (known != next_.end() && now < known->second) return false;
    if (next_.size() >= kMaxLogins) next_.clear();
    next_[login] = now + pause;
    return true;
  }

 private:
  std::mutex mutex_;
  std::unordered_map<std::string, Time> next_;
};

}  // namespace

class ContainmentRule::Core {
 public:
  Core(Environment environment, ContainmentSettings settings)
      : environment_(std::move(environment)), settings_(std::move(settings)) {}

  [[nodiscard]] const ContainmentSettings& settings() const { return settings_; }
  [[nodiscard]] State& state() const { return environment_.state; }
  [[nodiscard]] std::chrono::sys_seconds wall_time() const { return environment_.wall_time(); }
  [[nodiscard]] std::uint64_t holds() const { return holds_; }

  /// Holds the login from now on, or would.
  void hold(const std::string& login, const std::string& why) {
    const bool is_log_only = settings_.rule.is_log_only;
    if (!is_log_only) hold_login(state(), login, why, environment_.wall_time() + settings_.hold_for);
    constexpr std::chrono::seconds kUntilAllHaveSeen{10};
    constexpr std::chrono::minutes kReminder{10};
    const std::chrono::seconds pause = is_log_only ? kReminder : kUntilAllHaveSeen;
    if (!may_tell_(login, environment_.clock.now(), pause)) return;
    ++holds_;
    environment_.log.write(Level::Warning, "login_held", text_of(login, why));
  }

 private:
  [[nodiscard]] std::string text_of(const std::string& login, const std::string& why) const {
    const std::string start = "login=" + log_value(login) + ": " + why + "; ";
    if (settings_.rule.is_log_only) return start + "its mail would be held, were it not for mode = \"log\"";
    return start +
           "its mail waits in Postfix's hold queue. See to its password, and to the mail (postqueue -p), "
           "then: " +
           "extmailctl release " + log_value(login);
  }

  const Environment environment_;
  const ContainmentSettings settings_;
  OncePerLogin may_tell_;
  std::atomic<std::uint64_t> holds_{0};
};

/// One request's way through the state, from question to question.
class ContainmentRule::Inquiry : public std::enable_shared_from_this<Inquiry> {
 public:
  Inquiry(std::shared_ptr<Core> core, std::shared_ptr<const Facts> facts, Answer<bool> is_outside)
      : core_(std::move(core)),
        facts_(std::move(facts)),
        is_outside_(std::move(is_outside)),
        login_(key_part(facts_->login_name())) {}

  void start(std::function<void(Decision)> done) {
    done_ = std::move(done);
    find_held_login(core_->state(), login_,
                    [self = shared_from_this()](const Answer<std::optional<HeldLogin>>& held) {
                      if (!held.is_found()) return self->done_(Decision::same_failure(held));
                      if (held.value()) return self->answer_hold("held: " + held.value()->why);
                      if (self->facts_->stage() != Stage::Rcpt) return self->pass();
                      self->count_network();
                    });
  }

 private:
  using Next = void (Inquiry::*)();

  void count_network() {
    const auto& client = facts_->client();
    const ContainmentSettings& settings = core_->settings();
    if (!client || !settings.networks.are_set() || settings.exempt_networks.contains(client))
      return find_recipient();
    count(kNetworks, settings.networks, client_network(*client, settings.prefixes), &Inquiry::find_recipient);
  }

  /// Whether the login has written to the recipient before.
  void find_recipient() {
    if (!facts_->recipient() || !core_->settings().recipients.are_set()) return pass();
    if (is_outside_.is_failure()) return done_(Decision::same_failure(is_outside_));
    if (!is_outside_.value()) return pass();
    // Without a triplet nothing is greylisted: this only asks.
    GreylistQuestion question;
    question.correspondent = recipient_key();
    question.lifetime = core_->settings().known_for;
    core_->state().greylist(question, [self = shared_from_this()](const Answer<GreylistAnswer>& answer) {
      if (!answer.is_found()) return self->done_(Decision::same_failure(answer));
      if (answer.value().by == GreylistAnswer::By::Correspondent) return self->note_recipient();
      self->count_recipient();
    });
  }

  /// Among those that were tried, whatever they were told: else nobody would ever have more than are let through.
  void count_recipient() {
    const Bounds bounds = hold_only(core_->settings().recipients);
    if (!bounds.are_set()) return take_recipient();
    count(kRecipients, bounds, facts_->recipient()->text(), &Inquiry::take_recipient);
  }

  /// Among those that are let through, unless that would be too many. Who is told to come again is not counted: he will, and
  /// would keep himself out.
  void take_recipient() {
    if (core_->settings().recipients.slow == 0) return note_recipient();
    find_release(core_->settings().recipients, [self = shared_from_this()](const std::string& release) {
      std::vector<Charge> charges{self->charge_of_recipient("")};
      if (!release.empty()) {
        // Among all too, so that when those from before the release have left, those since then are still there.
        charges.front().is_enforced = false;
        charges.push_back(self->charge_of_recipient(release));
      }
      self->take(std::move(charges), [self](const Taken& taken) {
        if (taken.refused_by) return self->slow_recipient(taken);
        self->note_recipient();
      });
    });
  }

  void slow_recipient(const Taken& taken) {
    const std::uint64_t with_this = taken.standings[*taken.refused_by].used + 1;
    weigh(kRecipients, slow_only(core_->settings().recipients), with_this, &Inquiry::note_recipient);
  }

  void note_recipient() {
    remember_recipient();
    pass();
  }

  void remember_recipient() {
    core_->state().note_correspondent(recipient_key(), core_->settings().known_for);
  }

  /// Since a release, or all where that is empty.
  [[nodiscard]] Charge charge_of_recipient(const std::string& release) const {
    const Bounds& bounds = core_->settings().recipients;
    return {state_key({"let through", login_, release}), {bounds.slow, bounds.period}, 1, true};
  }

  void take(std::vector<Charge> charges, std::function<void(const Taken&)> then) {
    core_->state().take(std::move(charges),
                        [self = shared_from_this(), then = std::move(then)](const Answer<Taken>& taken) {
                          if (!taken.is_found()) return self->done_(Decision::same_failure(taken));
                          then(taken.value());
                        });
  }

  /// Notes the member, and goes on to next, or ends it where the login has too many.
  void count(const Measure& measure, Bounds bounds, const std::string& member, Next next) {
    const std::string key = measure.key + (':' + login_);
    count_distinct(key, member, bounds,
                   [self = shared_from_this(), &measure, bounds, key, member, next](std::size_t number) {
                     if (number <= lower_of(bounds)) return (self.get()->*next)();
                     // Rare, so that what is usual costs no question: after a release it is counted anew.
                     self->find_release(bounds, [self, &measure, bounds, key, member, next,
                                                 number](const std::string& release) {
                       if (release.empty()) return self->weigh(measure, bounds, number, next);
                       self->count_distinct(state_key({key, release}), member, bounds,
                                            [self, &measure, bounds, next](std::size_t since) {
                                              self->weigh(measure, bounds, since, next);
                                            });
                     });
                   });
  }

  /// The last one within the period: one from before it has nothing left to start anew, and would only count apart what came
  /// since.
  void find_release(const Bounds& bounds, std::function<void(const std::string&)> then) {
    policyd::find_release(
        core_->state(), login_, core_->wall_time() - bounds.period,
        [self = shared_from_this(), then = std::move(then)](const Answer<std::string>& release) {
          if (!release.is_found()) return self->done_(Decision::same_failure(release));
          then(release.value());
        });
  }

  void count_distinct(const std::string& key, const std::string& member, const Bounds& bounds,
                      std::function<void(std::size_t)> then) {
    core_->state().count_distinct(
        state_key({key}), state_key({member}), bounds.period, std::max(bounds.slow, bounds.hold) + 1,
        [self = shared_from_this(), then = std::move(then)](const Answer<std::size_t>& number) {
          if (!number.is_found()) return self->done_(Decision::same_failure(number));
          then(number.value());
        });
  }

  void weigh(const Measure& measure, const Bounds& bounds, std::size_t number, Next next) {
    const auto why = [&](const std::string& bound, std::size_t limit) {
      return std::to_string(number) + ' ' + measure.what + " within " +
             std::to_string(bounds.period.count()) + " s, " + bound + '_' + measure.name + " is " +
             std::to_string(limit);
    };
    // What is only tried out keeps no mail from its recipient.
    if (core_->settings().rule.is_log_only && &measure == &kRecipients) remember_recipient();
    if (bounds.hold > 0 && number > bounds.hold) {
      const std::string reason = why("hold", bounds.hold);
      core_->hold(login_, reason);
      return answer_hold(reason);
    }
    if (bounds.slow > 0 && number > bounds.slow)
      return done_(Decision::found({measure.slow_text, why("slow", bounds.slow)}));
    (this->*next)();
  }

  void answer_hold(const std::string& reason) { done_(Decision::found({kHoldText, reason})); }
  void pass() { done_(Decision::not_found()); }

  [[nodiscard]] std::string recipient_key() const {
    return state_key({"known", login_, facts_->recipient()->text()});
  }

  const std::shared_ptr<Core> core_;
  const std::shared_ptr<const Facts> facts_;
  const Answer<bool> is_outside_;
  const std::string login_;
  std::function<void(Decision)> done_;
};

ContainmentRule::ContainmentRule(Environment environment, ContainmentSettings settings)
    : core_(std::make_shared<Core>(std::move(environment), std::move(settings))) {}

Verdict ContainmentRule::judge(const std::shared_ptr<const Facts>& facts, const Rows& rows) const {
  if (!core_->settings().enabled || !facts->is_authenticated() || !can_hold(facts->stage()) ||
      is_exempt(*facts))
    return Verdict::not_found();
  auto is_outside = Answer<bool>::found(false);
  if (facts->stage() == Stage::Rcpt && facts->recipient()) {
    const auto domain = rows.directory.find_domain(facts->recipient()->domain, kNoWait);
    // A failure is told only where it matters: who is held stays so without a database.
    is_outside =
        domain.is_failure() ? Answer<bool>::same_failure(domain) : Answer<bool>::found(domain.is_not_found());
  }
  return Verdict::found(Step([core = core_, facts, is_outside](std::function<void(Decision)> done) {
    std::make_shared<Inquiry>(core, facts, is_outside)->start(std::move(done));
  }));
}

bool ContainmentRule::is_exempt(const Facts& facts) const {
  const auto& login = facts.login();
  return login && core_->settings().exempt_logins.contains(login->local, login->domain);
}

void ContainmentRule::collect(metrics::Families& families) const {
  families.counter("extmail_policyd_logins_held_total",
                   "Logins that were held because of what they sent (log: login_held).",
                   static_cast<double>(core_->holds()));
}

}  // namespace extmail::policyd
