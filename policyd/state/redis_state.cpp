// SPDX-License-Identifier: MIT
#include "policyd/state/redis_state.hpp"

#include "core/printable.hpp"
#include "policyd/state/entry_key.hpp"

#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

namespace extmail::policyd {
namespace {

using redis::Reply;
using std::chrono::seconds;

constexpr std::size_t kMaxReasonBytes = 300;

// Keys beside those of entry_key.hpp: of marks by name, of marks by their end, and for a first word.
constexpr const char* kNames = "names";
constexpr const char* kEnds = "ends";
constexpr const char* kGreeting = "greeting";

std::string number(std::uint64_t count) {
  return std::to_string(std::min(count, RedisScripts::kMostNumber));
}
std::string number(seconds time) {
  return std::to_string(time.count());
}
std::string flag(bool is_set) {
  return is_set ? "1" : "0";
}

bool is_integer(const Reply& reply) {
  return reply.kind == Reply::Kind::Integer;
}
bool is_array(const Reply& reply, std::size_t items) {
  return reply.kind == Reply::Kind::Array && reply.items.size() == items;
}

std::optional<Standing> read_standing(const Reply& reply) {
  if (!is_array(reply, 3) || !std::all_of(reply.items.begin(), reply.items.end(), is_integer))
    return std::nullopt;
  const auto used = static_cast<std::uint64_t>(std::max<std::int64_t>(reply.items[0].integer, 0));
  return Standing{used, reply.items[1].integer, seconds(reply.items[2].integer)};
}

std::optional<Taken> read_taken(const Reply& reply, std::size_t charges) {
  if (!is_array(reply, 2) || !is_integer(reply.items[0]) || !is_array(reply.items[1], charges))
    return std::nullopt;
  Taken taken;
  const std::int64_t refused = reply.items[0].integer;
  if (refused >= 0) taken.refused_by = static_cast<std::size_t>(refused);
  if (taken.refused_by >= charges) return std::nullopt;
  for (const auto& item : reply.items[1].items) {
    const auto standing = read_standing(item);
    if (!standing) return std::nullopt;
    taken.standings.push_back(*standing);
  }
  return taken;
}

std::optional<GreylistAnswer> read_greylist(const Reply& reply) {
  constexpr auto kLast = static_cast<std::int64_t>(GreylistAnswer::By::Correspondent);
  if (!is_array(reply, 2) || !is_integer(reply.items[0]) || !is_integer(reply.items[1])) return std::nullopt;
  const std::int64_t by = reply.items[0].integer;
  if (by < 0 || by > kLast) return std::nullopt;
  return GreylistAnswer{static_cast<GreylistAnswer::By>(by), seconds(reply.items[1].integer)};
}

/// until and text, from where they stand.
std::optional<Mark> read_mark(std::string key, const Reply& reply, std::size_t place) {
  if (!is_array(reply, place + 2) || !is_integer(reply.items[place])) return std::nullopt;
  return Mark{std::move(key), reply.items[place + 1].text,
              std::chrono::sys_seconds(seconds(reply.items[place].integer))};
}

}  // namespace

RedisState::RedisState(redis::Settings settings, std::string prefix, Log& log, Clocks clocks)
    : prefix_(std::move(prefix)),
      clocks_(std::move(clocks)),
      log_(log),
      client_(std::move(settings), greeting(),
              {[this](const std::string& reason) {
                 log_.write(Level::Error, "state_away",
                            "Redis: " + printable(reason, kMaxReasonBytes) +
                                "; rules that remember can't tell until it is back");
               },
               [this] { log_.write(Level::Notice, "state_back", "Redis can be asked again"); }}) {}

std::vector<redis::Command> RedisState::greeting() const {
  // A replica, a full server or one that does not let us write is noticed before a rule asks it.
  std::vector<redis::Command> commands{
      {"EVAL", "redis.call('TIME') return redis.call('SET', KEYS[1], '', 'PX', 60000)", "1",
       prefix_ + kGreeting}};
  auto loads = scripts_.loads();
  commands.insert(commands.end(), std::make_move_iterator(loads.begin()),
                  std::make_move_iterator(loads.end()));
  return commands;
}

Answer<Reply> RedisState::checked(Answer<Reply> answer) {
  if (answer.is_found() && !answer.value().is_error()) return answer;
  ++failures_;
  if (!answer.is_found()) return answer;
  const std::string reason = "Redis refuses: " + printable(answer.value().text, kMaxReasonBytes);
  if (may_log_(std::chrono::steady_clock::now())) log_.write(Level::Error, "state_refused", reason);
  return Answer<Reply>::temporary_failure(reason);
}

void RedisState::run(const Script& script, const Words& keys, const Words& arguments, Done<Reply> done) {
  const auto command = std::make_shared<redis::Command>();
  command->assign({"EVALSHA", script.digest(), std::to_string(keys.size())});
  for (const auto& key : keys)
    command->push_back(prefix_ + key);
  command->push_back(clocks_.redis ? std::to_string(clocks_.redis().count()) : std::string());
  command->insert(command->end(), arguments.begin(), arguments.end());
  client_.submit(*command, [this, &script, command, done = std::move(done)](Answer<Reply> answer) {
    const bool is_unknown =
        answer.is_found() && answer.value().is_error() && answer.value().text.starts_with("NOSCRIPT");
    if (!is_unknown) return done(checked(std::move(answer)));
    // Somebody had Redis forget its scripts (SCRIPT FLUSH) since we connected. Nothing was done yet.
    command->at(0) = "EVAL";
    command->at(1) = script.text();
    client_.submit(*command, [this, done](Answer<Reply> second) { done(checked(std::move(second))); });
  });
}

template <typename T, typename Read>
void RedisState::ask(const Script& script, const Words& keys, const Words& arguments, Done<T> done,
                     Read read) {
  run(script, keys, arguments, [this, done = std::move(done), read](const Answer<Reply>& answer) {
    if (!answer.is_found()) return done(Answer<T>::same_failure(answer));
    std::optional<T> value = read(answer.value());
    if (value) return done(Answer<T>::found(std::move(*value)));
    ++failures_;
    done(Answer<T>::temporary_failure("Redis replied with something else than was asked for"));
  });
}

void RedisState::tell(const Script& script, const Words& keys, const Words& arguments) {
  run(script, keys, arguments, [](const Answer<Reply>&) {});
}

void RedisState::take(std::vector<Charge> charges, Done<Taken> done) {
  if (charges.empty()) return done(Answer<Taken>::found({}));
  Words keys;
  Words arguments;
  for (const auto& charge : charges) {
    check_length(charge.key);
    // As SlidingCounter has it.
    const Window window{charge.window.limit, std::max(charge.window.period, seconds(1))};
    keys.push_back(counter_key(charge.key, charge.window.period));
    for (auto&& word : {number(window.limit), number(window.period), number(window.slot_width()),
                        number(charge.amount), flag(charge.is_enforced)})
      arguments.push_back(word);
  }
  ask<Taken>(scripts_.take, keys, arguments, std::move(done),
             [count = charges.size()](const Reply& reply) { return read_taken(reply, count); });
}

void RedisState::give_back(std::vector<Return> returns) {
  if (returns.empty()) return;
  Words keys;
  Words arguments;
  for (const auto& each : returns) {
    check_length(each.key);
    keys.push_back(counter_key(each.key, each.period));
    arguments.push_back(std::to_string(each.slot));
    arguments.push_back(number(each.amount));
  }
  tell(scripts_.give_back, keys, arguments);
}

void RedisState::greylist(GreylistQuestion question, Done<GreylistAnswer> done) {
  const Words asked{question.triplet, question.client, question.sender_domain, question.correspondent};
  Words arguments;
  for (const auto& key : asked) {
    check_length(key);
    arguments.push_back(flag(!key.empty()));
  }
  for (const auto time : {question.delay, question.window, question.lifetime})
    arguments.push_back(number(time));
  arguments.push_back(number(question.client_passes));
  arguments.push_back(number(question.domain_passes));
  ask<GreylistAnswer>(
      scripts_.greylist,
      {triplet_key(asked[0]), passes_key(asked[1]), passes_key(asked[2]), correspondent_key(asked[3])},
      arguments, std::move(done), read_greylist);
}

void RedisState::note_correspondent(std::string key, seconds lifetime) {
  check_length(key);
  tell(scripts_.note, {correspondent_key(key)}, {number(lifetime)});
}

void RedisState::count_distinct(std::string key, std::string member, seconds period, std::size_t at_most,
                                Done<std::size_t> done) {
  check_length(key);
  check_length(member);
  ask<std::size_t>(scripts_.count_distinct, {set_key(key)},
                   {std::move(member), number(period), number(std::min(at_most, kMaxMembers))},
                   std::move(done), [](const Reply& reply) -> std::optional<std::size_t> {
                     if (!is_integer(reply) || reply.integer < 0) return std::nullopt;
                     return static_cast<std::size_t>(reply.integer);
                   });
}

void RedisState::set_mark(Mark mark) {
  check_length(mark.key);
  check_length(mark.text);
  const auto lasts = std::chrono::floor<std::chrono::milliseconds>(mark.until - clocks_.wall());
  tell(scripts_.set_mark, {mark_key(mark.key), kNames, kEnds},
       {mark.key, std::to_string(lasts.count()), number(mark.until.time_since_epoch()), mark.text});
}

void RedisState::find_mark(std::string key, Done<std::optional<Mark>> done) {
  check_length(key);
  using Found = std::optional<Mark>;
  ask<Found>(scripts_.find_mark, {mark_key(key)}, {}, std::move(done),
             [key](const Reply& reply) -> std::optional<Found> {
               if (is_array(reply, 0)) return Found();
               auto mark = read_mark(key, reply, 0);
               return mark ? std::optional<Found>(std::move(mark)) : std::nullopt;
             });
}

void RedisState::remove_mark(std::string key, Done<bool> done) {
  check_length(key);
  ask<bool>(scripts_.remove_mark, {mark_key(key), kNames, kEnds}, {key}, std::move(done),
            [](const Reply& reply) -> std::optional<bool> {
              return is_integer(reply) ? std::optional(reply.integer != 0) : std::nullopt;
            });
}

void RedisState::list_marks(std::string prefix, std::size_t at_most, Done<std::vector<Mark>> done) {
  check_length(prefix);
  using Marks = std::vector<Mark>;
  ask<Marks>(scripts_.list_marks, {kNames, kEnds}, {prefix, number(at_most), prefix_ + mark_key("")},
             std::move(done), [](const Reply& reply) -> std::optional<Marks> {
               if (reply.kind != Reply::Kind::Array) return std::nullopt;
               Marks marks;
               for (const auto& item : reply.items) {
                 if (item.items.empty()) return std::nullopt;
                 auto mark = read_mark(item.items[0].text, item, 1);
                 if (!mark) return std::nullopt;
                 marks.push_back(std::move(*mark));
               }
               return marks;
             });
}

State::Statistics RedisState::statistics() const {
  Statistics statistics;
  statistics.failures = failures_;
  statistics.is_away = client_.is_away();
  return statistics;
}

}  // namespace extmail::policyd
