// SPDX-License-Identifier: MIT
#include "core/query_map.hpp"

#include "core/address.hpp"
#include "core/query.hpp"

#include <utility>

namespace extmail {
namespace {

/// One form of a key, taken apart. An empty part is one that it lacks.
struct Try {
  std::string key;
  std::string address;
  std::string user;
  std::string domain;
  std::string extension;

  [[nodiscard]] const std::string& part(QueryMap::Part part) const {
    switch (part) {
      case QueryMap::Part::Key:
        return key;
      case QueryMap::Part::Address:
        return address;
      case QueryMap::Part::User:
        return user;
      case QueryMap::Part::Domain:
        return domain;
      case QueryMap::Part::Extension:
        break;
    }
    return extension;
  }
};

/// The key as it came, with the parts of the address that it may be.
Try take_apart(std::string_view key, const std::optional<Address>& address, std::string_view delimiters) {
  Try whole;
  whole.key = fold_case(key);
  if (!address) return whole;
  const auto split = split_extension(address->local, delimiters);
  whole.address = address->text();
  whole.user = split.base;
  whole.domain = address->domain;
  if (!split.extension.empty()) whole.extension = split.extension.substr(1);
  return whole;
}

std::vector<Try> address_tries(const Try& whole) {
  if (whole.address.empty()) return {};
  std::vector<Try> tries{whole};
  tries.front().key = whole.address;
  Try bare = tries.front();
  bare.extension.clear();
  bare.key = bare.address = whole.user + '@' + whole.domain;
  if (bare.address != whole.address) tries.push_back(bare);
  bare.user.clear();
  bare.key = bare.address = '@' + whole.domain;
  tries.push_back(std::move(bare));
  return tries;
}

std::vector<Try> domain_tries(Try whole, std::string_view key) {
  const auto name = whole.domain.empty() ? parse_domain(key) : std::optional(whole.domain);
  if (!name) return {};
  std::vector<Try> tries;
  std::string_view rest = *name;
  while (!rest.empty() && tries.size() <= QueryMap::kMaxParents) {
    whole.key = whole.domain = rest;
    tries.push_back(whole);
    const std::size_t dot = rest.find('.');
    rest = dot == std::string_view::npos ? std::string_view() : rest.substr(dot + 1);
  }
  return tries;
}

std::vector<Try> tries_of(const QueryMap& map, std::string_view key, std::string_view delimiters) {
  if (!is_lookup_text(key)) return {};
  const Try whole = take_apart(key, parse_address(key), delimiters);
  switch (map.tries) {
    case QueryMap::Tries::Key:
      return {whole};
    case QueryMap::Tries::Address:
      return address_tries(whole);
    case QueryMap::Tries::Domain:
      break;
  }
  return domain_tries(whole, key);
}

/// The query's key; empty where the try lacks a part.
std::optional<std::string> query_of(const QueryMap& map, const Try& one) {
  Query query{map.sql, {}};
  for (const auto part : map.parameters) {
    const std::string& text = one.part(part);
    if (text.empty()) return std::nullopt;
    query.parameters.emplace_back(text);
  }
  return query.key();
}

}  // namespace

Answer<std::string> QueryMap::look_up(std::string_view key, std::string_view recipient_delimiter,
                                      const QueryDirectory& directory, Deadline deadline) const {
  std::optional<std::string> last;
  for (const auto& one : tries_of(*this, key, recipient_delimiter)) {
    auto query = query_of(*this, one);
    // Where the statement names no part that differs, it need not be asked again.
    if (!query || query == last) continue;
    auto row = directory.find_query(*query, ttl, deadline);
    if (row.is_found()) return Answer<std::string>::found(std::move(row.value().value));
    if (row.outcome() == Outcome::PermanentFailure)
      return Answer<std::string>::permanent_failure("map " + name + ": " + row.reason());
    if (row.is_failure()) return Answer<std::string>::same_failure(row);
    last = std::move(query);
  }
  return Answer<std::string>::not_found();
}

}  // namespace extmail
