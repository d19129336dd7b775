// SPDX-License-Identifier: MIT
#include "cache/snapshot.hpp"

#include "core/hash.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <limits>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace extmail::cache {
namespace {

using std::chrono::duration_cast;
using std::chrono::seconds;

constexpr std::string_view kMagic = "extmail rows 1\n";
constexpr std::size_t kBufferBytes = std::size_t{1} << 16U;
constexpr unsigned kByteBits = 8;

[[noreturn]] void fail(const std::string& path, const std::string& what) {
  throw SnapshotError(path + ": " + what);
}
[[noreturn]] void fail_with_errno(const std::string& path) {
  fail(path, std::generic_category().message(errno));
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  [[nodiscard]] int get() const { return number_; }

 private:
  int number_;
};

/// A file in the making; it has its name, and so counts, once keep() has been called.
class NewFile {
 public:
  explicit NewFile(std::string path)
      : path_(std::move(path)),
        temporary_(path_ + ".new"),
        file_((::unlink(temporary_.c_str()),
               ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                      S_IRUSR | S_IWUSR))) {
    if (file_.get() < 0) fail_with_errno(temporary_);
  }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  ~NewFile() {
    if (!is_kept_) ::unlink(temporary_.c_str());
  }

  void add(std::string_view bytes) {
    sha_.add(bytes);
    buffer_.append(bytes);
    if (buffer_.size() >= kBufferBytes) flush();
  }

  void keep() {
    buffer_ += sha_.finish();
    flush();
    if (::fsync(file_.get()) != 0 || ::rename(temporary_.c_str(), path_.c_str()) != 0)
      fail_with_errno(temporary_);
    is_kept_ = true;
  }

 private:
  void flush() {
    std::string_view rest = buffer_;
    while (!rest.empty()) {
      const ssize_t written = ::write(file_.get(), rest.data(), rest.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) fail_with_errno(temporary_);
      rest.remove_prefix(static_cast<std::size_t>(written));
    }
    buffer_.clear();
  }

  const std::string path_;
  const std::string temporary_;
  const Descriptor file_;
  Sha256 sha_;
  std::string buffer_;
  bool is_kept_ = false;
};

/// The content of a file that is ours alone.
class MappedFile {
 public:
  MappedFile(const std::string& path, const Descriptor& file) {
    struct stat info {};
    if (::fstat(file.get(), &info) != 0) fail_with_errno(path);
    if (!S_ISREG(info.st_mode)) fail(path, "is no file");
    if (info.st_uid != ::geteuid() || (info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
      fail(path, "must belong to this daemon's user, and be readable by nobody else");
    }
    bytes_ = static_cast<std::size_t>(info.st_size);
    if (bytes_ == 0) fail(path, "is empty");
    data_ = ::mmap(nullptr, bytes_, PROT_READ, MAP_PRIVATE, file.get(), 0);
    if (data_ == MAP_FAILED) fail_with_errno(path);
  }
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile() { ::munmap(data_, bytes_); }

  [[nodiscard]] std::string_view view() const { return {static_cast<const char*>(data_), bytes_}; }

 private:
  void* data_ = nullptr;
  std::size_t bytes_ = 0;
};

void put_number(std::string& out, std::uint64_t value, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i, value >>= kByteBits)
    out.push_back(static_cast<char>(value));
}

/// Takes values from the front; the caller has checked that they are there.
std::uint64_t take_number(std::string_view& in, std::size_t bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes; i-- > 0;)
    value = value << kByteBits | static_cast<unsigned char>(in[i]);
  in.remove_prefix(bytes);
  return value;
}

std::string_view take_text(std::string_view& in, std::size_t bytes) {
  const std::string_view text = in.substr(0, bytes);
  in.remove_prefix(bytes);
  return text;
}

