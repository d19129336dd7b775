// SPDX-License-Identifier: MIT
//
// A peer's bytes arrive in pieces of any size. What is read from them must not depend on it.
#include "support/catch.hpp"
#include "support/generator.hpp"
#include "wire/netstring.hpp"
#include "wire/socketmap.hpp"
#include "wire/tcp_table.hpp"

#include <functional>
#include <string>
#include <vector>

using namespace extmail;
using tests::Generator;
using wire::append_netstring;
using wire::split_netstring;
namespace socketmap = wire::socketmap;
namespace tcp_table = wire::tcp_table;

namespace {

constexpr std::uint32_t kSeed = 20260615;
constexpr int kStreams = 2000;
constexpr std::size_t kMaxPayload = 500;

using Split = std::function<Frame(std::string_view)>;

struct Read {
  std::vector<std::string> frames;
  bool is_malformed = false;
  std::string rest;

  bool operator==(const Read&) const = default;
};

/// Takes frames from the start of the buffer for as long as there are any, as a session does.
void take_frames(const Split& split, Read& read) {
  while (!read.is_malformed) {
    const Frame frame = split(read.rest);
    if (frame.state == Frame::State::Incomplete) return;
    read.is_malformed = frame.state == Frame::State::Malformed;
    if (read.is_malformed) return;
    read.frames.emplace_back(frame.payload);
    read.rest.erase(0, frame.consumed);
  }
}

Read read_whole(const Split& split, const std::string& stream) {
  Read read;
  read.rest = stream;
  take_frames(split, read);
  return read;
}

Read read_in_pieces(const Split& split, const std::string& stream, Generator& generator) {
  const std::size_t longest = 1 + generator.below(20);
  Read read;
  for (std::size_t at = 0; at < stream.size() && !read.is_malformed;) {
    const std::string piece = stream.substr(at, 1 + generator.below(longest));
    at += piece.size();
    read.rest += piece;
    take_frames(split, read);
    if (read.is_malformed) read.rest += stream.substr(at);  // nobody reads it any more
  }
  return read;
}

Frame split_short(std::string_view input) {
  return split_netstring(input, kMaxPayload);
}

/// Streams of whole frames, of frames with a fault somewhere, and of what is none. To tcp_table every line is one.
void check_streams(const Split& split, bool can_fail,
                   const std::function<std::string(Generator&)>& make_frame) {
  Generator generator(kSeed);
  int frames = 0;
  int faults = 0;
  for (int i = 0; i < kStreams; ++i) {
    std::string stream;
    for (std::size_t left = generator.below(6); left > 0; --left)
      stream += make_frame(generator);
    if (i % 3 == 1 && !stream.empty())
      stream[generator.below(stream.size())] = static_cast<char>(generator.below(256));
    if (i % 3 == 2) stream += generator.bytes(30);
    INFO("stream " << i);
    const Read whole = read_whole(split, stream);
    CHECK(read_in_pieces(split, stream, generator) == whole);
    frames += static_cast<int>(whole.frames.size());
    faults += whole.is_malformed ? 1 : 0;
  }
  CHECK(frames > kStreams);
  CHECK((faults > 0) == can_fail);
}

}  // namespace

TEST_CASE("Netstrings are the same however the stream was cut") {
  check_streams(split_short, true, [](Generator& generator) {
    std::string frame;
    append_netstring(frame, generator.bytes(60));
    return frame;
  });
}

TEST_CASE("Socketmap requests are the same however the stream was cut") {
  check_streams(socketmap::split_request, true, [](Generator& generator) {
    std::string frame;
    append_netstring(frame, "virtual_alias_maps " + generator.of(tests::address_pieces(), 5));
    return frame;
  });
}

TEST_CASE("Lines of a tcp table are the same however the stream was cut") {
  check_streams(tcp_table::split_request, false, [](Generator& generator) {
    return "get " + generator.of(tests::address_pieces(), 5) + "\n";
  });
}

TEST_CASE("A netstring carries any bytes, and what follows it stays") {
  Generator generator(kSeed);
  for (int i = 0; i < kStreams; ++i) {
    const std::string payload = generator.bytes(kMaxPayload);
    const std::string rest = generator.bytes(10);
    std::string stream;
    append_netstring(stream, payload);
    CHECK(stream.size() == wire::netstring_size(payload.size()));
    const Frame frame = split_short(stream + rest);
    REQUIRE(frame.state == Frame::State::Complete);
    CHECK(frame.payload.size() == payload.size());
    CHECK(frame.consumed == stream.size());
    CHECK(split_short(stream).payload == payload);
  }
}

TEST_CASE("A socketmap request is the map and the key that were put in, and a reply the answer") {
  Generator generator(kSeed);
  for (int i = 0; i < kStreams; ++i) {
    const std::string key = generator.bytes(200);
    const std::string payload = "relay_domains " + key;
    const auto request = socketmap::decode_request(payload);
    REQUIRE(request);
    CHECK(request->map == "relay_domains");
    CHECK(request->key == key);

    const std::string reply = socketmap::encode_reply(Answer<std::string>::found("x" + key));
    CHECK(split_short(reply).payload == "OK x" + key);
  }
}

TEST_CASE("A tcp table's reply is one line that any answer comes back from") {
  Generator generator(kSeed);
  for (int i = 0; i < kStreams; ++i) {
    const std::string answer = "x" + generator.bytes(1000);
    const std::string reply = tcp_table::encode_reply(Answer<std::string>::found(answer));
    REQUIRE(reply.substr(0, 4) == "200 ");
    CHECK(reply.find('\n') == reply.size() - 1);
    const auto echo = tcp_table::decode_request("get " + reply.substr(4, reply.size() - 5));
    CHECK(echo.key == answer);
  }
}
