// SPDX-License-Identifier: MIT
#include "policyd/state/redis_scripts.hpp"

#include "core/hash.hpp"

namespace extmail::policyd {
namespace {

/// Of all: the time, and how a value is kept until `ends`, both in ms.
constexpr const char* kPrelude = R"(
local ms = tonumber(ARGV[1])
if not ms then
  local time = redis.call('TIME')
  ms = time[1] * 1000 + math.floor(time[2] / 1000)
end
local now = math.floor(ms / 1000)
local function text(number) return string.format('%.0f', number) end
local function rest(ends) return text(math.max(ends - ms, 0) + 60000) end
local function keep(key, value, ends) redis.call('SET', key, value, 'PX', rest(ends)) end
local function sum(a, b) return math.min(a + b, 9007199254740991) end
)";

/// A counter is "slot:amount slot:amount …", by slot.
constexpr const char* kTake = R"(
local function read(key, period, width)
  local counter = {slots = {}, used = 0, wanted = 0, here = math.floor(now / width)}
  local slots = counter.slots
  for slot, amount in string.gmatch(redis.call('GET', key) or '', '(%d+):(%d+)') do
    slot, amount = tonumber(slot), tonumber(amount)
    if slot > counter.here then slot, counter.is_moved = counter.here, true end
    if now < (slot + 1) * width + period then
      local last = slots[#slots]
      if last and last[1] == slot then
        last[2] = sum(last[2], amount)
      else
        slots[#slots + 1] = {slot, amount}
      end
      counter.used = sum(counter.used, amount)
    end
  end
  return counter
end

local function room_in(counter, limit, period, width)
  if counter.wanted > limit then return period end
  local room_for = limit - counter.wanted
  if counter.used <= room_for then return 0 end
  local left = 0
  for i = #counter.slots, 1, -1 do
    left = sum(left, counter.slots[i][2])
    if left > room_for then return (counter.slots[i][1] + 1) * width + period - now end
  end
  return 0
end

local function add(counter)
  local slots = counter.slots
  if #slots == 0 or slots[#slots][1] < counter.here then slots[#slots + 1] = {counter.here, 0} end
  slots[#slots][2] = sum(slots[#slots][2], counter.wanted)
  counter.is_moved = true
end

local function write(key, counter, period, width)
  local slots, words = counter.slots, {}
  for i, slot in ipairs(slots) do words[i] = text(slot[1]) .. ':' .. text(slot[2]) end
  keep(key, table.concat(words, ' '), ((counter.here + 1) * width + period) * 1000)
  counter.is_moved = false
end

local counters, standings, refused = {}, {}, -1
for i, key in ipairs(KEYS) do
  local a = 5 * i - 3
  local limit, period, width = tonumber(ARGV[a]), tonumber(ARGV[a + 1]), tonumber(ARGV[a + 2])
  local amount, is_enforced = tonumber(ARGV[a + 3]), ARGV[a + 4] == '1'
  if not counters[key] then counters[key] = read(key, period, width) end
  local counter = counters[key]
  counter.wanted = sum(counter.wanted, amount)
  standings[i] = {counter.used, counter.here, room_in(counter, limit, period, width)}
  local fits = sum(counter.used, counter.wanted) <= limit
  if not fits and is_enforced and amount > 0 and refused < 0 then refused = i - 1 end
end
if refused < 0 then
  for i, key in ipairs(KEYS) do standings[i][1] = sum(counters[key].used, counters[key].wanted) end
  for _, counter in pairs(counters) do
    if counter.wanted > 0 then add(counter) end
  end
end
for i, key in ipairs(KEYS) do
  if counters[key].is_moved then write(key, counters[key], tonumber(ARGV[5 * i - 2]), tonumber(ARGV[5 * i - 1])) end
end
return {refused, standings}
)";

constexpr const char* kGiveBack = R"(
for i, key in ipairs(KEYS) do
  local words = {}
  for slot, amount in string.gmatch(redis.call('GET', key) or '', '(%d+):(%d+)') do
    local left = tonumber(amount)
    if slot == ARGV[2 * i] then left = left - tonumber(ARGV[2 * i + 1]) end
    if left > 0 then words[#words + 1] = slot .. ':' .. text(left) end
  end
  if #words > 0 then
    redis.call('SET', key, table.concat(words, ' '), 'KEEPTTL')
  else
    redis.call('DEL', key)
  end
end
return 0
)";

/// A triplet is "first MS" or "passed MS", what a client has passed "number MS".
constexpr const char* kGreylist = R"(
local delay, window, lifetime = ARGV[6] * 1000, ARGV[7] * 1000, ARGV[8] * 1000
local function is_asked(i) return ARGV[1 + i] == '1' end

local function passes(key)
  local number, last = string.match(redis.call('GET', key) or '', '^(%d+) (%d+)$')
  if not number or ms >= last + lifetime then return nil end
  return tonumber(number)
end
local function keep_passes(key, number) keep(key, text(number) .. ' ' .. text(ms), ms + lifetime) end

local function pass(by)
  keep(KEYS[1], 'passed ' .. text(ms), ms + lifetime)
  return {by, 0}
end

if is_asked(4) then
  local ends = redis.call('GET', KEYS[4])
  if ends and ms < tonumber(ends) then return {4, 0} end
end
for i = 2, 3 do
  local number = is_asked(i) and passes(KEYS[i])
  if number and number >= tonumber(ARGV[7 + i]) then
    keep_passes(KEYS[i], number)
    return {i, 0}
  end
end
if not is_asked(1) then return {0, 0} end

local kind, at = string.match(redis.call('GET', KEYS[1]) or '', '^(%a+) (%d+)$')
at = tonumber(at) or 0
if kind == 'passed' and ms < at + lifetime then return pass(1) end
if kind ~= 'first' or ms < at or ms > at + window then
  at = ms
  if delay > 0 then keep(KEYS[1], 'first ' .. text(ms), ms + window + 1) end
end
if ms < at + delay then
  return {0, math.ceil((at + delay - ms) / 1000)}
end
for i = 2, 3 do
  if is_asked(i) then keep_passes(KEYS[i], sum(passes(KEYS[i]) or 0, 1)) end
end
return pass(1)
)";

constexpr const char* kNote = R"(
local ends = ms + ARGV[2] * 1000
keep(KEYS[1], text(ends), ends)
return 0
)";

/// Members by when they were noted.
constexpr const char* kCountDistinct = R"(
local period, at_most = ARGV[3] * 1000, tonumber(ARGV[4])
for _, member in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. text(ms), '+inf')) do
  redis.call('ZADD', KEYS[1], text(ms), member)
