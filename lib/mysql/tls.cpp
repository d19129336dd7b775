// SPDX-License-Identifier: MIT
#include "mysql/tls.hpp"

#include "mysql/error.hpp"

#include <mysql.h>

namespace extmail::mysql {
namespace {

using Mode = Settings::Tls::Mode;

bool set_file(MYSQL& handle, mysql_option option, const std::string& file) {
  return file.empty() || mysql_options(&handle, option, file.c_str()) == 0;
}

/// The one thing that the two libraries have different names for. False: this one can't.
bool set_mode(MYSQL& handle, Mode mode) {
#ifdef MARIADB_PACKAGE_VERSION
  // Set in every mode: newer libraries begin with TLS on.
  const char enforce = mode == Mode::Off ? 0 : 1;
  const char verify = mode == Mode::VerifyIdentity ? 1 : 0;
  return mysql_options(&handle, MYSQL_OPT_SSL_ENFORCE, &enforce) == 0 &&
         mysql_options(&handle, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify) == 0;
#else
  const unsigned wanted = mode == Mode::Off       ? SSL_MODE_DISABLED
                          : mode == Mode::Require ? SSL_MODE_REQUIRED
                                                  : SSL_MODE_VERIFY_IDENTITY;
  return mysql_options(&handle, MYSQL_OPT_SSL_MODE, &wanted) == 0;
#endif
}

}  // namespace

void set_tls(st_mysql& handle, const Settings::Tls& tls) {
  bool is_set = set_file(handle, MYSQL_OPT_SSL_CA, tls.ca) &&
                set_file(handle, MYSQL_OPT_SSL_CERT, tls.cert) &&
                set_file(handle, MYSQL_OPT_SSL_KEY, tls.key);
  is_set = set_mode(handle, tls.mode) && is_set;  // last: to name a file can mean to want TLS
  if (!is_set && tls.mode != Mode::Off)
    throw DatabaseError(DatabaseError::Kind::Misconfigured, "the database's client library has no TLS");
}

std::string check_tls(st_mysql& handle, const Settings::Tls& tls) {
  if (tls.mode == Mode::Off || mysql_get_ssl_cipher(&handle) != nullptr) return {};
  return "the connection is not encrypted, and [database] tls asks for it";
}

}  // namespace extmail::mysql
