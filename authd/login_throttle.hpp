// SPDX-License-Identifier: MIT
#pragma once

#include "authd/failure_table.hpp"
#include "authd/familiar_places.hpp"
#include "authd/pending_counts.hpp"
#include "core/clock.hpp"
#include "core/keyed_digest.hpp"
#include "core/network.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

namespace extmail::authd {

/// Slows down those who guess passwords, and nobody else.
///
/// Wrong passwords and unknown users are counted by the client's address (an IPv6 client's /64, which one customer has as
/// he has one IPv4 address), by its /24 (its /48, which one customer may have 65536 /64 of), and by user and address. Each count halves in half_life. Where one is above
/// what is free, attempts of those that it counts are evaluated one at a time, 1 s apart, then 2 s, 4 s and so on. The
/// places are given out when attempts come, so to send many at once wins nothing.
///
/// Nobody is locked out by a stranger:
/// - There is no count by user alone, so failures elsewhere do not touch a user.
/// - A user who has logged in from a network within 30 days is not slowed down by what others did there.
/// - Where the client's address is not known, or is exempt, nobody is delayed: one guesser behind a webmail would have
///   all its users wait. Failures there are counted for the metrics only.
/// The same wrong password again, for the same user from the same address, is no new guess: it is neither counted nor
/// delayed. A phone with an old password must not slow down its office. But each costs a hash: no more than
/// kParallelOfAddress of an address are evaluated at once, nor of one guess that nothing is known of yet.
///
/// Threads: all members may be called concurrently. None waits; each takes about a microsecond.
/// Limits: Settings::entries counts and eight times as many places of users. Of attempts to be held, kMaxHeld, and
/// kMaxHeldOfNetwork of a /24 or /48.
class LoginThrottle {
 public:
  struct Settings {
    bool enabled = true;
    NetworkList exempt;
    /// So many failures are free: by mistake one user has a handful, an office behind one address or a Wi-Fi some, and a
    /// /24 or IPv6 /48 holds many of both.
    unsigned free_for_user = 5;
    unsigned free_for_address = 10;
    unsigned free_for_network = 50;
    /// What would wait for longer is refused. Far enough below what the plugins wait, 10 s, to look up the user too.
    std::chrono::seconds max_delay{6};
    /// With what is free it says what guessing without an end wins: 9 guesses an hour for one user from one address, 12
    /// from an address, 40 from a /24 or /48.
    std::chrono::seconds half_life = std::chrono::hours(1);
    std::size_t entries = 65'536;
  };

  enum class Verdict : std::uint8_t {
    Now,
    Wait,     ///< for wait(), then evaluate it
    Refused,  ///< as a temporary failure: it would have to wait for too long
  };

  /// An attempt to log in that was or was not let in. Says how it ended, if anybody could tell.
  ///
  /// Threads: one at a time, any.
  class Attempt {
   public:
    Attempt(Attempt&& other) noexcept;
    Attempt& operator=(Attempt&&) = delete;
    Attempt(const Attempt&) = delete;
    Attempt& operator=(const Attempt&) = delete;
    ~Attempt();

    [[nodiscard]] Verdict verdict() const { return verdict_; }
    [[nodiscard]] std::chrono::milliseconds wait() const { return wait_; }

    /// Whether succeeded() would make a difference: there are failures to forgive, or no login of the user from this network
    /// was heard of within kTeachesAgain. False where the client is exempt or unknown.
    [[nodiscard]] bool would_teach(Time now) const;

    /// Wrong password, or no such user. Not for what could not be told, and not for an account that is closed: there the
    /// password was right. False: the same wrong password as before, which is no new guess.
    bool failed(Time now);
    /// The password was right.
    void succeeded(Time now);

   private:
    friend class LoginThrottle;
    explicit Attempt(LoginThrottle& throttle) : throttle_(&throttle) {}

