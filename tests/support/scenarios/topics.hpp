// SPDX-License-Identifier: MIT
#pragma once

#include "support/scenarios.hpp"

#include <vector>

/// The parts that the table is put together from.
namespace extmail::tests {

using Scenarios = std::vector<Scenario>;

[[nodiscard]] Scenarios alias_scenarios();
[[nodiscard]] Scenarios domain_alias_scenarios();
[[nodiscard]] Scenarios domain_scenarios();
[[nodiscard]] Scenarios key_scenarios();
[[nodiscard]] Scenarios mailbox_scenarios();
[[nodiscard]] Scenarios routing_scenarios();
[[nodiscard]] Scenarios refusal_scenarios();
[[nodiscard]] Scenarios sender_scenarios();

}  // namespace extmail::tests
