// SPDX-License-Identifier: MIT
#include "ctl/maildir/mail_tree.hpp"

#include "ctl/problem.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <filesystem>
#include <string>

#include <sys/stat.h>
#include <unistd.h>

using namespace extmail;
using namespace extmail::ctl;
using tests::contains_text;
namespace fs = std::filesystem;

namespace {

struct Tree {
  tests::TemporaryFolder folder;
  std::string base = folder.path() + "/mail";

  Tree() { fs::create_directory(base); }

  void write(const std::string& name) { folder.write(name, ""); }

  [[nodiscard]] std::string at(const std::string& path) const { return base + '/' + path; }
  [[nodiscard]] MailLocation location(const std::string& home) const {
    return {.home = at(home), .maildir = at(home + "/Maildir"), .uid = ::geteuid(), .gid = ::getegid()};
  }
};

mode_t mode_of(const std::string& path) {
  struct stat status {};
  REQUIRE(::lstat(path.c_str(), &status) == 0);
  return status.st_mode & 07777U;
}

}  // namespace

TEST_CASE("A maildir is made once, and closed to others") {
  const Tree tree;
  fs::permissions(tree.base, fs::perms(0751));
  const MailTree mail(tree.base + '/');
  const auto joe = tree.location("test.com/joe");
  CHECK_FALSE(mail.has(joe));
  CHECK(mail.create(joe));
  CHECK(mail.has(joe));
  CHECK_FALSE(mail.create(joe));
  CHECK(mode_of(tree.at("test.com")) == 0751);  // as the one that it is in
  for (const char* part : {"", "/Maildir", "/Maildir/new", "/Maildir/cur", "/Maildir/tmp"})
    CHECK(mode_of(joe.home + part) == 0700);

  fs::remove(joe.maildir + "/cur");
  CHECK_FALSE(mail.has(joe));
  CHECK(mail.create(joe));
  CHECK(mail.has(joe));
}

TEST_CASE("What leads elsewhere is refused, wherever it stands") {
  const Tree tree;
  const MailTree mail(tree.base);
  const auto joe = tree.location("test.com/joe");
  fs::create_directory(tree.folder.path() + "/outside");
  const auto& link = GENERATE(values<std::string>({"", "/joe", "/joe/Maildir", "/joe/Maildir/new"}));
  CAPTURE(link);
  const std::string path = tree.at("test.com") + link;
  fs::create_directories(fs::path(path).parent_path());
  fs::create_directory_symlink(tree.folder.path() + "/outside", path);
  CHECK_THROWS_WITH(mail.create(joe), contains_text(path + ": is a symbolic link"));
  CHECK_THROWS_AS(mail.has(joe), Refused);
  CHECK(fs::is_empty(tree.folder.path() + "/outside"));
}

TEST_CASE("What is no folder, or of somebody else, or open to all, is refused") {
  Tree tree;
  const MailTree mail(tree.base);
  auto joe = tree.location("test.com/joe");
  fs::create_directories(joe.home);
  SECTION("a file") {
    fs::remove(joe.home);
    tree.write("mail/test.com/joe");
    CHECK_THROWS_WITH(mail.create(joe), contains_text("is no folder"));
  }
  SECTION("another owner") {
    ++joe.uid;
    CHECK_THROWS_WITH(mail.create(joe), contains_text("belongs to uid " + std::to_string(::geteuid())));
  }
  SECTION("open to all") {
    fs::permissions(tree.at("test.com"), fs::perms::all);
    CHECK_THROWS_WITH(mail.create(joe), contains_text("can be written to by everybody"));
  }
}

TEST_CASE("A path that is not below the base is refused") {
  const Tree tree;
  const MailTree mail(tree.base);
  CHECK_THROWS_WITH(mail.has_folder(tree.base + "er/joe"), contains_text("not below the mail base"));
  CHECK_THROWS_WITH(mail.remove(tree.base), contains_text("is the mail base"));
  CHECK_THROWS_AS(MailTree(tree.base + "/none"), Refused);
}

TEST_CASE("A path that goes up again is refused") {
  const Tree tree;
  const MailTree mail(tree.base);
  fs::create_directories(tree.folder.path() + "/outside/joe");
  for (const char* path : {"../outside/joe", "test.com/../../outside/joe", ".."}) {
    CAPTURE(path);
    CHECK_THROWS_WITH(mail.create(tree.location(path)), contains_text("has .. in it"));
    CHECK_THROWS_WITH(mail.remove(tree.at(path) + "/joe"), contains_text("has .. in it"));
  }
  CHECK(fs::exists(tree.folder.path() + "/outside/joe"));
}

TEST_CASE("A folder is moved, but over none that is there") {
  const Tree tree;
  const MailTree mail(tree.base);
  (void)mail.create(tree.location("a.test/joe"));
  mail.move(tree.at("a.test/joe"), tree.at("b.test/01/jim"));
  CHECK(mail.has(tree.location("b.test/01/jim")));
  CHECK_FALSE(mail.has_folder(tree.at("a.test/joe")));
  fs::create_directory(tree.at("a.test/joe"));
  CHECK_THROWS_WITH(mail.move(tree.at("b.test/01/jim"), tree.at("a.test/joe")),
                    contains_text("is there already"));
  CHECK_THROWS_AS(mail.move(tree.at("none/joe"), tree.at("a.test/jim")), Refused);
}

TEST_CASE("A folder is removed with all that is in it, and nothing that links lead to") {
  const Tree tree;
  const MailTree mail(tree.base);
  const auto joe = tree.location("test.com/joe");
  (void)mail.create(joe);
  fs::create_directories(joe.maildir + "/.Sent/cur/deeper");
  fs::create_directory(tree.folder.path() + "/outside");
  fs::create_directory(tree.folder.path() + "/outside/kept");
  fs::create_directory_symlink(tree.folder.path() + "/outside", joe.maildir + "/link");
  mail.remove(joe.home);
  CHECK_FALSE(fs::exists(joe.home));
  CHECK(fs::exists(tree.at("test.com")));
  CHECK(fs::exists(tree.folder.path() + "/outside/kept"));
  mail.remove(joe.home);  // as if nothing were

  fs::create_directory_symlink(tree.folder.path() + "/outside", joe.home);
  CHECK_THROWS_WITH(mail.remove(joe.home), contains_text("is a symbolic link"));
  CHECK(fs::exists(tree.folder.path() + "/outside/kept"));
}

TEST_CASE("Folders that lie too deep in one another are refused, not followed for ever") {
  const Tree tree;
  const MailTree mail(tree.base);
  std::string deep = tree.at("joe");
  for (int i = 0; i < 80; ++i)
    deep += "/d";
  fs::create_directories(deep);
  CHECK_THROWS_WITH(mail.remove(tree.at("joe")), contains_text("too deep"));
}
