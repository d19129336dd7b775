// SPDX-License-Identifier: MIT
#include "mysql/mysql_password_writer.hpp"

#include "mysql/columns.hpp"

namespace extmail::mysql {
namespace {

// The first condition finds the row by its key. The others compare bytes, in the character set that they were read in:
// collations take accents, case and trailing blanks for nothing, and two hashes may differ in case only.
constexpr std::string_view kReplaceSql =
    "UPDATE mailbox SET password = ? WHERE username = ?"
    " AND CAST(CONVERT(username USING utf8mb4) AS BINARY) = CAST(? AS BINARY)"
    " AND CAST(CONVERT(password USING utf8mb4) AS BINARY) = CAST(? AS BINARY)";

}  // namespace

Answer<Changed> MysqlPasswordWriter::replace(std::string_view username, const Secret& old,
                                             const Secret& replacement, Deadline deadline) {
  try {
    // Not repeated: a second run would find what the first one wrote, and say that somebody else did.
    const auto changed = pool_.execute(kReplaceSql, {replacement.view(), username, username, old.view()},
                                       deadline, Pool::Repeat::Never);
    return changed == 0 ? Answer<Changed>::not_found() : Answer<Changed>::found({});
  } catch (const DatabaseError& error) {
    return failed<Changed>(error);
  }
}

}  // namespace extmail::mysql
