// SPDX-License-Identifier: MIT
#pragma once

#include "core/log.hpp"
#include "policyd/facts.hpp"

#include <cstddef>
#include <map>
#include <string>

namespace extmail::policyd {

/// At which stages main.cf has each port of Postfix ask, as far as the requests tell. Where it asks at RCPT only, nobody would
/// ever make final what that reserved, which is said once for each port (limits_at_rcpt_only).
///
/// Threads: none; the caller locks. Limits: ports up to kMaxPorts; what is beyond asks at RCPT only.
class AskedStages {
 public:
  static constexpr std::size_t kMaxPorts = 100;
  /// So many messages in a row without a later stage, on a port that never had one, and it is plain that none is asked for;
  static constexpr std::size_t kPlain = 20;
  /// so many where there was one once: clients may give up many messages, but main.cf may have changed too.
  static constexpr std::size_t kGone = 200;

  /// log must outlive this.
  explicit AskedStages(Log& log) : log_(log) {}

  void note(const Facts& facts);
  /// A message on the port got as far as that, and there is no more of it.
  void note_end(const std::string& port, Stage reached);
  /// Whether nothing further would be asked about a message that got so far.
  [[nodiscard]] bool is_final(const std::string& port, Stage reached);

 private:
  struct Port {
    bool asks_at_data = false;
    bool asks_at_end = false;
    bool is_told = false;
    std::size_t rcpt_only = 0;  ///< messages in a row that ended without a later stage
    [[nodiscard]] bool asks_later() const { return asks_at_data || asks_at_end; }
  };
  [[nodiscard]] Port* port_of(const std::string& name);

  Log& log_;
  std::map<std::string, Port> ports_;
};

}  // namespace extmail::policyd
