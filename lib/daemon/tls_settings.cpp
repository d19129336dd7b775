// SPDX-License-Identifier: MIT
#include "daemon/tls_settings.hpp"

#include "core/secret.hpp"

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>

#include <sys/stat.h>

namespace extmail::daemon {
namespace {

using Tls = mysql::Settings::Tls;

// Debian's bundle of the public authorities has a quarter of this.
constexpr std::size_t kMaxFileBytes = std::size_t{1} << 20U;
constexpr const char* kPublicAuthorities = "/etc/ssl/certs/ca-certificates.crt";
constexpr std::string_view kCertificate = "-----BEGIN CERTIFICATE-----";
constexpr std::string_view kPrivateKey = "PRIVATE KEY-----";

struct Close {
  void operator()(std::FILE* file) const { (void)std::fclose(file); }
};

/// Whether the file has such a line of PEM. What it holds is wiped: it may be a private key.
bool holds(std::FILE* file, std::string_view line) {
  std::string content(kMaxFileBytes, '\0');
  const std::size_t length = std::fread(content.data(), 1, content.size(), file);
  const bool found = std::string_view(content).substr(0, length).find(line) != std::string_view::npos;
  wipe(content.data(), length);
  return found;
}

/// Complains of a file that the client library could not use.
void check_pem(ConfigFile::Table& database, std::string_view key, const std::string& path,
               std::string_view line) {
  const bool is_private = line == kPrivateKey;
  if (path.empty()) return;
  if (path.front() != '/') return database.complain(key, "must be an absolute path");
  const std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "re"));
  struct stat info {};
  if (!file || fstat(fileno(file.get()), &info) != 0)
    return database.complain(key, path + ": " + std::generic_category().message(errno));
  if (!S_ISREG(info.st_mode)) return database.complain(key, path + " is not a file");
  if (is_private && (info.st_mode & S_IRWXO) != 0) {
    return database.complain(key, path + " may be read or written by everybody; run: chmod o-rwx " + path);
  }
  if (!holds(file.get(), line))
    database.complain(key, path + " holds no " + (is_private ? "private key" : "certificate") + " in PEM");
}

}  // namespace

Tls read_tls(ConfigFile::Table& database) {
  const std::string mode = database.choice("tls", {"off", "require", "verify-identity"}, "off");
  Tls tls;
  if (mode == "require") tls.mode = Tls::Mode::Require;
  if (mode == "verify-identity") tls.mode = Tls::Mode::VerifyIdentity;
  tls.ca = database.text("tls_ca", tls.mode == Tls::Mode::VerifyIdentity ? kPublicAuthorities : "");
  tls.cert = database.text("tls_cert", "");
  tls.key = database.text("tls_key", "");

  if (tls.mode != Tls::Mode::VerifyIdentity && !tls.ca.empty())
    database.complain("tls_ca", "has no effect unless tls is \"verify-identity\"");
  if (tls.mode == Tls::Mode::VerifyIdentity && tls.ca.empty())
    database.complain("tls_ca", "is empty: nobody would be trusted");
  if (tls.mode == Tls::Mode::Off && !(tls.cert + tls.key).empty())
    database.complain(tls.cert.empty() ? "tls_key" : "tls_cert", "has no effect while tls is \"off\"");
  if (!tls.cert.empty() && tls.key.empty()) database.complain("tls_cert", "needs tls_key");
  if (!tls.key.empty() && tls.cert.empty()) database.complain("tls_key", "needs tls_cert");
  check_pem(database, "tls_ca", tls.ca, kCertificate);
  check_pem(database, "tls_cert", tls.cert, kCertificate);
  check_pem(database, "tls_key", tls.key, kPrivateKey);
  return tls;
}

}  // namespace extmail::daemon