    LoginThrottle* throttle_;  // null: it has ended
    Verdict verdict_ = Verdict::Now;
    std::chrono::milliseconds wait_{0};
    bool is_counted_ = false;  // else its client is exempt or unknown
    bool is_pending_ = false;  // stands in the counters of attempts that are being evaluated
    bool is_at_once_ = false;  // its guess too
    std::uint64_t user_ = 0;
    std::uint64_t guess_ = 0;
    std::uint64_t repeats_ = 0;            // what counts the address's repeated guesses; 0: it is none
    std::array<std::uint64_t, 3> keys_{};  // of one that is counted: user and address, address, network
  };

  explicit LoginThrottle(Settings settings);

  /// Takes effect at once; entries stays what it was.
  void replace_settings(Settings settings);

  enum class Place : std::uint8_t {
    Taken,
    Left,  ///< to the question that follows at once and tells right from wrong: else that would wait for this one
  };

  /// To be asked before anything tells right from wrong, remembered passwords too. user as typed; its case does not
  /// matter. The throttle must outlive the attempt.
  [[nodiscard]] Attempt admit(std::string_view user, const std::optional<IpAddress>& client,
                              std::string_view password, Time now, Place place = Place::Taken);

  struct Statistics {
    std::size_t entries = 0;      ///< addresses, networks and users with failures
    std::uint64_t failures = 0;   ///< guesses
    std::uint64_t repeated = 0;   ///< the same wrong password again
    std::uint64_t uncounted = 0;  ///< failures of exempt and unknown clients
    std::uint64_t delayed = 0;
    std::uint64_t refused = 0;
  };
  [[nodiscard]] Statistics statistics() const;

  static constexpr std::chrono::seconds kFirstDelay{1};
  static constexpr std::chrono::minutes kMaxSpacing{15};

  /// Far below how long a user is known somewhere, and what becomes of last logins, which are written for these only
  /// (Authenticator): a time that is an hour old says as much.
  static constexpr std::chrono::hours kTeachesAgain{1};

  /// Each holds a password in memory, and a request of its plugin's connection (AuthProtocol::limits()), for up to
  /// max_delay: enough for people who mistype, and few of those who guess.
  static constexpr std::size_t kMaxHeld = 100;

  /// Or a few guessers would have all of them, and whoever mistypes would be refused at once. As many as an address gets in the
  /// longest max_delay, one a second: this is not what limits one address alone.
  static constexpr std::size_t kMaxHeldOfNetwork = 8;

  /// How many new guesses of an address and of a network may be under way at once while its failures are few: a
  /// restart brings all clients of an office at the same moment. Of a user it is what is free.
  static constexpr unsigned kParallelOfAddress = 64;
  static constexpr unsigned kParallelOfNetwork = 256;

 private:
  /// An attempt that waits.
  struct Held {
    Time until;
    std::uint64_t network;

    bool operator>(const Held& other) const { return until > other.until; }
  };
  struct Limit {
    unsigned free;
    unsigned parallel;
  };
  [[nodiscard]] Limit limit_of(std::size_t kind) const;
  void take_place(std::uint64_t key, unsigned free, Time start, Time now);
  [[nodiscard]] std::optional<Time> place_for(const Attempt& attempt, std::size_t kind, Time now);
  [[nodiscard]] bool may_hold(const Attempt& attempt, Time now);
  void count(std::uint64_t key, unsigned free, Time now);
  void begin(Attempt& attempt, Time start, Time now);
  void begin_again(Attempt& attempt);
  void refuse(Attempt& attempt);
  void end(Attempt& attempt);
  bool fail(Attempt& attempt, Time now);
  void succeed(Attempt& attempt, Time now);
  [[nodiscard]] bool would_teach(const Attempt& attempt, Time now);

  const DigestKey key_;
  mutable std::mutex mutex_;  // guards all below
  Settings settings_;
  FailureTable failures_;
  FamiliarPlaces places_;
  PendingCounts pending_;   // attempts that were let in and have not ended, by key and by guess
  std::vector<Held> held_;  // a heap, those that are evaluated next first
  Statistics statistics_;
};

}  // namespace extmail::authd
