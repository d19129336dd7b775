// SPDX-License-Identifier: MIT
#include "ctl/stats/metrics_source.hpp"

#include "daemon/config_file.hpp"

#include <array>
#include <memory>

#include <curl/curl.h>

namespace extmail::ctl {
namespace {

constexpr long kTimeoutSeconds = 5;

/// As libcurl calls it: a return value other than the size ends the transfer.
std::size_t append(char* data, std::size_t size, std::size_t count, void* page) {
  auto& text = *static_cast<std::string*>(page);
  if (text.size() + size * count > kMaxPageBytes) return 0;
  text.append(data, size * count);
  return size * count;
}

std::string reason_of(CURLcode code, const char* detail, CURL* transfer) {
  if (code == CURLE_WRITE_ERROR) return "the answer is longer than any page of a daemon";
  if (code == CURLE_HTTP_RETURNED_ERROR) {
    long status = 0;
    curl_easy_getinfo(transfer, CURLINFO_RESPONSE_CODE, &status);
    return "HTTP status " + std::to_string(status) + "; is it the daemon that listens?";
  }
  return *detail != '\0' ? detail : curl_easy_strerror(code);
}

}  // namespace

MetricsSource find_metrics(const std::string& config, const std::string& daemon) {
  daemon::ConfigFile file(config);
  auto table = file.table(daemon);
  MetricsSource source;
  source.is_configured = !table.tables("listen").empty();
  if (auto metrics = table.optional_table("metrics")) {
    source.address = metrics->text("address", "");
    if (source.address.empty()) source.path = metrics->text("path", "");
  }
  // It becomes part of a URL.
  if (source.address.find_first_not_of("0123456789abcdefABCDEF.:[]") != std::string::npos) {
    throw daemon::ConfigError(
        config + ": " + daemon +
        ".metrics.address must be an IP address and a port, such as \"127.0.0.1:9731\"");
  }
  return source;
}

Answer<std::string> fetch_page(const MetricsSource& source) {
  using Page = Answer<std::string>;
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> transfer(curl_easy_init(), &curl_easy_cleanup);
  if (!transfer) return Page::temporary_failure("no memory");
  CURL* const handle = transfer.get();
  std::string page;
  std::array<char, CURL_ERROR_SIZE> detail{};
  const std::string url = "http://" + (source.path.empty() ? source.address : "localhost") + "/metrics";
  curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
  if (!source.path.empty()) curl_easy_setopt(handle, CURLOPT_UNIX_SOCKET_PATH, source.path.c_str());
  curl_easy_setopt(handle, CURLOPT_PROXY, "");
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(handle, CURLOPT_TIMEOUT, kTimeoutSeconds);
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, detail.data());
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &append);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &page);
  const CURLcode code = curl_easy_perform(handle);
  if (code != CURLE_OK) return Page::temporary_failure(reason_of(code, detail.data(), handle));
  return Page::found(std::move(page));
}

}  // namespace extmail::ctl
