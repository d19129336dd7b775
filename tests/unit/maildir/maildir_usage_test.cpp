// SPDX-License-Identifier: MIT
#include "maildir/maildir_usage.hpp"

#include "maildir/maildir_size.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <filesystem>
#include <fstream>
#include <string>

#include <sys/stat.h>
#include <unistd.h>

using namespace extmail;
namespace fs = std::filesystem;

namespace {

constexpr uid_t kNobody = 65534;

/// A mail base with one Maildir.
struct MailBase {
  MailBase() {
    settings.base = folder.path() + "/./mail//";
    settings.uid = 2525;
    settings.gid = 2525;
    fs::create_directories(maildir);
  }

  void write(const std::string& text) const { std::ofstream(maildir / "maildirsize") << text; }

  [[nodiscard]] Answer<Usage> usage(const std::string& stored = "test.com/alice/Maildir/") const {
    MailboxRecord mailbox;
    mailbox.username = "alice@test.com";
    mailbox.maildir = stored;
    return extmail::maildir::MaildirUsage(settings).find_usage(mailbox);
  }

  tests::TemporaryFolder folder;
  MailSettings settings;
  fs::path base = fs::path(folder.path()) / "mail";
  fs::path maildir = base / "test.com/alice/Maildir";
};

void check_permanent(const Answer<Usage>& usage, const std::string& part) {
  CHECK(usage.outcome() == Outcome::PermanentFailure);
  INFO(usage.reason());
  CHECK(usage.reason().find(part) != std::string::npos);
}

}  // namespace

TEST_CASE("Usage is read where the mailbox lies") {
  const MailBase mail;
  mail.write("1000S\n600 3\n");
  REQUIRE(mail.usage().is_found());
  CHECK(mail.usage().value() == Usage{600, 3});
  CHECK(mail.usage("").is_found());
  CHECK(mail.usage(mail.maildir.string()).is_found());
}

TEST_CASE("The mail base itself may be a symbolic link") {
  MailBase mail;
  mail.write("1000S\n600 3\n");
  fs::create_directory_symlink(mail.base, mail.folder.path() + "/link");
  mail.settings.base = mail.folder.path() + "/link";
  CHECK(mail.usage().is_found());
}

TEST_CASE("A mailbox that nobody has counted is not found") {
  const MailBase mail;
  SECTION("no file") {
    CHECK(mail.usage().is_not_found());
  }
  SECTION("no folder") {
    fs::remove_all(mail.base / "test.com");
    CHECK(mail.usage().is_not_found());
  }
  SECTION("no mail base") {
    fs::remove_all(mail.base);
    CHECK(mail.usage().is_not_found());
  }
  SECTION("a file that is something else") {
    mail.write("root:x:0:0\nbin:x\n");
    CHECK(mail.usage().is_not_found());
  }
  SECTION("a folder") {
    fs::create_directory(mail.maildir / "maildirsize");
    CHECK(mail.usage().is_not_found());
  }
  SECTION("a named pipe, which does not make it wait") {
    REQUIRE(mkfifo((mail.maildir / "maildirsize").c_str(), 0600) == 0);
    CHECK(mail.usage().is_not_found());
  }
  SECTION("a file without an end") {
    mail.write("1000S\n1 1\n");
    REQUIRE(truncate((mail.maildir / "maildirsize").c_str(), off_t{1} << 40U) == 0);
    CHECK(mail.usage().is_not_found());
  }
}

TEST_CASE("No way out of the mail base") {
  MailBase mail;
  mail.write("1000S\n600 3\n");
  const std::string outside = mail.folder.write("outside", "1000S\n1 1\n");
  SECTION("a path") {
    check_permanent(mail.usage("test.com/../../outside"), "maildir leaves the mail base");
    check_permanent(mail.usage("/etc"), "maildir leaves the mail base");
    check_permanent(mail.usage("example.org/bob/Maildir"), "not in the folder of the domain");
  }
  SECTION("a file that is a symbolic link") {
    fs::remove(mail.maildir / "maildirsize");
    fs::create_symlink(outside, mail.maildir / "maildirsize");
    check_permanent(mail.usage(), "may be a symbolic link");
  }
  SECTION("a folder that is one") {
    fs::rename(mail.maildir, mail.folder.path() + "/elsewhere");
    fs::create_directory_symlink(mail.folder.path() + "/elsewhere", mail.maildir);
    check_permanent(mail.usage(), "may be a symbolic link");
  }
  SECTION("a folder on the way that is one") {
    fs::rename(mail.base / "test.com", mail.base / "other.com");
    fs::create_directory_symlink("other.com", mail.base / "test.com");
    check_permanent(mail.usage(), "may be a symbolic link");
  }
}

TEST_CASE("A file that may not be read is a failure that says so") {
  const MailBase mail;
  mail.write("1000S\n600 3\n");
  fs::permissions(mail.folder.path(), fs::perms::all);
  fs::permissions(mail.maildir, fs::perms::none);
  const uid_t before = geteuid();
  REQUIRE((before != 0 || seteuid(kNobody) == 0));
  const auto usage = mail.usage();
  REQUIRE((before != 0 || seteuid(before) == 0));
  fs::permissions(mail.maildir, fs::perms::owner_all);
  check_permanent(
      usage,
      "test.com/alice/Maildir/maildirsize: Permission denied; the user of this program needs the right");
}
