// SPDX-License-Identifier: MIT
#pragma once

#include "policyd/limits/limit_settings.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace extmail::tests {

/// One request as the reference reads it.
struct CountedRequest {
  enum class Stage { Rcpt, Data, End };
  struct Line {
    policyd::Limit::Count count;
    std::uint64_t limit;
    bool is_of_recipient;
  };

  std::uint64_t connection = 0;
  std::string instance;
  Stage stage = Stage::Rcpt;
  std::string recipient;  ///< empty where a message has several
  std::uint64_t recipients = 0;
  std::uint64_t size = 0;
  std::map<std::string, Line> lines;  ///< by key
};

/// Counts mail as plainly as can be: every message that ever was, and what of it is counted, added up anew for each question.
class CountingReference {
 public:
  using Minutes = std::chrono::minutes;

  /// Whether it fits.
  bool ask(const CountedRequest& request, Minutes now);
  void closed(std::uint64_t connection, Minutes now);
  [[nodiscard]] std::uint64_t used(const std::string& key) const;

 private:
  struct Amount {
    CountedRequest::Line line;
    std::uint64_t amount = 0;   ///< what the message is counted as
    std::uint64_t counted = 0;  ///< what of that is counted
  };
  struct Message {
    enum class Life { Active, Lost, Over };
    std::string instance;
    Life life = Life::Active;
    Minutes since{0};
    std::uint64_t connection = 0;
    CountedRequest::Stage reached = CountedRequest::Stage::Rcpt;
    std::set<std::string> recipients;
    std::map<std::string, Amount> amounts;
  };

  void look_after(Minutes now);
  void end(Message& message, Message::Life life, Minutes now) const;
  Message& message_of(const CountedRequest& request, Minutes now);

  bool asks_at_data_ = false;
  bool asks_at_end_ = false;
  std::deque<Message> messages_;
};

}  // namespace extmail::tests
