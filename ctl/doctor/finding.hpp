// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace extmail::ctl {

/// How bad what a check finds is: by what it does to mail, not by how much there is of it.
enum class Severity : std::uint8_t {
  Note,     ///< good to know, and may be as it is wanted
  Warning,  ///< works, and will hurt: a trap, a weakness, work for nothing
  Error,    ///< mail is lost, refused or read by others, or somebody can't log in
};

/// Where a check looks. `--only` and `--skip` take the name of an area for all that is in it.
enum class Area : std::uint8_t {
  Host,      ///< Postfix, Dovecot, SASL, sockets and files
  Database,  ///< schema, triggers, accounts, the server's settings
  Data,      ///< rows
};

struct Check {
  std::string_view id;  ///< what scripts go by: it stays
  Area area;
  Severity severity;
  std::string_view about;  ///< what it finds
};

/// All of them, as extmailctl(8) explains them.
[[nodiscard]] const std::vector<Check>& all_checks();

[[nodiscard]] std::string_view name_of(Severity severity);
[[nodiscard]] std::string_view name_of(Area area);

struct Finding {
  std::string object;  ///< what is wrong: a row, a parameter, a file
  std::string reason;  ///< a sentence, for people: no password and no hash
  std::string mend;    ///< the line or command that mends it
};

/// Gathers what checks find.
///
/// Limits: keeps the first `most` findings of each check, and counts the others, so that a hundred thousand rows with the
/// same fault take no room.
class Findings {
 public:
  struct Of {
    const Check* check;
    std::vector<Finding> shown;
    std::size_t more = 0;
  };

  /// Of checks whose ids are in wanted; most 0: keeps all.
  Findings(const std::set<std::string_view>& wanted, std::size_t most);

  /// id is one of all_checks().
  void add(std::string_view id, Finding finding);

  /// Whether anybody asked for it, so that what it costs need not be spent otherwise.
  [[nodiscard]] bool wants(std::string_view id) const;
  [[nodiscard]] bool wants(Area area) const;

  /// Of those that found something: in the order of all_checks(), the worst first.
  [[nodiscard]] std::vector<const Of*> all() const;
  [[nodiscard]] std::size_t checks() const { return found_.size(); }

 private:
  std::vector<Of> found_;  ///< one for each wanted check
  std::size_t most_;
};

/// The ids that words mean, each an id or the name of an area; of all checks where there are none.
/// Errors: Misuse for a word that is neither.
[[nodiscard]] std::set<std::string_view> choose_checks(const std::vector<std::string>& only,
                                                       const std::vector<std::string>& skip);

}  // namespace extmail::ctl
