// SPDX-License-Identifier: MIT
#pragma once

#include "core/frame.hpp"
#include "core/outcome.hpp"
#include "core/secret.hpp"
#include "wire/authdaemond.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

/// The other side of wire/authdaemond.hpp: what a client says, and how it reads the answer.
namespace extmail::wire::authdaemond {

/// Who is asked for, and on whose behalf.
struct Question {
  std::string service;
  std::string user;
  std::string remote;  ///< TCPREMOTEIP: where the user is; empty where that is not known
};

/// What is read of an answer: as much as Courier's own clients read.
inline constexpr std::size_t kMaxAnswerBytes = kMaxBodyBytes;

/// AUTH with type login: is this the user's password?
///
/// Empty where the protocol can't say it: a line break or zero byte in a part, no service or no user, more than
/// kMaxBodyBytes.
[[nodiscard]] std::optional<Secret> encode_login(const Question& question, std::string_view password);

/// PRE: who is this? Empty as above, and where service has a blank or user begins with one, and over kMaxLineBytes.
[[nodiscard]] std::optional<Secret> encode_lookup(const Question& question);

/// Finds an answer to one of these at the start of input; its payload is what decode_answer() takes.
///
/// A connection that ends before the frame is complete is the server's way to say that it could not tell.
/// Malformed: over kMaxAnswerBytes.
[[nodiscard]] Frame split_answer(std::string_view input);

/// The account, or NotFound for FAIL: the server does not say whether user, password or a rule is to blame.
///
/// Empty for what is no such answer: a line without a name, UID or GID that are missing or no numbers. Names that we do
/// not know are left out; of a name that comes twice the last value counts.
[[nodiscard]] std::optional<Answer<Account>> decode_answer(std::string_view payload);

}  // namespace extmail::wire::authdaemond
