// SPDX-License-Identifier: MIT
#pragma once

#include <charconv>
#include <chrono>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

/// What the programs that load a server share: whose turn it is, and what came of it.
namespace extmail::bench {

using Clock = std::chrono::steady_clock;  // the same in all processes of the machine

inline constexpr int kPatienceSeconds = 30;  ///< whoever does not answer for so long is an error

/// Of the command line. Throws on anything else than a number above zero.
template <typename Number>
Number number(std::string_view text) {
  Number value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value == 0)
    throw std::runtime_error("not a number above zero: " + std::string(text));
  return value;
}

struct User {
  std::string name;
  std::string password;
  bool is_right;  ///< false: must be refused
};

/// From standard input, a line each: `user TAB password TAB ok`, or `no` for who must be refused. Throws on anything else.
std::vector<User> read_users();

enum class Answer { LoggedIn, Refused, Trouble };

struct Result {
  Answer answer = Answer::Trouble;
  std::string text;  ///< what was said, for people
};

/// What one worker saw.
struct Tally {
  std::vector<double> took_us;
  std::size_t wrong = 0;
  Clock::time_point ended;
};

/// What all workers saw.
struct LoadResult {
  std::vector<Tally> tallies;
  Clock::time_point began;
  double cpu_seconds = 0;
};

/// Logs in every user whose turn is worker `mine`'s of `workers`: in all, `logins` logins by all users in turn.
/// `log_in(user, place)` gives a Result, which is wrong if it is not what the user's line says; trouble always is. The
/// first that is wrong is shown on standard error.
template <typename LogIn>
Tally take_turns(const std::vector<User>& users, std::size_t logins, std::size_t mine, std::size_t workers,
                 LogIn log_in);

/// Prints `logins/s p50_us p99_us cpu_us wrong`, the last but one of the processor time of one login.
void print(const LoadResult& result);

/// Of times in their order; 0 of none.
double percentile(const std::vector<double>& sorted, double part);

/// Shows the first of a worker's wrong results.
void complain(const User& user, const Result& result);

template <typename LogIn>
Tally take_turns(const std::vector<User>& users, std::size_t logins, std::size_t mine, std::size_t workers,
                 LogIn log_in) {
  Tally tally;
  tally.took_us.reserve(logins / workers + 1);
  for (std::size_t turn = mine; turn < logins; turn += workers) {
    const std::size_t place = turn % users.size();
    const User& user = users[place];
    const auto began = Clock::now();
    const Result result = log_in(user, place);
    tally.took_us.push_back(std::chrono::duration<double, std::micro>(Clock::now() - began).count());
    if (result.answer == (user.is_right ? Answer::LoggedIn : Answer::Refused)) continue;
    if (tally.wrong++ == 0) complain(user, result);
  }
  tally.ended = Clock::now();
  return tally;
}

}  // namespace extmail::bench