end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', text(ms - period))
redis.call('ZADD', KEYS[1], text(ms), ARGV[2])
local number = redis.call('ZCARD', KEYS[1])
local kept = math.max(at_most, 1)
if number > kept then -- those noted last are the last to leave
  redis.call('ZREMRANGEBYRANK', KEYS[1], 0, number - kept - 1)
end
redis.call('PEXPIRE', KEYS[1], rest(ms + period))
return math.min(number, at_most)
)";

/// Of all that deal with marks. A mark is "END UNTIL TEXT": when it ends by the clock of Redis, and what its owner calls that.
constexpr const char* kMarks = R"(
local function mark_of(value)
  local ends, until_, words = string.match(value or '', '^(%d+) (%-?%d+) (.*)$')
  if ends and ms < tonumber(ends) then return tonumber(until_), words end
end
local function forget(names, ends, name)
  redis.call('ZREM', names, name)
  redis.call('ZREM', ends, name)
end
)";

constexpr const char* kSetMark = R"(
local name, lasts = ARGV[2], tonumber(ARGV[3])
if lasts <= 0 then
  redis.call('DEL', KEYS[1])
  forget(KEYS[2], KEYS[3], name)
  return 0
end
local ends = ms + lasts
keep(KEYS[1], text(ends) .. ' ' .. ARGV[4] .. ' ' .. ARGV[5], ends)
redis.call('ZADD', KEYS[2], 0, name)
redis.call('ZADD', KEYS[3], text(ends), name)
-- More than one goes for each that comes.
for _, over in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', text(ms), 'LIMIT', 0, 16)) do
  forget(KEYS[2], KEYS[3], over)
end
for i = 2, 3 do
  if redis.call('PTTL', KEYS[i]) < tonumber(rest(ends)) then redis.call('PEXPIRE', KEYS[i], rest(ends)) end
end
return 0
)";

constexpr const char* kFindMark = R"(
local until_, words = mark_of(redis.call('GET', KEYS[1]))
if not until_ then return {} end
return {until_, words}
)";

constexpr const char* kRemoveMark = R"(
local was_there = mark_of(redis.call('GET', KEYS[1])) and 1 or 0
redis.call('DEL', KEYS[1])
forget(KEYS[2], KEYS[3], ARGV[2])
return was_there
)";

constexpr const char* kListMarks = R"(
local prefix, at_most, step = ARGV[2], tonumber(ARGV[3]), 500
local found, from = {}, '[' .. ARGV[2]
while true do
  local names = redis.call('ZRANGEBYLEX', KEYS[1], from, '+', 'LIMIT', 0, step)
  for _, name in ipairs(names) do
    if #found >= at_most or string.sub(name, 1, #prefix) ~= prefix then return found end
    local until_, words = mark_of(redis.call('GET', ARGV[4] .. name))
    if until_ then
      found[#found + 1] = {name, until_, words}
    else
      forget(KEYS[1], KEYS[2], name)
    end
  end
  if #names < step then return found end
  from = '(' .. names[#names]
end
)";

std::string of_marks(const char* body) {
  return std::string(kMarks) + body;
}

}  // namespace

RedisScripts::Script::Script(std::string_view body)
    : text_(std::string(kPrelude).append(body)), digest_(sha1_hex(text_)) {}

RedisScripts::RedisScripts()
    : take(kTake),
      give_back(kGiveBack),
      greylist(kGreylist),
      note(kNote),
      count_distinct(kCountDistinct),
      set_mark(of_marks(kSetMark)),
      find_mark(of_marks(kFindMark)),
      remove_mark(of_marks(kRemoveMark)),
      list_marks(of_marks(kListMarks)) {}

std::vector<redis::Command> RedisScripts::loads() const {
  std::vector<redis::Command> commands;
  for (const auto* script : {&take, &give_back, &greylist, &note, &count_distinct, &set_mark, &find_mark,
                             &remove_mark, &list_marks})
    commands.push_back({"SCRIPT", "LOAD", script->text()});
  return commands;
}

}  // namespace extmail::policyd
