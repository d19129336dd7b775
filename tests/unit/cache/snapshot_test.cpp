// SPDX-License-Identifier: MIT
#include "cache/snapshot.hpp"

#include "core/query.hpp"
#include "support/catch.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include <sys/stat.h>
#include <unistd.h>

using namespace extmail;
using namespace extmail::cache;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kMebibyte = std::size_t{1} << 20U;
const Time kStart{100000s};
const std::chrono::system_clock::time_point kWall{1800000000s};

/// A folder that goes with the test.
class Folder {
 public:
  Folder() : path_("/tmp/snapshot-XXXXXX") { REQUIRE(::mkdtemp(path_.data()) != nullptr); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    ::unlink(file().c_str());
    ::rmdir(path_.c_str());
  }
  [[nodiscard]] std::string file() const { return path_ + "/rows"; }

 private:
  std::string path_;
};

std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void replace(const std::string& path, const std::string& content) {
  std::ofstream(path, std::ios::binary) << content;
}

/// Two rows, read ten seconds apart, saved a minute later.
void save(const std::string& path) {
  RowCache rows(kMebibyte);
  const Freshness freshness({5s, 3600s}, kStart);
  rows.store<AliasRecord>("team@test.com", AliasRecord{"team@test.com", {"a@test.com"}, true}, kStart);
  rows.store_absence<MailboxRecord>("team@test.com", kStart + 10s);
  REQUIRE(save_snapshot(path, rows, freshness, {kStart + 60s, kWall}) == 2);
}

std::string refusal(const std::string& path, Moment started) {
  RowCache rows(kMebibyte);
  try {
    (void)load_snapshot(path, rows, 3600s, started);
  } catch (const SnapshotError& error) {
    CHECK(rows.size().entries == 0);
    return std::string(error.what()).substr(path.size() + 2);
  }
  return "taken";
}

}  // namespace

TEST_CASE("Rows come back as old as they are") {
  const Folder folder;
  save(folder.file());
  RowCache rows(kMebibyte);
  // Another process, whose steady clock began elsewhere, half a minute later.
  const Time started{50s};
  REQUIRE(load_snapshot(folder.file(), rows, 3600s, {started, kWall + 30s}) == 2);
  const auto alias = rows.find<AliasRecord>("team@test.com");
  REQUIRE(alias);
  CHECK(alias->row->targets == std::vector<std::string>{"a@test.com"});
  CHECK(alias->read_at == started - 60s - 31s);
  const auto none = rows.find<MailboxRecord>("team@test.com");
  REQUIRE(none);
  CHECK_FALSE(none->row);
  CHECK(none->read_at == started - 50s - 31s);

  const Freshness freshness({5s, 3600s}, started);
  CHECK_FALSE(freshness.is_fresh(none->read_at, started));
  CHECK(freshness.is_servable(Table::Mailbox, none->read_at, started));
}

TEST_CASE("Rows that are too old stay behind") {
  const Folder folder;
  save(folder.file());
  RowCache rows(kMebibyte);
  CHECK(load_snapshot(folder.file(), rows, 85s, {kStart, kWall + 30s}) == 1);
}

TEST_CASE("What a query gave comes back too, no younger for a log that was read since") {
  const Folder folder;
  const std::string key = Query{"SELECT ?", {"a"}}.key();
  {
    RowCache rows(kMebibyte);
    Freshness freshness({5s, 3600s}, kStart);
    freshness.log_opened(kStart);
    freshness.log_read(kStart + 60s);
    rows.store<QueryRecord>(key, QueryRecord{"smtp:[a]"}, kStart);
    REQUIRE(save_snapshot(folder.file(), rows, freshness, {kStart + 60s, kWall}) == 1);
  }
  RowCache rows(kMebibyte);
  REQUIRE(load_snapshot(folder.file(), rows, 3600s, {kStart, kWall}) == 1);
  const auto row = rows.find<QueryRecord>(key);
  REQUIRE(row);
  CHECK(row->row->value == "smtp:[a]");
  CHECK(row->read_at == kStart - 61s);
}

TEST_CASE("Passwords stay in memory") {
  const Folder folder;
  RowCache rows(kMebibyte);
  const Freshness freshness({5s, 3600s}, kStart);
  rows.store<AccountRecord>("alice@test.com", AccountRecord{{}, std::make_shared<LoginSecrets>(), {}, {}, {}},
                            kStart);
  REQUIRE(rows.find<AccountRecord>("alice@test.com"));
  CHECK(save_snapshot(folder.file(), rows, freshness, {kStart, kWall}) == 0);
}

TEST_CASE("No file is nothing to load, and no reason to complain") {
  const Folder folder;
  RowCache rows(kMebibyte);
  CHECK(load_snapshot(folder.file(), rows, 3600s, {kStart, kWall}) == 0);
}

TEST_CASE("The file is for nobody else, and one that is not ours alone is refused") {
  const Folder folder;
  save(folder.file());
  struct stat info {};
  REQUIRE(::stat(folder.file().c_str(), &info) == 0);
  CHECK((info.st_mode & 07777U) == 0600);
  for (const mode_t mode : {0640U, 0604U, 0620U}) {
    REQUIRE(::chmod(folder.file().c_str(), mode) == 0);
    CHECK(refusal(folder.file(), {kStart, kWall}) ==
          "must belong to this daemon's user, and be readable by nobody else");
  }
}

TEST_CASE("A damaged file is refused, wherever it is damaged") {
  const Folder folder;
  save(folder.file());
  const std::string whole = content(folder.file());
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string damaged = whole;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    replace(folder.file(), damaged);
    REQUIRE(refusal(folder.file(), {kStart, kWall}) != "taken");
    replace(folder.file(), whole.substr(0, i));
    REQUIRE(refusal(folder.file(), {kStart, kWall}) != "taken");
  }
  replace(folder.file(), whole);
  CHECK(refusal(folder.file(), {kStart, kWall}) == "taken");
}

TEST_CASE("A file from the past or the future is refused") {
  const Folder folder;
  save(folder.file());
  CHECK(refusal(folder.file(), {kStart, kWall + 3600s}) == "is older than max_stale");
  CHECK(refusal(folder.file(), {kStart, kWall - 1s}) ==
        "is from the future: the system's clock was set back");
}

TEST_CASE("A link is not followed, and a folder that is not there is said") {
  const Folder folder;
  const std::string target = folder.file() + ".target";
  save(target);
  REQUIRE(::symlink(target.c_str(), folder.file().c_str()) == 0);
  CHECK(refusal(folder.file(), {kStart, kWall}) != "taken");
  save(folder.file());  // replaces the link, not what it leads to
  CHECK(refusal(folder.file(), {kStart, kWall}) == "taken");
  ::unlink(target.c_str());

  const RowCache rows(kMebibyte);
  const Freshness freshness({5s, 3600s}, kStart);
  CHECK_THROWS_WITH(save_snapshot("/nowhere/rows", rows, freshness, {kStart, kWall}),
                    "/nowhere/rows.new: No such file or directory");
}
