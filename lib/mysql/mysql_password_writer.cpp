// SPDX-License-Identifier: MIT
#include "mysql/mysql_password_writer.hpp"

#include "mysql/columns.hpp"

#include <string>
#include <vector>

namespace extmail::mysql {
namespace {

// The first condition finds the row by its key. The others compare bytes, in the character set that they were read in:
// collations take accents, case and trailing blanks for nothing, and two hashes may differ in case only.
constexpr std::string_view kUnlessChanged =
    " WHERE username = ?"
    " AND CAST(CONVERT(username USING utf8mb4) AS BINARY) = CAST(? AS BINARY)"
    " AND CAST(CONVERT(password USING utf8mb4) AS BINARY) = CAST(? AS BINARY)";

constexpr std::string_view kReplace = "UPDATE mailbox SET password = ?";

// By its length, because blanks equal the empty text; NULL stays NULL.
constexpr std::string_view kChange =
    "UPDATE mailbox SET password = ?, clearpwd = IF(LENGTH(clearpwd) > 0, ?, clearpwd)";

Answer<Changed> run(Pool& pool, std::string_view update, const std::vector<std::string_view>& parameters,
                    Deadline deadline) {
  try {
    // Not repeated: a second run would find what the first one wrote, and say that somebody else did.
    const auto changed =
        pool.execute(std::string(update).append(kUnlessChanged), parameters, deadline, Pool::Repeat::Never);
    return changed == 0 ? Answer<Changed>::not_found() : Answer<Changed>::found({});
  } catch (const DatabaseError& error) {
    return failed<Changed>(error);
  }
}

}  // namespace

Answer<Changed> MysqlPasswordWriter::replace(std::string_view username, const Secret& old,
                                             const Secret& replacement, Deadline deadline) {
  return run(pool_, kReplace, {replacement.view(), username, username, old.view()}, deadline);
}

Answer<Changed> MysqlPasswordWriter::change(std::string_view username, const Secret& old,
                                            const Secret& replacement, const Secret& clear,
                                            Deadline deadline) {
  return run(pool_, kChange, {replacement.view(), clear.view(), username, username, old.view()}, deadline);
}

}  // namespace extmail::mysql
