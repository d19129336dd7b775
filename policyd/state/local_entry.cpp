// SPDX-License-Identifier: MIT
#include "policyd/state/local_entry.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace extmail::policyd {
namespace {

using std::chrono::seconds;

// Nobody counts longer: what a file says beyond it was not written by us.
constexpr std::int64_t kMaxPeriodSeconds = std::int64_t{366} * 24 * 3600 * 10;
constexpr std::uint64_t kMaxParts = 4096;
static_assert(State::kMaxMembers <= kMaxParts, "a set that was saved can be read again");

class Writer {
 public:
  explicit Writer(std::size_t kind) { number(kind); }
  void number(std::uint64_t value) {
    constexpr unsigned kByteBits = 8;
    for (std::size_t i = 0; i < sizeof value; ++i)
      bytes_ += static_cast<char>(value >> (kByteBits * i) & 0xffU);
  }
  void signed_number(std::int64_t value) { number(static_cast<std::uint64_t>(value)); }
  void text(std::string_view value) {
    number(value.size());
    bytes_ += value;
  }
  [[nodiscard]] std::string finish() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

/// Reads zeros once it has run out of bytes or met what can't be.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  std::uint64_t number() {
    std::uint64_t value = 0;
    if (bytes_.size() < sizeof value) return fail();
    for (std::size_t i = sizeof value; i-- > 0;)
      value = value << 8U | static_cast<unsigned char>(bytes_[i]);
    bytes_.remove_prefix(sizeof value);
    return value;
  }
  std::int64_t signed_number() { return static_cast<std::int64_t>(number()); }
  std::string text() {
    const auto size = number();
    if (size > bytes_.size()) return std::string(fail(), '\0');
    std::string value(bytes_.substr(0, size));
    bytes_.remove_prefix(size);
    return value;
  }
  std::uint64_t number_of_parts() {
    const auto parts = number();
    return parts <= kMaxParts ? parts : fail();
  }
  seconds period() {
    const auto period = signed_number();
    return seconds(period > 0 && period <= kMaxPeriodSeconds ? period : static_cast<std::int64_t>(fail()));
  }
  /// Of a moment, that sums with it can't overflow.
  StateTime time() {
    constexpr std::int64_t kLatest = std::int64_t{1} << 52;
    const auto time = signed_number();
    return StateTime(time >= -kLatest && time <= kLatest ? time : static_cast<std::int64_t>(fail()));
  }
  [[nodiscard]] bool is_whole() const { return !failed_ && bytes_.empty(); }

 private:
  std::uint64_t fail() {
    failed_ = true;
    bytes_ = {};
    return 0;
  }
  std::string_view bytes_;
  bool failed_ = false;
};

void write(Writer& out, const SlidingCounter& counter) {
  out.signed_number(counter.period().count());
  out.number(counter.slots().size());
  for (const auto& slot : counter.slots()) {
    out.signed_number(slot.number);
    out.number(slot.amount);
  }
}
void write(Writer& out, const Triplet& triplet) {
  out.signed_number(triplet.first.count());
  out.number(triplet.passed ? 1 : 0);
  out.signed_number(triplet.passed.value_or(StateTime(0)).count());
}
void write(Writer& out, const Passes& passes) {
  out.number(passes.number);
  out.signed_number(passes.last.count());
}
void write(Writer& /*out*/, const Correspondent& /*value*/) {}
void write(Writer& out, const Members& members) {
  out.signed_number(members.period.count());
  out.number(members.members.size());
  for (const auto& member : members.members) {
    out.text(member.name);
    out.signed_number(member.noted.count());
  }
}
void write(Writer& out, const MarkValue& mark) {
  out.text(mark.text);
  out.signed_number(mark.until.time_since_epoch().count());
}

SlidingCounter read_counter(Reader& in) {
  SlidingCounter counter(in.period());
  for (auto left = in.number_of_parts(); left > 0; --left) {
    const auto slot = in.time().count();
    counter.add(slot, in.number());
  }
  return counter;
}
Triplet read_triplet(Reader& in) {
  const auto first = in.time();
  const bool has_passed = in.number() != 0;
  const auto passed = in.time();
  return {first, has_passed ? std::optional(passed) : std::nullopt};
}
Passes read_passes(Reader& in) {
  const auto number = in.number();
  return {number, in.time()};
}
Members read_members(Reader& in) {
  Members members{.period = in.period(), .members = {}};
  for (auto left = in.number_of_parts(); left > 0 && members.members.size() < kMaxParts; --left) {
    auto name = in.text();
    members.members.push_back({std::move(name), in.time()});
  }
  return members;
}
MarkValue read_mark(Reader& in) {
  auto text = in.text();
  return {std::move(text), std::chrono::sys_seconds(seconds(in.time().count()))};
}

}  // namespace

std::size_t heap_bytes(const LocalValue& value) {
  if (const auto* counter = std::get_if<SlidingCounter>(&value))
    return counter->slots().capacity() * sizeof(SlidingCounter::Slot);
  if (const auto* mark = std::get_if<MarkValue>(&value)) return mark->text.capacity();
  const auto* set = std::get_if<Members>(&value);
  if (set == nullptr) return 0;
  std::size_t bytes = set->members.capacity() * sizeof(Members::Member);
  for (const auto& member : set->members)
    bytes += member.name.capacity();
  return bytes;
}

void shift_back(LocalValue& value, StateTime by, StateTime now) {
  if (auto* counter = std::get_if<SlidingCounter>(&value)) {
    counter->shift_back(std::chrono::floor<seconds>(by), std::chrono::floor<seconds>(now));
  } else if (auto* triplet = std::get_if<Triplet>(&value)) {
    triplet->first -= by;
    if (triplet->passed) *triplet->passed -= by;
  } else if (auto* passes = std::get_if<Passes>(&value)) {
    passes->last -= by;
  } else if (auto* set = std::get_if<Members>(&value)) {
    for (auto& member : set->members)
      member.noted -= by;
  }
}

std::string encode(const LocalValue& value) {
  Writer out(value.index());
  std::visit([&](const auto& each) { write(out, each); }, value);
  return out.finish();
}

std::optional<LocalValue> decode(std::string_view bytes) {
  Reader in(bytes);
  std::optional<LocalValue> value;
  switch (in.number()) {
    case 0:
      value = read_counter(in);
      break;
    case 1:
      value = read_triplet(in);
      break;
    case 2:
      value = read_passes(in);
      break;
    case 3:
      value = Correspondent{};
      break;
    case 4:
      value = read_members(in);
      break;
    case 5:
      value = read_mark(in);
      break;
    default:
      return std::nullopt;
  }
  return in.is_whole() ? value : std::nullopt;
}

}  // namespace extmail::policyd
