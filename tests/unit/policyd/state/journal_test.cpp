// SPDX-License-Identifier: MIT
#include "policyd/state/journal.hpp"

#include "support/catch.hpp"
#include "support/recording_log.hpp"
#include "support/temporary_folder.hpp"

#include <csignal>
#include <filesystem>
#include <string>
#include <thread>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace extmail;
using namespace extmail::policyd;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kMaxBytes = std::size_t{64} << 20U;

/// The state, and its file, from a start to an end.
class Run {
 public:
  explicit Run(const std::string& path, std::size_t max_bytes = kMaxBytes)
      : state_(max_bytes, true, clock_), journal_(path, max_bytes, state_, log_, {10ms, 10ms}) {}

  std::uint64_t count(const std::string& key, std::uint64_t amount) {
    std::uint64_t used = 0;
    state_.take({{key, {1'000'000, 1h}, amount, true}},
                [&](const auto& answer) { used = answer.value().standings.at(0).used; });
    return used;
  }
  [[nodiscard]] State::Statistics statistics() const { return journal_.statistics(); }
  [[nodiscard]] const tests::RecordingLog& log() const { return log_; }
  LocalState& state() { return state_; }

  template <typename Condition>
  [[nodiscard]] static bool comes_true(Condition condition) {
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::sleep_for(2ms);
    }
    return true;
  }
  [[nodiscard]] bool becomes_saved() const {
    return comes_true([this] { return statistics().unsaved == 0 && !statistics().is_away; });
  }
  [[nodiscard]] bool gets_away() const {
    return comes_true([this] { return statistics().is_away; });
  }

 private:
  SystemClock clock_;
  tests::RecordingLog log_;
  LocalState state_;
  Journal journal_;
};

std::size_t damaged_files(const std::string& folder) {
  std::size_t number = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().filename().string().find(".damaged-") != std::string::npos) ++number;
  return number;
}

/// Files may not grow beyond so many bytes, as on a disk that is full.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit now{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &now);
  }
  ~FullDisk() {
    setrlimit(RLIMIT_FSIZE, &before_);
    (void)std::signal(SIGXFSZ, handler_);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit before_{};
  void (*handler_)(int);
};

}  // namespace

