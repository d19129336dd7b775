// SPDX-License-Identifier: MIT
#include "core/query.hpp"

namespace extmail {
namespace {

constexpr char kSeparator = '\0';

}  // namespace

std::string Query::key() const {
  std::string key(sql);
  for (const auto parameter : parameters) {
    key += kSeparator;
    key += parameter;
  }
  return key;
}

Query Query::of_key(std::string_view key) {
  std::size_t end = key.find(kSeparator);
  Query query{key.substr(0, end), {}};
  while (end != std::string_view::npos) {
    key.remove_prefix(end + 1);
    end = key.find(kSeparator);
    query.parameters.push_back(key.substr(0, end));
  }
  return query;
}

}  // namespace extmail
