// SPDX-License-Identifier: MIT
#pragma once

#include "core/login_rules.hpp"
#include "core/record_source.hpp"
#include "core/secret.hpp"
#include "ctl/explain/explanation.hpp"
#include "ctl/explain/row_text.hpp"

#include <optional>
#include <string>

namespace extmail::ctl {

/// Somebody at the door.
struct Login {
  std::string user;
  std::string service;
  std::string remote;              ///< IP address
  std::optional<Secret> password;  ///< empty: it is taken to be right
};

/// How extmail-authd judges.
struct LoginJudging {
  LoginRules::Settings rules;
  std::string default_scheme;
};

/// By the rows of the database, as extmail-authd would decide. Guesses of earlier logins are not known: nobody is held up.
[[nodiscard]] Explanation explain_login(const RecordSource& source, const Clock& clock,
                                        const LoginJudging& judging, const Login& login);

/// By the extmail-authd that runs, over its auth protocol. With a password it is a login like any other, counted and
/// logged; without one it is a question for the user's data, as Dovecot asks it.
[[nodiscard]] Explanation explain_live_login(const std::string& socket, const Login& login);

}  // namespace extmail::ctl