TEST_CASE("After a restart the state is as before") {
  tests::TemporaryFolder folder;
  const std::string path = folder.path() + "/p.sqlite";
  {
    Run run(path);
    run.count("k", 3);
    run.count("k", 2);
    run.state().set_mark(
        {"m", "why", std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()) + 1h});
    run.state().set_mark(
        {"gone", "", std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()) + 1h});
    REQUIRE(run.becomes_saved());
    run.state().remove_mark("gone", [](const auto&) {});
  }
  Run run(path);
  CHECK(run.log().has("state_loaded: 2 entries"));
  CHECK(run.count("k", 0) == 5);
  run.state().list_marks("", 10, [](const auto& answer) {
    REQUIRE(answer.value().size() == 1);
    CHECK(answer.value().front().text == "why");
  });
  CHECK((std::filesystem::status(path).permissions() & std::filesystem::perms::mask) ==
        (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
}

TEST_CASE("A link may lead to the folder, but not to the file") {
  tests::TemporaryFolder folder;
  std::filesystem::create_directory(folder.path() + "/real");
  std::filesystem::create_directory_symlink(folder.path() + "/real", folder.path() + "/link");
  CHECK_FALSE(Run(folder.path() + "/link/p.sqlite").statistics().is_away);
  std::filesystem::create_symlink(folder.path() + "/real/p.sqlite", folder.path() + "/p.sqlite");
  CHECK(Run(folder.path() + "/p.sqlite").statistics().is_away);
}

TEST_CASE("A process that is killed has lost nothing that was saved") {
  tests::TemporaryFolder folder;
  const std::string path = folder.path() + "/p.sqlite";
  int ready[2];
  REQUIRE(pipe(ready) == 0);
  const pid_t child = fork();
  if (child == 0) {
    Run run(path);
    for (int i = 0; i < 5000; ++i)
      run.count("key " + std::to_string(i), 1);
    const char verdict = run.becomes_saved() ? 'y' : 'n';
    if (write(ready[1], &verdict, 1) != 1) _exit(1);
    for (;;)
      run.count("later", 1);  // killed in the midst of it
  }
  REQUIRE(child > 0);
  char verdict = 0;
  REQUIRE(read(ready[0], &verdict, 1) == 1);
  CHECK(verdict == 'y');
  REQUIRE(kill(child, SIGKILL) == 0);
  REQUIRE(waitpid(child, nullptr, 0) == child);
  close(ready[0]);
  close(ready[1]);
  Run run(path);
  CHECK(run.statistics().entries >= 5000);
  CHECK(run.count("key 0", 0) == 1);
  CHECK(run.count("key 4999", 0) == 1);
  CHECK_FALSE(run.log().has("state_damaged"));
}

TEST_CASE("A second policyd on the same file is refused, and the first goes on") {
  tests::TemporaryFolder folder;
  const std::string path = folder.path() + "/p.sqlite";
  Run run(path);
  CHECK_THROWS_WITH(Run(path), tests::contains_text("in use"));
  run.count("k", 1);
  CHECK(run.becomes_saved());
}

TEST_CASE("A file of a newer version, or of something else, is refused and stays as it is") {
  tests::TemporaryFolder folder;
  const std::string path = folder.path() + "/p.sqlite";
  sqlite::Database(path).run("CREATE TABLE theirs (a); PRAGMA user_version = 0");
  CHECK_THROWS_WITH(Run(path), tests::contains_text("something else"));
  sqlite::Database(path).run("PRAGMA user_version = 2");
  CHECK_THROWS_WITH(Run(path), tests::contains_text("newer extmail-policyd"));
  CHECK(sqlite::Database(path).number("SELECT count(*) FROM theirs") == 0);
  CHECK(damaged_files(folder.path()) == 0);
}

TEST_CASE("A damaged file is moved aside at the start, and a new one begun") {
  for (const bool is_torn : {true, false}) {
    INFO(is_torn);
    tests::TemporaryFolder folder;
    const std::string path = folder.path() + "/p.sqlite";
    if (is_torn) {
      {
        Run run(path);
        for (int i = 0; i < 2000; ++i)
          run.count("key " + std::to_string(i), 1);
      }
      std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
    } else {
      folder.write("p.sqlite", std::string(10'000, 'x'));
    }
    {
      Run run(path);
      CHECK(run.log().count("state_damaged") == 1);
      CHECK(damaged_files(folder.path()) == 1);
      run.count("k", 4);
      CHECK(run.becomes_saved());
    }
    CHECK(Run(path).count("k", 0) == 4);
  }
}

TEST_CASE("A file that is removed while in use is written anew, with everything") {
  tests::TemporaryFolder folder;
  const std::string path = folder.path() + "/p.sqlite";
  {
    Run run(path);
    run.count("k", 4);
    REQUIRE(run.becomes_saved());
    for (const char* ending : {"", "-wal"})
      std::filesystem::remove(path + ending);
    CHECK(Run::comes_true([&] { return run.log().has("state_saved: "); }));
    CHECK(run.log().count("state_unsaved") == 1);
  }
  CHECK(Run(path).count("k", 0) == 4);
}

TEST_CASE("A folder that is not there is said once, and the state saved when it comes") {
  tests::TemporaryFolder folder;
  const std::string path = folder.path() + "/later/p.sqlite";
  {
    Run run(path);
    run.count("k", 4);
    CHECK(Run::comes_true([&] { return run.statistics().failures > 3; }));
    CHECK(run.log().count("state_unsaved") == 1);
    std::filesystem::create_directory(folder.path() + "/later");
    CHECK(run.becomes_saved());
    CHECK(run.log().count("state_saved") == 1);
  }
  CHECK(Run(path).count("k", 0) == 4);
}

TEST_CASE("A disk that is full is said once; the state goes on, and is saved when there is room") {
  tests::TemporaryFolder folder;
  const std::string path = folder.path() + "/p.sqlite";
  {
    Run run(path);
    run.count("before", 1);
    REQUIRE(run.becomes_saved());
    {
      const FullDisk full(65'536);
      for (int i = 0; i < 5000; ++i)
        run.count("key " + std::to_string(i), 1);
      CHECK(run.gets_away());
      CHECK(run.count("key 0", 1) == 2);
    }
    CHECK(run.becomes_saved());
    CHECK(run.log().count("state_unsaved") == 1);
  }
  Run run(path);
  CHECK(run.count("before", 0) == 1);
  CHECK(run.count("key 0", 0) == 2);
  CHECK(run.count("key 4999", 0) == 1);
}

TEST_CASE("A file that may not be written is said once, and saved to when it may") {
  tests::TemporaryFolder folder;
  const std::string path = folder.path() + "/p.sqlite";
  // Root may write to any file; nobody may not.
  constexpr uid_t kNobody = 65'534;
  const bool is_root = geteuid() == 0;
  if (is_root) REQUIRE(chown(folder.path().c_str(), kNobody, kNobody) == 0);
  if (is_root) REQUIRE(seteuid(kNobody) == 0);
  Run(path).count("k", 4);
  std::filesystem::permissions(path, std::filesystem::perms::owner_read);
  {
    Run run(path);
    CHECK(run.gets_away());
    run.count("new", 1);
    std::filesystem::permissions(path,
                                 std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    CHECK(run.becomes_saved());
    CHECK(run.log().count("state_unsaved") == 1);
  }
  Run run(path);
  CHECK(run.count("new", 0) == 1);
  CHECK(run.count("k", 0) == 4);  // what was there before is not written over
  if (is_root) REQUIRE(seteuid(0) == 0);
}

TEST_CASE("The file stays within bounds, whatever goes through memory") {
  tests::TemporaryFolder folder;
  const std::string path = folder.path() + "/p.sqlite";
  constexpr std::size_t kMebibyte = std::size_t{1} << 20U;
  Run run(path, kMebibyte);
  for (int i = 0; i < 50'000; ++i)
    run.count("key " + std::to_string(i), 1);
  REQUIRE(run.becomes_saved());
  CHECK(run.statistics().evicted > 40'000);
  CHECK(std::filesystem::file_size(path) <= 4 * kMebibyte);
  CHECK(run.log().count("state_unsaved") == 0);
}
