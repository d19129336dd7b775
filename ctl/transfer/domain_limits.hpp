// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/transfer/record.hpp"
#include "mysql/connection.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace extmail::ctl::transfer {

/// Whether what is imported keeps to the limits of its domains, for all rows at once: who adds them one by one is held
/// to the same.
///
/// Errors: mysql::DatabaseError.
class DomainLimits {
 public:
  /// Begins with the domains of the database, and what is in them.
  explicit DomainLimits(mysql::Connection& database);

  /// A row that is new. Domains may come after what is in them.
  void add(const Record& record);

  /// A row that takes the place of one.
  void replace(const Record& old, const Record& record);

  struct Fault {
    std::size_t line;  ///< of the first row that it is about
    std::string text;
  };
  /// What is wrong with all that was added.
  [[nodiscard]] std::vector<Fault> faults() const;

 private:
  struct Domain {
    bool is_known = false;
    std::int64_t max_mailboxes = 0;  ///< 0: any number
    std::int64_t max_aliases = 0;
    std::uint64_t max_bytes = 0;
    std::int64_t mailboxes = 0;
    std::int64_t aliases = 0;
    std::uint64_t bytes = 0;
    std::size_t line = 0;  ///< of the first row that was added to it
  };

  void set_limits(Domain& domain, const Record& record);
  Domain& touched(const Record& record);

  std::map<std::string, Domain> domains_;
};

}  // namespace extmail::ctl::transfer
