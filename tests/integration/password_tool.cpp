// SPDX-License-Identifier: MIT
//
// The suite's password schemes for tests/integration. Passwords come from standard input:
//   password_tool check          lines `default scheme TAB stored value TAB password`; prints for each `match`, `mismatch`
//                                or `unusable`, TAB, the challenge that the value serves, TAB, its clear text
//   password_tool hash KIND      a line with the password; prints a new hash of the kind sha512-crypt, bcrypt or
//                                yescrypt

#include "core/password.hpp"

#include <iostream>
#include <optional>
#include <string>

using namespace extmail;

namespace {

const char* name_of(PasswordCheck check) {
  if (check == PasswordCheck::Match) return "match";
  return check == PasswordCheck::Mismatch ? "mismatch" : "unusable";
}

int check_lines() {
  std::string line;
  while (std::getline(std::cin, line)) {
    const std::size_t first = line.find('\t');
    const std::size_t second = line.find('\t', first + 1);
    if (first == std::string::npos || second == std::string::npos) return 2;
    const std::string usual = line.substr(0, first);
    const std::string stored = line.substr(first + 1, second - first - 1);
    const std::string password = line.substr(second + 1);
    std::cout << name_of(check_password(password, stored, usual)) << '\t'
              << challenge_scheme(stored).value_or("") << '\t' << clear_text(stored, usual).view() << '\n';
  }
  return EXIT_SUCCESS;
}

std::optional<NewHash> find_kind(const std::string& name) {
  if (name == "sha512-crypt") return NewHash::Sha512Crypt;
  if (name == "bcrypt") return NewHash::Bcrypt;
  if (name == "yescrypt") return NewHash::Yescrypt;
  return std::nullopt;
}

int print_hash(NewHash kind) {
  std::string password;
  std::getline(std::cin, password);
  const auto hash = hash_password(password, kind);
  if (!hash) return EXIT_FAILURE;
  std::cout << hash->view() << '\n';
  return EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string mode = argc > 1 ? argv[1] : "";
  if (mode == "check" && argc == 2) return check_lines();
  const auto kind = mode == "hash" && argc == 3 ? find_kind(argv[2]) : std::nullopt;
  if (kind) return print_hash(*kind);
  std::cerr << "usage: password_tool check | hash sha512-crypt|bcrypt|yescrypt\n";
  return 2;
}
