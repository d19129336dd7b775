// SPDX-License-Identifier: MIT
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace extmail::mysql {

/// What went wrong between us and the database. Daemons do not see it: MysqlRecords turns it into an Outcome.
class DatabaseError : public std::runtime_error {
 public:
  enum class Kind {
    Busy,  ///< the server answered that it can't now (lock, limit, read-only …); the connection is good
    Lost,  ///< the connection is gone or was never made
    Misconfigured,  ///< schema, rights or statement are wrong: asking again won't help
    Unstorable,     ///< the key has characters that the column's character set lacks, so no row can have it
  };

  DatabaseError(Kind kind, const std::string& what) : std::runtime_error(what), kind_(kind) {}

  [[nodiscard]] Kind kind() const { return kind_; }

 private:
  Kind kind_;
};

/// Sorts MySQL's error numbers. Client errors (2000 to 2999, and 5000 to 5999 in MariaDB's library) mean a lost
/// connection; server errors are Busy unless they say that the connection or its statements are gone, or that schema,
/// account or rights are wrong.
[[nodiscard]] DatabaseError::Kind classify(unsigned error_number);

/// What an admin can do about a limit that was reached, to be put after the server's words; empty for most errors.
[[nodiscard]] std::string_view advice(unsigned error_number);

}  // namespace extmail::mysql
