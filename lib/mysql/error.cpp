// SPDX-License-Identifier: MIT
#include "mysql/error.hpp"

#include <errmsg.h>
#include <mysqld_error.h>

namespace extmail::mysql {
namespace {

// Errors that only one of the two servers has, or its library names.
constexpr unsigned kWsrepNotReady = 1047;       // ER_UNKNOWN_COM_ERROR: a Galera node that left its cluster
constexpr unsigned kMustChangePassword = 1862;  // on logging in
constexpr unsigned kConnectionKilled = 1927;    // MariaDB
constexpr unsigned kAccountLockedMysql = 3118;
constexpr unsigned kAccountLockedMariadb = 4151;
constexpr unsigned kCannotConvertString = 3854;   // MySQL 8
constexpr unsigned kImpossibleConversion = 3988;  // MySQL 8
constexpr unsigned kIdleTimeout = 4031;           // MySQL 8

// MariaDB's library has more client errors; no server uses these numbers.
constexpr unsigned kMinFurtherClientError = 5000;
constexpr unsigned kMaxFurtherClientError = 5999;

bool is_client_error(unsigned number) {
  return (number >= CR_MIN_ERROR && number <= CR_MAX_ERROR) ||
         (number >= kMinFurtherClientError && number <= kMaxFurtherClientError);
}

}  // namespace

DatabaseError::Kind classify(unsigned error_number) {
  switch (error_number) {
    case ER_ACCESS_DENIED_ERROR:
    case ER_ACCESS_DENIED_NO_PASSWORD_ERROR:
    case ER_BAD_DB_ERROR:
    case ER_BAD_FIELD_ERROR:
    case ER_COLUMNACCESS_DENIED_ERROR:
    case ER_DBACCESS_DENIED_ERROR:
    case ER_DERIVED_MUST_HAVE_ALIAS:
    case ER_HOST_NOT_PRIVILEGED:
    case ER_INVALID_GROUP_FUNC_USE:
    case ER_MUST_CHANGE_PASSWORD:
    case ER_NONUNIQ_TABLE:
    case ER_NON_UNIQ_ERROR:
    case ER_NO_SUCH_TABLE:
    case ER_OPERAND_COLUMNS:
    case ER_PARSE_ERROR:
    case ER_PROCACCESS_DENIED_ERROR:
    case ER_SPECIFIC_ACCESS_DENIED_ERROR:
    case ER_SP_DOES_NOT_EXIST:
    case ER_SUBQUERY_NO_1_ROW:
    case ER_TABLEACCESS_DENIED_ERROR:
    case ER_UNKNOWN_TABLE:
    case ER_UNSUPPORTED_PS:
    case ER_VIEW_INVALID:
    case ER_WRONG_FIELD_WITH_GROUP:
    case ER_WRONG_PARAMCOUNT_TO_NATIVE_FCT:
    case kAccountLockedMariadb:
    case kAccountLockedMysql:
    case kMustChangePassword:
      return DatabaseError::Kind::Misconfigured;
    case ER_CANT_AGGREGATE_2COLLATIONS:
    case ER_CANT_AGGREGATE_3COLLATIONS:
    case ER_CANT_AGGREGATE_NCOLLATIONS:  // of a list of keys
    case kCannotConvertString:
    case kImpossibleConversion:
      return DatabaseError::Kind::Unstorable;
    case ER_SERVER_SHUTDOWN:
    case ER_NORMAL_SHUTDOWN:
    case ER_UNKNOWN_STMT_HANDLER:  // behind a proxy: the server that knew our statements is another one now
    case ER_NEED_REPREPARE:
    case kWsrepNotReady:
    case kConnectionKilled:
    case kIdleTimeout:
      return DatabaseError::Kind::Lost;
    default:
      return is_client_error(error_number) ? DatabaseError::Kind::Lost : DatabaseError::Kind::Busy;
  }
}

std::string_view advice(unsigned error_number) {
  switch (error_number) {
    case ER_CON_COUNT_ERROR:
      return "; the server's max_connections is reached: raise it, or lower database_connections";
    case ER_TOO_MANY_USER_CONNECTIONS:
    case ER_USER_LIMIT_REACHED:
      return "; raise what the account may have (max_user_connections and the like), or lower "
             "database_connections";
    case ER_HOST_IS_BLOCKED:
      return "; run FLUSH HOSTS there once the cause is mended";
    case kWsrepNotReady:
      return "; if this is a Galera node, it is not part of its cluster";
    default:
      return {};
  }
}

}  // namespace extmail::mysql
