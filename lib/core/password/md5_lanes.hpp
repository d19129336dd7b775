// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace extmail::password {

/// MD5 (RFC 1321) of eight short messages at once, which takes not three times as long as one: each of MD5's steps waits for
/// the step before it, so that most of a processor idles while it works on one message.
///
/// How long it takes says nothing of the messages. It wipes what it worked with; blocks and digests are the caller's to wipe.
/// Threads: may be called concurrently.
inline constexpr std::size_t kMd5Lanes = 8;

/// A message and MD5's own padding.
using Md5Block = std::array<unsigned char, 64>;
using Md5Digest = std::array<unsigned char, 16>;

/// The padding begins with a byte, and ends with eight that say how long the message is.
inline constexpr std::size_t kMaxMd5LaneBytes = std::tuple_size_v<Md5Block> - 9;

/// Precondition: at most kMaxMd5LaneBytes.
void pad_for_md5(std::string_view message, Md5Block& block);

void hash_md5_lanes(const std::array<Md5Block, kMd5Lanes>& blocks, std::array<Md5Digest, kMd5Lanes>& digests);

}  // namespace extmail::password
