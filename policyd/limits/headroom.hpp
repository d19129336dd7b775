// SPDX-License-Identifier: MIT
#pragma once

#include "cache/store.hpp"
#include "core/clock.hpp"
#include "core/mail_rules.hpp"
#include "core/outcome.hpp"
#include "policyd/limits/limit_settings.hpp"
#include "policyd/rule.hpp"
#include "policyd/state/state.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace extmail::policyd {

/// How much of one limit a subject has used.
struct HeadroomLine {
  std::string limit;  ///< its name
  Limit::Per per = Limit::Per::SaslUsername;
  Limit::Count count = Limit::Count::Messages;
  std::string subject;  ///< whom it counts
  std::chrono::seconds period{0};
  std::uint64_t used = 0;
  std::optional<std::uint64_t> most;  ///< empty: without bound, and not counted
  std::chrono::seconds room_in{0};    ///< until one more has room; 0 where it has
  bool is_log_only = false;
  bool is_burst = false;  ///< the limit's second bound
  std::string from;       ///< the subject of extmail_policy that says so; empty: the configuration
};

/// What extmail-policyd's limits leave a subject: a mailbox, as login, sender and recipient, and its domain; `@domain`; the
/// address of a client, or one of its network; or a login that is no address. Limits that don't concern it are left out.
///
/// Nothing is counted by the question.
/// Outcomes: Found, in the order of the configuration; the failures of rows and state.
/// Threads: all members may be called concurrently.
class Headroom {
 public:
  struct Settings {
    std::shared_ptr<const MailRules> mail;
    std::vector<Limit> limits;
  };
  using Lines = std::vector<HeadroomLine>;

  /// All must outlive the last answers of store and state; the headroom need not.
  Headroom(cache::Store& store, State& state, const Clock& clock, Settings settings);

  /// Calls done once, at once or later on another thread.
  void find(const std::string& subject, std::function<void(Answer<Lines>)> done);

  /// Takes effect for the next question.
  void replace(Settings settings) { settings_ = std::make_shared<const Settings>(std::move(settings)); }

 private:
  cache::Store& store_;
  State& state_;
  const Clock& clock_;
  std::atomic<std::shared_ptr<const Settings>> settings_;
};

/// Of one question, by rows alone: used and room_in stay 0. Exposed for tests.
[[nodiscard]] Answer<Headroom::Lines> lines_of(const std::string& subject, const Headroom::Settings& settings,
                                               const Rows& rows, const Clock& clock);

}  // namespace extmail::policyd
