// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace extmail::maps {

/// What can be told of a statement by reading it, so that --check-config can say it without a server. The server, which
/// prepares the statement, has the last word.
struct StatementText {
  std::size_t placeholders = 0;  ///< each `?` outside of quotes and comments
  std::string fault;             ///< why it is not one SELECT; empty where it is
};

/// Reads as the servers do in their default sql_mode: quotes are ', " and `, doubled or with a backslash where they
/// stand for themselves; comments begin with #, with -- and a blank, and with /*.
[[nodiscard]] StatementText read_statement(std::string_view sql);

}  // namespace extmail::maps
