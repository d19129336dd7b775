// SPDX-License-Identifier: MIT
#pragma once

#include "dovecot-auth-plugin/reply_fields.hpp"
#include "dovecot_host.hpp"
#include "stepped_authd.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace extmail::tests {

inline constexpr const char* kPassword = "Sek.ret1";

/// The names that the Dovecot which this is built for goes by.
inline constexpr auto kFieldNames =
    EXTMAIL_DOVECOT == 203 ? dovecot::FieldNames::Dovecot23 : dovecot::FieldNames::Dovecot24;

using FieldMap = std::map<std::string, std::string>;

inline FieldMap as_map(const Answer<dovecot::Fields>& fields) {
  REQUIRE(fields.is_found());
  FieldMap map;
  for (const auto& field : fields.value())
    map[field.name] = field.value;
  return map;
}

class ScratchFolder {
 public:
  ScratchFolder() {
    if (mkdtemp(path_.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
  }
  ~ScratchFolder() { std::filesystem::remove_all(path_); }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  [[nodiscard]] std::string socket() const { return path_ + "/auth"; }

 private:
  std::string path_ = std::filesystem::temp_directory_path() / "extmail-dovecot-XXXXXX";
};

/// A host with a passdb and a userdb, and what they ask.
struct Setup {
  ScratchFolder scratch;
  DovecotHost host{EXTMAIL_DOVECOT_PLUGIN};
  std::optional<SteppedAuthd> authd{std::in_place, scratch.socket()};

  explicit Setup(int timeout_seconds = 5) { host.open(scratch.socket(), timeout_seconds); }

  void run_until(const std::function<bool()>& done) {
    REQUIRE(host.run(done, [this] {
      if (authd) authd->poll();
    }));
  }
  void wait_for(const std::shared_ptr<const HostAnswer>& answer) {
    run_until([&] { return answer->times > 0; });
    CHECK(answer->times == 1);
  }
  void wait_for_questions(std::size_t count) {
    run_until([&] { return authd->asked.size() >= count; });
  }
  void answer(std::size_t which, wire::auth::Status status, std::string reason = {}) {
    wire::auth::Reply reply;
    reply.tag = authd->asked.at(which).tag;
    reply.status = status;
    reply.reason = std::move(reason);
    if (status == wire::auth::Status::Ok) reply.user = data_of(authd->asked[which].user);
    authd->reply(reply);
  }
  /// Asks until the question reaches extmail-authd, which is tried again only after a while.
  std::shared_ptr<const HostAnswer> verify_until_asked() {
    const std::size_t before = authd->asked.size();
    auto login = host.verify("postmaster@test.com", kPassword);
    run_until([&] {
      if (authd->asked.size() > before) return true;
      if (login->times > 0) login = host.verify("postmaster@test.com", kPassword);
      return false;
    });
    return login;
  }
  static wire::auth::UserData data_of(const std::string& user) {
    wire::auth::UserData data;
    data.user = user;
    data.uid = 2525;
    data.gid = 2526;
    data.home = "/var/mailbox/test.com/postmaster";
    data.maildir = "/var/mailbox/test.com/postmaster/Maildir/";
    data.quota_bytes = 104857600;
    return data;
  }

  [[nodiscard]] std::ptrdiff_t times_logged(std::string_view part) const {
    const auto lines = host.log();
    return std::count_if(lines.begin(), lines.end(),
                         [&](const std::string& line) { return line.find(part) != std::string::npos; });
  }
  [[nodiscard]] bool logged(std::string_view part) const { return times_logged(part) > 0; }
};

}  // namespace extmail::tests