// A row's head: table, whether it exists, age in seconds, lengths of key and row.
constexpr std::size_t kTableBytes = 1;
constexpr std::size_t kExistsBytes = 1;
constexpr std::size_t kAgeBytes = 4;
constexpr std::size_t kKeyLengthBytes = 2;
constexpr std::size_t kRowLengthBytes = 4;
constexpr std::size_t kHeadBytes = kTableBytes + kExistsBytes + kAgeBytes + kKeyLengthBytes + kRowLengthBytes;
constexpr std::size_t kSavedAtBytes = 8;

std::uint64_t wall_seconds(Moment moment) {
  return static_cast<std::uint64_t>(duration_cast<seconds>(moment.wall.time_since_epoch()).count());
}

}  // namespace

std::size_t save_snapshot(const std::string& path, const RowCache& rows, const Freshness& freshness,
                          Moment now) {
  NewFile file(path);
  std::string bytes(kMagic);
  put_number(bytes, wall_seconds(now), kSavedAtBytes);
  std::size_t count = 0;
  const auto copy = [&](const RowCache::Stored& row) {
    // Passwords stay in memory.
    if (is_secret(row.table) || !freshness.is_servable(row.table, row.read_at, now.steady)) return;
    const auto age =
        std::chrono::ceil<seconds>(now.steady - freshness.verified_at(row.table, row.read_at)).count();
    put_number(bytes, static_cast<std::uint64_t>(row.table), kTableBytes);
    put_number(bytes, row.exists ? 1 : 0, kExistsBytes);
    put_number(bytes, static_cast<std::uint64_t>(std::max<seconds::rep>(age, 0)), kAgeBytes);
    put_number(bytes, row.key.size(), kKeyLengthBytes);
    put_number(bytes, row.row.size(), kRowLengthBytes);
    bytes += row.key;
    bytes += row.row;
    ++count;
  };
  rows.for_each(copy, [&] {
    file.add(bytes);
    bytes.clear();
  });
  file.keep();
  return count;
}

std::size_t load_snapshot(const std::string& path, RowCache& rows, seconds max_stale, Moment started) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (file.get() < 0 && errno == ENOENT) return 0;
  if (file.get() < 0) fail_with_errno(path);
  const MappedFile mapped(path, file);
  std::string_view rest = mapped.view();
  if (rest.size() < kMagic.size() + kSavedAtBytes + Sha256::kBytes ||
      rest.substr(0, kMagic.size()) != kMagic) {
    fail(path, "was not written by this version");
  }
  const std::string_view digest = rest.substr(rest.size() - Sha256::kBytes);
  rest.remove_suffix(Sha256::kBytes);
  Sha256 sha;
  sha.add(rest);
  if (sha.finish() != digest) fail(path, "is damaged");

  rest.remove_prefix(kMagic.size());
  const std::uint64_t saved_at = take_number(rest, kSavedAtBytes);
  const std::uint64_t started_at = wall_seconds(started);
  if (saved_at > started_at) fail(path, "is from the future: the system's clock was set back");
  // Up to one second was cut off at either end.
  const seconds since{static_cast<seconds::rep>(started_at - saved_at) + 1};
  if (since > max_stale) fail(path, "is older than max_stale");

  std::size_t count = 0;
  while (rest.size() >= kHeadBytes) {
    RowCache::Stored row;
    const std::uint64_t table = take_number(rest, kTableBytes);
    row.exists = take_number(rest, kExistsBytes) != 0;
    const seconds age{static_cast<seconds::rep>(take_number(rest, kAgeBytes))};
    const std::size_t key_bytes = take_number(rest, kKeyLengthBytes);
    const std::size_t row_bytes = take_number(rest, kRowLengthBytes);
    if (table > static_cast<std::uint64_t>(Table::Policy) || is_secret(static_cast<Table>(table)) ||
        key_bytes + row_bytes > rest.size())
      fail(path, "is damaged");
    row.table = static_cast<Table>(table);
    row.key = take_text(rest, key_bytes);
    row.row = take_text(rest, row_bytes);
    row.read_at = started.steady - since - age;
    if (since + age > max_stale) continue;
    rows.store(row);
    ++count;
  }
  return count;
}

}  // namespace extmail::cache
