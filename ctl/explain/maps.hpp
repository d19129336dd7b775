// SPDX-License-Identifier: MIT
#pragma once

#include "client/unix_stream.hpp"
#include "core/clock.hpp"
#include "core/mail_rules.hpp"
#include "core/record_source.hpp"
#include "ctl/explain/explanation.hpp"
#include "ctl/explain/recording_directory.hpp"

#include <optional>
#include <string>

namespace extmail::ctl {

/// Postfix's maps, by whoever answers them.
class Maps {
 public:
  virtual ~Maps() = default;

  /// What the map answers for this key. An unknown map is a PermanentFailure.
  [[nodiscard]] virtual Step look_up(const std::string& map, const std::string& key) = 0;
};

/// Answered from rows, by the code of extmail-mapd; knows which rows decided. The administrator's own maps are unknown.
class DatabaseMaps final : public Maps {
 public:
  /// source, clock and rules must outlive the maps.
  DatabaseMaps(const RecordSource& source, const Clock& clock, const MailRules& rules);

  [[nodiscard]] Step look_up(const std::string& map, const std::string& key) override;

 private:
  RecordingDirectory rows_;
  const Clock& clock_;
  const MailRules& rules_;
};

/// Answered by extmail-mapd, over socketmap. Who can't be reached is a TemporaryFailure.
class LiveMaps final : public Maps {
 public:
  explicit LiveMaps(std::string socket) : socket_(std::move(socket)) {}

  [[nodiscard]] Step look_up(const std::string& map, const std::string& key) override;

 private:
  [[nodiscard]] Answer<std::string> ask(const std::string& map, const std::string& key);

  const std::string socket_;
  std::optional<client::UnixStream> stream_;
};

}  // namespace extmail::ctl
