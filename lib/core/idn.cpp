// SPDX-License-Identifier: MIT
#include "core/idn.hpp"

#include "core/address.hpp"

#include <memory>
#include <utility>

#include <idn2.h>

namespace extmail {
namespace {

struct Freer {
  void operator()(char* text) const { idn2_free(text); }
};

using Converter = int (*)(const char*, char**, int);

std::optional<std::string> convert(Converter converter, const std::string& domain, int flags) {
  char* text = nullptr;
  if (converter(domain.c_str(), &text, flags) != IDN2_OK) return std::nullopt;
  const std::unique_ptr<char, Freer> owned(text);
  if (domain == text) return std::nullopt;
  return std::string(text);
}

template <typename Find>
auto find_either(std::string_view key, const Find& find) {
  auto answer = find(key);
  if (!answer.is_not_found()) return answer;
  const std::size_t at = key.rfind('@');
  const std::size_t start = at == std::string_view::npos ? 0 : at + 1;
  const std::string_view domain = key.substr(start);
  const auto other = other_form(domain);
  if (!other) return answer;
  answer = find(std::string(key.substr(0, start)) + *other);
  if (!answer.is_not_found() || is_ascii(domain)) return answer;
  // A U-label may be written in capitals too; the way there and back is what folds it.
  const auto folded = other_form(*other);
  if (!folded || *folded == domain) return answer;
  return find(std::string(key.substr(0, start)) + *folded);
}

}  // namespace

std::optional<std::string> other_form(std::string_view domain) {
  constexpr std::size_t kMaxBytes = 1020;  // 255 characters, as the schema can hold
  if (domain.size() > kMaxBytes) return std::nullopt;
  if (!is_ascii(domain)) return convert(&idn2_to_ascii_8z, std::string(domain), IDN2_NONTRANSITIONAL);
  if (domain.find("xn--") == std::string_view::npos) return std::nullopt;
  return convert(&idn2_to_unicode_8z8z, std::string(domain), 0);
}

std::vector<std::string> other_forms(std::string_view domain) {
  std::vector<std::string> forms;
  if (auto other = other_form(domain)) {
    // The way there and back is what folds a U-label that is written in capitals.
    auto folded = other_form(*other);
    forms.push_back(std::move(*other));
    if (folded && *folded != domain) forms.push_back(std::move(*folded));
  }
  return forms;
}

std::vector<std::string> domain_forms(const std::string& domain) {
  auto forms = other_forms(domain);
  forms.insert(forms.begin(), domain);
  return forms;
}

Answer<DomainRecord> IdnDirectory::find_domain(std::string_view name, Deadline deadline) const {
  return find_either(name, [&](std::string_view key) { return directory_.find_domain(key, deadline); });
}

Answer<MailboxRecord> IdnDirectory::find_mailbox(std::string_view username, Deadline deadline) const {
  return find_either(username, [&](std::string_view key) { return directory_.find_mailbox(key, deadline); });
}

Answer<AccountRecord> IdnAccountDirectory::find_account(std::string_view username, Deadline deadline) const {
  return find_either(username, [&](std::string_view key) { return directory_.find_account(key, deadline); });
}

Answer<AliasRecord> IdnDirectory::find_alias(std::string_view address, Deadline deadline) const {
  return find_either(address, [&](std::string_view key) { return directory_.find_alias(key, deadline); });
}

}  // namespace extmail
