// SPDX-License-Identifier: MIT
//
// crypt_load limit SECONDS: verifies `$1$` hashes on all processors; prints how many a second, and the microseconds of
//                           processor time that one takes. Who calls crypt(3) for each login can't have more logins.
// crypt_load hashes COUNT PASSWORD: prints so many hashes of the password, each with a salt of its own.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <crypt.h>

namespace {

using Clock = std::chrono::steady_clock;

std::size_t processors() {
  return std::max(1U, std::thread::hardware_concurrency());
}

/// With a state of one's own: it is 32 KiB, too much for clearing it each time to be free.
std::string hash(const std::string& password, const std::string& setting, crypt_data& state) {
  const char* const hashed = ::crypt_r(password.c_str(), setting.c_str(), &state);
  if (hashed == nullptr || hashed[0] == '*') throw std::runtime_error("crypt(3) can't make a $1$ hash");
  return hashed;
}

std::string setting(std::size_t number) {
  constexpr std::size_t kMaxSaltBytes = 8;
  const std::string digits = std::to_string(number);
  return "$1$" + digits.substr(digits.size() - std::min(digits.size(), kMaxSaltBytes)) + '$';
}

/// Runs work(0), work(1) … at once, one on each processor.
template <typename Work>
void on_all_processors(Work work) {
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < processors(); ++i)
    threads.emplace_back(work, i);
  for (std::thread& thread : threads)
    thread.join();
}

void show_limit(std::chrono::duration<double> time) {
  const std::string password = "a password";
  auto state = std::make_unique<crypt_data>();
  const std::string stored = hash(password, setting(0), *state);
  std::vector<std::size_t> verified(processors());
  const auto began = Clock::now();
  const std::clock_t cpu_began = std::clock();
  on_all_processors([&](std::size_t mine) {
    auto own = std::make_unique<crypt_data>();
    std::size_t count = 0;
    for (; Clock::now() - began < time; ++count)
      if (hash(password, stored, *own) != stored) std::abort();  // crypt(3) contradicts itself
    verified[mine] = count;
  });
  const double seconds = std::chrono::duration<double>(Clock::now() - began).count();
  const double cpu = static_cast<double>(std::clock() - cpu_began) / CLOCKS_PER_SEC;
  const auto all = static_cast<double>(std::accumulate(verified.begin(), verified.end(), std::size_t{0}));
  std::printf("%.0f %.1f\n", all / seconds, cpu / all * 1e6);
}

void show_hashes(std::size_t count, const std::string& password) {
  std::vector<std::string> hashes(count);
  on_all_processors([&](std::size_t mine) {
    auto own = std::make_unique<crypt_data>();
    for (std::size_t i = mine; i < count; i += processors())
      hashes[i] = hash(password, setting(i), *own);
  });
  for (const std::string& each : hashes)
    std::puts(each.c_str());
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view what = argc > 1 ? argv[1] : "";
  try {
    if (what == "limit" && argc == 3) {
      show_limit(std::chrono::duration<double>(std::strtod(argv[2], nullptr)));
    } else if (what == "hashes" && argc == 4) {
      show_hashes(std::strtoul(argv[2], nullptr, 10), argv[3]);
    } else {
      std::cerr << "usage: crypt_load limit SECONDS | hashes COUNT PASSWORD\n";
      return 2;
    }
    return EXIT_SUCCESS;
  } catch (const std::exception& error) {
    std::cerr << "crypt_load: " << error.what() << '\n';
    return EXIT_FAILURE;
  }
}
