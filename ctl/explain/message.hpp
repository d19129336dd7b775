// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/explain/main_cf.hpp"
#include "ctl/explain/maps.hpp"
#include "ctl/explain/policy.hpp"

#include <functional>

namespace extmail::ctl {

/// Asks extmail-policyd; empty where nobody listens for such questions by configuration.
using AskPolicy = std::function<Answer<PolicyAnswer>(const Mail&)>;

/// Follows a message through the restrictions of smtpd(8) that deploy/postfix has, in their order, and then as
/// explain_address(): for `explain mail`.
[[nodiscard]] Explanation explain_mail(Maps& maps, const MainCf& main_cf, const Mail& mail,
                                       const AskPolicy& ask_policy);

}  // namespace extmail::ctl
