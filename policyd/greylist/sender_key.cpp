// SPDX-License-Identifier: MIT
#include "policyd/greylist/sender_key.hpp"

#include <algorithm>
#include <cstddef>

namespace extmail::policyd {
namespace {

constexpr std::string_view kSeparators = "-_=.";

/// Cuts up to the separator, which goes too; all where there is none.
std::string_view take_part(std::string_view& rest, std::string_view separators) {
  const std::size_t end = std::min(rest.find_first_of(separators), rest.size());
  const std::string_view part = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return part;
}

/// Empty where the local part is none of SRS. Behind SRS1's host stands another forwarder's SRS0, which changes each day.
std::string without_srs(std::string_view local) {
  constexpr std::string_view kStarts = "+-=";
  constexpr std::size_t kTagBytes = 4;
  const std::string_view tag = local.substr(0, kTagBytes);
  if ((tag != "srs0" && tag != "srs1") || local.size() == kTagBytes ||
      kStarts.find(local[kTagBytes]) == std::string_view::npos)
    return {};
  std::string_view rest = local.substr(kTagBytes + 1);
  take_part(rest, "=");  // the hash
  std::string key(tag);
  key += '=';
  if (tag == "srs1") return key.append(take_part(rest, "="));
  take_part(rest, "=");  // the day
  return rest.empty() ? std::string() : key.append(rest);
}

std::string_view without_batv(std::string_view local) {
  constexpr std::string_view kTag = "prvs=";
  if (!local.starts_with(kTag)) return local;
  std::string_view rest = local.substr(kTag.size());
  take_part(rest, "=");
  return rest.empty() ? local : rest;
}

bool is_number(std::string_view part) {
  return !part.empty() && std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string without_numbers(std::string_view local) {
  if (local.find_first_of(kSeparators) == std::string_view::npos) return std::string(local);
  std::string key;
  while (!local.empty()) {
    const std::size_t end = std::min(local.find_first_of(kSeparators), local.size());
    const std::string_view part = local.substr(0, end);
    key += is_number(part) ? "#" : part;
    key += local.substr(end, 1);
    local.remove_prefix(std::min(end + 1, local.size()));
  }
  return key;
}

}  // namespace

std::string sender_key(const Address& sender) {
  std::string local = without_srs(sender.local);
  if (local.empty()) {
    const std::string_view bare = without_batv(sender.local);
    local = without_numbers(split_extension(bare, "+").base);
  }
  return join_address(local, sender.domain);
}

}  // namespace extmail::policyd
