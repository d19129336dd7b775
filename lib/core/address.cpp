// SPDX-License-Identifier: MIT
#include "core/address.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include <unistr.h>

namespace extmail {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_text(std::string_view text) {
  bool has_control = false;
  bool has_more_than_ascii = false;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    has_control |= byte < 0x20 || byte == 0x7f;
    has_more_than_ascii |= byte >= 0x80;
  }
  if (has_control || !has_more_than_ascii) return !has_control;
  return u8_check(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()) == nullptr;
}

/// Letters, digits, `-`, `.`, the `_` of some hosts, and all beyond ASCII (U-labels). Keeps `*` and
/// `[1.2.3.4]` out.
constexpr auto kDomainBytes = [] {
  std::array<bool, 256> bytes{};
  for (std::size_t byte = 0; byte < bytes.size(); ++byte) {
    bytes[byte] = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                  (byte >= '0' && byte <= '9') || byte == '-' || byte == '.' || byte == '_' || byte >= 0x80;
  }
  return bytes;
}();

bool is_domain_byte(char c) {
  return kDomainBytes[static_cast<unsigned char>(c)];
}

bool is_atom_byte(char c) {
  constexpr std::string_view kSpecials = " \"(),:;<>@[\\]";
  return kSpecials.find(c) == std::string_view::npos;
}

bool starts_with_folded(std::string_view text, std::string_view prefix) {
  return same_key(text.substr(0, prefix.size()), prefix);
}

bool ends_with_folded(std::string_view text, std::string_view suffix) {
  return text.size() > suffix.size() && same_key(text.substr(text.size() - suffix.size()), suffix);
}

bool is_never_split(std::string_view local, std::string_view delimiters) {
  constexpr std::array<std::string_view, 3> kWhole{"postmaster", "mailer-daemon", "double-bounce"};
  if (std::any_of(kWhole.begin(), kWhole.end(), [&](auto name) { return same_key(local, name); }))
    return true;
  return delimiters.find('-') != std::string_view::npos &&
         (starts_with_folded(local, "owner-") || ends_with_folded(local, "-request"));
}

}  // namespace

std::string Address::text() const {
  return join_address(local, domain);
}

std::string join_address(std::string_view local, std::string_view domain) {
  std::string text;
  text.reserve(local.size() + 1 + domain.size());
  text.append(local).append(1, '@').append(domain);
  return text;
}

bool is_lookup_text(std::string_view key) {
  return !key.empty() && key.size() <= kMaxAddressBytes && is_text(key);
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string fold_case(std::string_view text) {
  std::string folded(text);
  std::transform(folded.begin(), folded.end(), folded.begin(), lower);
  return folded;
}

bool same_key(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

std::optional<std::string> unquote_local(std::string_view local) {
  if (local.empty() || local.front() != '"') return std::string(local);
  std::string plain;
  for (std::size_t i = 1; i < local.size(); ++i) {
    if (local[i] == '"') {
      if (i + 1 != local.size()) return std::nullopt;
      return plain;
    }
    if (local[i] == '\\' && ++i == local.size()) return std::nullopt;
    plain.push_back(local[i]);
  }
  return std::nullopt;
}

std::string quote_local(std::string_view local) {
  const bool dot_atom = !local.empty() && local.front() != '.' && local.back() != '.' &&
                        local.find("..") == std::string_view::npos &&
                        std::all_of(local.begin(), local.end(), is_atom_byte);
  if (dot_atom) return std::string(local);
  std::string quoted("\"");
  for (const char c : local) {
    if (c == '"' || c == '\\') quoted.push_back('\\');
    quoted.push_back(c);
  }
  quoted.push_back('"');
  return quoted;
}

std::optional<std::string> parse_domain(std::string_view key) {
  if (!is_lookup_text(key)) return std::nullopt;
  if (!std::all_of(key.begin(), key.end(), is_domain_byte)) return std::nullopt;
  return fold_case(key);
}

std::optional<Address> parse_address(std::string_view key) {
  const std::size_t at = key.rfind('@');
  if (at == std::string_view::npos || at == 0 || key.size() > kMaxAddressBytes) return std::nullopt;
  auto domain = parse_domain(key.substr(at + 1));
  auto local = unquote_local(key.substr(0, at));
  if (!domain || !local || local->empty() || !is_text(*local)) return std::nullopt;
  if (local->find('@') != std::string::npos) return std::nullopt;
  std::string folded = fold_case(*local);
  return Address{std::move(folded), std::move(*domain), std::move(*local)};
}

SplitLocal split_extension(std::string_view local, std::string_view delimiters) {
  const std::size_t cut = local.find_first_of(delimiters);
  if (cut == std::string_view::npos || cut == 0 || is_never_split(local, delimiters)) return {local, {}};
  return {local.substr(0, cut), local.substr(cut)};
}

std::vector<std::string> split_goto(std::string_view text) {
  constexpr std::string_view kSeparators = ", \t\r\n";
  std::vector<std::string> addresses;
  std::size_t start = 0;
  while ((start = text.find_first_not_of(kSeparators, start)) != std::string_view::npos) {
    const std::size_t end = std::min(text.find_first_of(kSeparators, start), text.size());
    addresses.emplace_back(text.substr(start, end - start));
    start = end;
  }
  return addresses;
}

}  // namespace extmail
