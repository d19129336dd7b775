// SPDX-License-Identifier: MIT
#include "core/password/md5_crypt.hpp"

#include <algorithm>
#include <cstdint>
#include <string>

namespace extmail::password {
namespace {

constexpr std::string_view kPrefix = "$1$";
constexpr std::size_t kHashChars = 22;
constexpr std::size_t kRounds = 1000;
constexpr std::string_view kAlphabet = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

// Twice the password, the salt and a digest; at first the prefix too, and a byte for each bit of the password's length.
static_assert(2 * Md5CryptCheck::kMaxPasswordBytes + Md5CryptCheck::kMaxSaltBytes + sizeof(Md5Digest) <=
              kMaxMd5LaneBytes);
static_assert(kPrefix.size() + 2 * Md5CryptCheck::kMaxPasswordBytes + Md5CryptCheck::kMaxSaltBytes + 4 <=
              kMaxMd5LaneBytes);

/// What a round hashes follows from its number's remainders by 2, 3 and 7: these are the kinds.
constexpr std::size_t kKinds = 8;

constexpr std::size_t kind_of(std::size_t round) {
  return (round % 2 != 0 ? 4U : 0U) + (round % 3 != 0 ? 2U : 0U) + (round % 7 != 0 ? 1U : 0U);
}

/// All that is hashed, wiped at the end.
class Lanes {
 public:
  explicit Lanes(const std::vector<Md5CryptCheck>& checks) : checks_(checks) {}
  ~Lanes() {
    wipe(&blocks_, sizeof blocks_);
    wipe(&digests_, sizeof digests_);
  }
  Lanes(const Lanes&) = delete;
  Lanes& operator=(const Lanes&) = delete;

  void compute() {
    hash_each([](const Md5CryptCheck& check, std::string_view /*digest*/) {
      return joined({check.password, check.salt, check.password});
    });
    hash_each([](const Md5CryptCheck& check, std::string_view digest) { return beginning(check, digest); });
    prepare_rounds();
    for (std::size_t round = 0; round < kRounds; ++round)
      hash_round(kind_of(round));
  }

  [[nodiscard]] bool is_right(std::size_t lane) const {
    const Secret text = encoded(digests_[lane]);
    return constant_time_equal(text.view(), checks_[lane].hash);
  }

 private:
  using Blocks = std::array<Md5Block, kMd5Lanes>;

  static Secret joined(std::initializer_list<std::string_view> parts) {
    Secret text;
    text.reserve(kMaxMd5LaneBytes);
    for (const std::string_view part : parts)
      text.append(part);
    return text;
  }

  /// digest is that of password, salt and password.
  static Secret beginning(const Md5CryptCheck& check, std::string_view digest) {
    Secret text = joined({check.password, kPrefix, check.salt, digest.substr(0, check.password.size())});
    for (std::size_t bits = check.password.size(); bits != 0; bits >>= 1U)
      text.append((bits & 1U) != 0 ? std::string_view("\0", 1) : check.password.substr(0, 1));
    return text;
  }

  static std::string_view text_of(const Md5Digest& digest) {
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
  }

  template <typename Message>
  void hash_each(Message message) {
    for (std::size_t lane = 0; lane < checks_.size(); ++lane)
      pad_for_md5(message(checks_[lane], text_of(digests_[lane])).view(), blocks_[0][lane]);
    hash_md5_lanes(blocks_[0], digests_);
  }

  /// Sets each kind's blocks up, where from then on only the digest changes.
  void prepare_rounds() {
    const std::string digest(sizeof(Md5Digest), '\0');
    for (std::size_t lane = 0; lane < checks_.size(); ++lane) {
      const auto& [password, salt, hash] = checks_[lane];
      for (std::size_t kind = 0; kind < kKinds; ++kind) {
        const bool is_odd = (kind & 4U) != 0;
        const Secret text =
            joined({is_odd ? password : digest, (kind & 2U) != 0 ? salt : std::string_view(),
                    (kind & 1U) != 0 ? password : std::string_view(), is_odd ? digest : password});
        pad_for_md5(text.view(), blocks_[kind][lane]);
        places_[kind][lane] = is_odd ? text.view().size() - digest.size() : 0;
      }
    }
  }

  void hash_round(std::size_t kind) {
    Blocks& blocks = blocks_[kind];
    for (std::size_t lane = 0; lane < kMd5Lanes; ++lane)
      std::copy(digests_[lane].begin(), digests_[lane].end(), blocks[lane].data() + places_[kind][lane]);
    hash_md5_lanes(blocks, digests_);
  }

  /// As crypt(3) writes it: three bytes as four characters, in an order of its own.
  static Secret encoded(const Md5Digest& d) {
    Secret text;
    text.reserve(kHashChars);
    const auto write = [&text](std::uint32_t value, std::size_t characters) {
      for (; characters != 0; --characters, value >>= 6U)
        text.append(kAlphabet.substr(value & 0x3fU, 1));
    };
    const auto word = [](unsigned high, unsigned middle, unsigned low) {
      return high << 16U | middle << 8U | low;
    };
    write(word(d[0], d[6], d[12]), 4);
    write(word(d[1], d[7], d[13]), 4);
    write(word(d[2], d[8], d[14]), 4);
    write(word(d[3], d[9], d[15]), 4);
    write(word(d[4], d[10], d[5]), 4);
    write(d[11], 2);
    return text;
  }

  const std::vector<Md5CryptCheck>& checks_;
  std::array<Blocks, kKinds> blocks_{};
  std::array<std::array<std::size_t, kMd5Lanes>, kKinds> places_{};  // of the digest
  std::array<Md5Digest, kMd5Lanes> digests_{};
};

bool is_of_alphabet(std::string_view text) {
  return text.find_first_not_of(kAlphabet) == std::string_view::npos;
}

}  // namespace

std::optional<Md5CryptCheck> read_md5_crypt(std::string_view password, std::string_view stored) {
  if (stored.substr(0, kPrefix.size()) != kPrefix) return std::nullopt;
  const std::string_view rest = stored.substr(kPrefix.size());
  const std::size_t end = rest.find('$');
  if (end == std::string_view::npos || end == 0 || end > Md5CryptCheck::kMaxSaltBytes) return std::nullopt;
  const Md5CryptCheck check{password, rest.substr(0, end), rest.substr(end + 1)};
  if (check.hash.size() != kHashChars || !is_of_alphabet(check.hash) || !is_of_alphabet(check.salt))
    return std::nullopt;
  // The library reads C strings: a zero byte would cut the password short.
  const bool is_usual = !password.empty() && password.size() <= Md5CryptCheck::kMaxPasswordBytes &&
                        password.find('\0') == std::string_view::npos;
  return is_usual ? std::optional(check) : std::nullopt;
}

std::vector<bool> check_md5_crypt(const std::vector<Md5CryptCheck>& checks) {
  Lanes lanes(checks);
  lanes.compute();
  std::vector<bool> are_right;
  are_right.reserve(checks.size());
  for (std::size_t lane = 0; lane < checks.size(); ++lane)
    are_right.push_back(lanes.is_right(lane));
  return are_right;
}

}  // namespace extmail::password
