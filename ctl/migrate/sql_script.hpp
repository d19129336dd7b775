// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace extmail::ctl {

/// The statements of a file that is written for the client of MariaDB or MySQL, in their order, without what ends them:
/// `;`, or what a line `DELIMITER` names. Comments are left out, but for those that are code to the server; quotes of all
/// three kinds are honoured. Other words of the client's own, such as SOURCE, are not known here.
[[nodiscard]] std::vector<std::string> split_script(std::string_view script);

}  // namespace extmail::ctl
