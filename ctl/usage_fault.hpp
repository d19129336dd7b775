// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace CLI {
class App;
class Error;
}  // namespace CLI

namespace extmail::ctl {

/// What to tell of a command line that app could not take: which word is wrong, and the --help of the very command that was
/// meant.
[[nodiscard]] std::string usage_fault(const CLI::App& app, const CLI::Error& error);

}  // namespace extmail::ctl
