// SPDX-License-Identifier: MIT
#include "mysql/quick_wait.hpp"

#include <cerrno>
#include <thread>

#include <mysql.h>
#include <poll.h>

namespace extmail::mysql {
namespace {

thread_local bool is_quick = false;

#ifdef MARIADB_PACKAGE_VERSION
int wait_for(my_socket socket, my_bool is_read, int timeout_ms) {
  pollfd waiting{socket, static_cast<short>(is_read != 0 ? POLLIN : POLLOUT), 0};
  const auto until = std::chrono::steady_clock::now() + QuickWait::kLook;
  while (is_quick && std::chrono::steady_clock::now() < until) {
    if (const int ready = ::poll(&waiting, 1, 0); ready != 0) return ready;
    std::this_thread::yield();
  }
  int ready = 0;
  do {
    ready = ::poll(&waiting, 1, timeout_ms);
  } while (ready < 0 && errno == EINTR);
  if (ready == 0) errno = ETIMEDOUT;  // what the library's own wait leaves there
  return ready;
}
#endif

}  // namespace

void look_before_sleeping([[maybe_unused]] st_mysql& handle) {
#ifdef MARIADB_PACKAGE_VERSION
  if (std::thread::hardware_concurrency() > 1)
    mysql_options(&handle, MARIADB_OPT_IO_WAIT, reinterpret_cast<const void*>(&wait_for));
#endif
}

QuickWait::QuickWait(bool is_expected) {
  is_quick = is_expected;
}
QuickWait::~QuickWait() {
  is_quick = false;
}

}  // namespace extmail::mysql
