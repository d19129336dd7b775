// SPDX-License-Identifier: MIT
#include "core/password/md5_lanes.hpp"

#include "core/secret.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace extmail::password {
namespace {

/// The same word of each message. A processor without registers as wide takes two.
using Words [[gnu::vector_size(kMd5Lanes * sizeof(std::uint32_t))]] = std::uint32_t;
using Message = std::array<Words, sizeof(Md5Block) / sizeof(std::uint32_t)>;

constexpr std::size_t kSteps = 64;
constexpr std::size_t kStepsOfRound = 16;

// RFC 1321, 3.4: the table T, by how far each step rotates, and what the state is at first.
constexpr std::array<std::uint32_t, kSteps> kSines{
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};
constexpr std::array<std::array<unsigned, 4>, 4> kRotations{
    {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}}};
constexpr std::array<std::uint32_t, 4> kFirst{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};

/// Which word of the message a step takes.
constexpr std::size_t word_of(std::size_t step) {
  switch (step / kStepsOfRound) {
    case 0:
      return step;
    case 1:
      return (5 * step + 1) % kStepsOfRound;
    case 2:
      return (3 * step + 5) % kStepsOfRound;
    default:
      return 7 * step % kStepsOfRound;
  }
}

struct State {
  Words a = Words{} + kFirst[0];
  Words b = Words{} + kFirst[1];
  Words c = Words{} + kFirst[2];
  Words d = Words{} + kFirst[3];
};

template <std::size_t kStep>
[[gnu::always_inline]] inline void step(State& state, const Message& message) {
  constexpr std::size_t kRound = kStep / kStepsOfRound;
  auto& [a, b, c, d] = state;
  Words mixed;
  if constexpr (kRound == 0) {
    mixed = d ^ (b & (c ^ d));
  } else if constexpr (kRound == 1) {
    mixed = c ^ (d & (b ^ c));
  } else if constexpr (kRound == 2) {
    mixed = b ^ c ^ d;
  } else {
    mixed = c ^ (b | ~d);
  }
  mixed += a + message[word_of(kStep)] + kSines[kStep];
  constexpr unsigned kBits = kRotations[kRound][kStep % 4];
  a = d;
  d = c;
  c = b;
  b += (mixed << kBits) | (mixed >> (32 - kBits));
}

template <std::size_t... kAll>
[[gnu::always_inline]] inline void take_steps(State& state, const Message& message,
                                              std::index_sequence<kAll...> /*unused*/) {
  (step<kAll>(state, message), ...);
}

/// Of the little end first, whatever the processor's own order is.
std::uint32_t read_word(const unsigned char* bytes) {
  return bytes[0] | std::uint32_t{bytes[1]} << 8U | std::uint32_t{bytes[2]} << 16U |
         std::uint32_t{bytes[3]} << 24U;
}

void write_word(std::uint32_t word, unsigned char* bytes) {
  bytes[0] = static_cast<unsigned char>(word);
  bytes[1] = static_cast<unsigned char>(word >> 8U);
  bytes[2] = static_cast<unsigned char>(word >> 16U);
  bytes[3] = static_cast<unsigned char>(word >> 24U);
}

}  // namespace

void pad_for_md5(std::string_view message, Md5Block& block) {
  block = {};
  std::copy(message.begin(), message.end(), block.begin());
  block.at(message.size()) = 0x80;
  write_word(static_cast<std::uint32_t>(message.size() * 8), block.data() + kMaxMd5LaneBytes + 1);
}

void hash_md5_lanes(const std::array<Md5Block, kMd5Lanes>& blocks,
                    std::array<Md5Digest, kMd5Lanes>& digests) {
  Message message;
  for (std::size_t word = 0; word < message.size(); ++word) {
    for (std::size_t lane = 0; lane < kMd5Lanes; ++lane)
      message[word][lane] = read_word(blocks[lane].data() + word * sizeof(std::uint32_t));
  }
  State state;
  take_steps(state, message, std::make_index_sequence<kSteps>{});
  wipe(&message, sizeof message);
  const State first;
  const std::array<Words, 4> digest{state.a + first.a, state.b + first.b, state.c + first.c,
                                    state.d + first.d};
  for (std::size_t lane = 0; lane < kMd5Lanes; ++lane) {
    for (std::size_t word = 0; word < digest.size(); ++word)
      write_word(digest[word][lane], digests[lane].data() + word * sizeof(std::uint32_t));
  }
}

}  // namespace extmail::password
