// SPDX-License-Identifier: MIT
#pragma once

#include <cassert>
#include <string>
#include <utility>
#include <variant>

namespace extmail {

/// How a question to the directory ended. The four are never mixed up: a database fault must not read as "no
/// such mailbox", because that bounces mail and refuses good passwords.
enum class Outcome {
  Found,
  NotFound,          ///< the database answered, and there is no such active row
  TemporaryFailure,  ///< nobody could answer in time; ask again later
  PermanentFailure,  ///< our configuration, the schema or this row is wrong; an admin has to act
};

/// A value, or why there is none.
///
/// Ownership: holds its value. reason() is text for logs and peers: one line, no secrets.
template <typename T>
class Answer {
 public:
  static Answer found(T&& value) { return Answer(std::in_place_index<0>, std::move(value)); }
  static Answer found(const T& value) { return Answer(std::in_place_index<0>, value); }
  static Answer not_found() { return Answer(std::in_place_index<1>, Failure{Outcome::NotFound, {}}); }
  static Answer temporary_failure(std::string reason) {
    return Answer(std::in_place_index<1>, Failure{Outcome::TemporaryFailure, std::move(reason)});
  }
  static Answer permanent_failure(std::string reason) {
    return Answer(std::in_place_index<1>, Failure{Outcome::PermanentFailure, std::move(reason)});
  }

  /// Carries "not found" or a failure over into an answer of another type.
  template <typename U>
  static Answer same_failure(const Answer<U>& other) {
    assert(!other.is_found());
    return Answer(std::in_place_index<1>, Failure{other.outcome(), other.reason()});
  }

  [[nodiscard]] Outcome outcome() const {
    return is_found() ? Outcome::Found : std::get<Failure>(state_).outcome;
  }
  [[nodiscard]] bool is_found() const { return state_.index() == 0; }
  [[nodiscard]] bool is_not_found() const { return outcome() == Outcome::NotFound; }
  [[nodiscard]] bool is_failure() const { return !is_found() && !is_not_found(); }

  /// Precondition: is_found().
  [[nodiscard]] const T& value() const& { return std::get<0>(state_); }
  [[nodiscard]] T& value() & { return std::get<0>(state_); }
  [[nodiscard]] T&& value() && { return std::get<0>(std::move(state_)); }

  /// Why there is no value; empty for "found" and "not found".
  [[nodiscard]] std::string reason() const {
    return is_found() ? std::string() : std::get<Failure>(state_).reason;
  }

 private:
  struct Failure {
    Outcome outcome;
    std::string reason;
  };

  template <std::size_t I, typename V>
  explicit Answer(std::in_place_index_t<I> which, V&& value) : state_(which, std::forward<V>(value)) {}

  std::variant<T, Failure> state_;
};

}  // namespace extmail
