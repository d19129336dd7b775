// SPDX-License-Identifier: MIT
#include "metrics/process_metrics.hpp"

#include <ctime>
#include <filesystem>
#include <fstream>
#include <optional>
#include <system_error>

#include <sys/resource.h>
#include <unistd.h>

namespace extmail::metrics {
namespace {

/// Resident memory; empty without /proc.
std::optional<double> resident_bytes() {
  std::ifstream file("/proc/self/statm");
  double total = 0;
  double resident = 0;
  if (!(file >> total >> resident)) return std::nullopt;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

std::optional<double> open_descriptors() {
  std::error_code error;
  std::filesystem::directory_iterator entry("/proc/self/fd", error);
  double count = -1;  // reading the folder takes one itself
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error))
    ++count;
  if (error) return std::nullopt;
  return count;
}

std::optional<double> most_descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return std::nullopt;
  return static_cast<double>(limit.rlim_cur);
}

std::optional<double> processor_seconds() {
  timespec time{};
  if (::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) != 0) return std::nullopt;
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

}  // namespace

ProcessMetrics::ProcessMetrics() : started_(std::chrono::system_clock::now()) {}

void ProcessMetrics::collect(Families& families) const {
  families.gauge("process_start_time_seconds", "When the daemon was started, in seconds since 1970.",
                 std::chrono::duration<double>(started_.time_since_epoch()).count());
  if (const auto seconds = processor_seconds())
    families.counter("process_cpu_seconds_total", "Processor time that the daemon has used.", *seconds);
  if (const auto bytes = resident_bytes())
    families.gauge("process_resident_memory_bytes", "Memory of the daemon that is in RAM.", *bytes);
  if (const auto count = open_descriptors())
    families.gauge("process_open_fds", "File descriptors in use: connections, sockets, files.", *count);
  if (const auto count = most_descriptors())
    families.gauge("process_max_fds", "File descriptors that the daemon may use (LimitNOFILE=).", *count);
}

}  // namespace extmail::metrics
