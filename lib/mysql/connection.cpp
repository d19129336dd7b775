// SPDX-License-Identifier: MIT
#include "mysql/connection.hpp"

#include "mysql/error.hpp"
#include "mysql/quick_wait.hpp"
#include "mysql/result_buffers.hpp"
#include "mysql/tls.hpp"

#include <algorithm>

#include <errmsg.h>
#include <mysql.h>
#include <mysqld_error.h>

namespace extmail::mysql {
namespace {

[[noreturn]] void fail(unsigned number, const char* what, const Host& host) {
  throw DatabaseError(classify(number), host.text() + ": " + what + " (error " + std::to_string(number) +
                                            ")" + std::string(advice(number)));
}

[[noreturn]] void too_much(std::size_t limit, const char* unit) {
  throw DatabaseError(DatabaseError::Kind::Misconfigured,
                      "the result has more than " + std::to_string(limit) + ' ' + unit);
}

unsigned seconds(std::chrono::seconds duration) {
  return static_cast<unsigned>(duration.count());
}

/// Stands for NULL among parameters, by where it points to.
constexpr char kNullMark = 0;
constexpr std::string_view kNull = std::string_view(&kNullMark, 1).substr(0, 0);

MYSQL_BIND text_parameter(std::string_view text, unsigned long& length) {
  MYSQL_BIND bind{};
  if (text.data() == kNull.data()) {
    bind.buffer_type = MYSQL_TYPE_NULL;
    return bind;
  }
  length = text.size();
  bind.buffer_type = MYSQL_TYPE_STRING;
  bind.buffer = const_cast<char*>(text.data());  // the interface reads it only
  bind.buffer_length = length;
  bind.length = &length;
  return bind;
}

/// Reads a result to its end, so that the connection is free for the next statement.
class FreeResult {
 public:
  explicit FreeResult(MYSQL_STMT* statement) : statement_(statement) {}
  FreeResult(const FreeResult&) = delete;
  FreeResult& operator=(const FreeResult&) = delete;
  ~FreeResult() { mysql_stmt_free_result(statement_); }

 private:
  MYSQL_STMT* statement_;
};

}  // namespace

void Connection::Close::operator()(st_mysql* handle) const {
  mysql_close(handle);
}
void Connection::Close::operator()(st_mysql_stmt* statement) const {
  mysql_stmt_close(statement);
}

Connection::Connection(const Host& host, const Settings& settings, std::chrono::seconds connect_timeout)
    : host_(host), handle_(mysql_init(nullptr)) {
  if (!handle_) throw DatabaseError(DatabaseError::Kind::Busy, "out of memory");
  const unsigned connect_seconds = seconds(connect_timeout);
  const unsigned read_timeout = seconds(settings.read_timeout);
  mysql_options(handle_.get(), MYSQL_OPT_CONNECT_TIMEOUT, &connect_seconds);
  mysql_options(handle_.get(), MYSQL_OPT_READ_TIMEOUT, &read_timeout);
  mysql_options(handle_.get(), MYSQL_OPT_WRITE_TIMEOUT, &read_timeout);
  mysql_options(handle_.get(), MYSQL_SET_CHARSET_NAME, "utf8mb4");
  const unsigned no_files = 0;  // a false server could ask for one of ours
  mysql_options(handle_.get(), MYSQL_OPT_LOCAL_INFILE, &no_files);
  look_before_sleeping(*handle_);

  const bool is_unix = !host.socket.empty();
  const unsigned protocol = is_unix ? MYSQL_PROTOCOL_SOCKET : MYSQL_PROTOCOL_TCP;
  mysql_options(handle_.get(), MYSQL_OPT_PROTOCOL, &protocol);
  const Settings::Tls no_tls;
  const Settings::Tls& tls = is_unix ? no_tls : settings.tls;
  set_tls(*handle_, tls);
  const auto* connected = mysql_real_connect(
      handle_.get(), is_unix ? nullptr : host.name.c_str(), settings.user.c_str(), settings.password.c_str(),
      settings.database.c_str(), host.port, is_unix ? host.socket.c_str() : nullptr, 0);
  if (connected == nullptr) fail(mysql_errno(handle_.get()), mysql_error(handle_.get()), host_);
  if (const std::string fault = check_tls(*handle_, tls); !fault.empty())
    throw DatabaseError(DatabaseError::Kind::Lost, host_.text() + ": " + fault);
  set_session(settings.read_timeout);
}

Connection::~Connection() = default;

/// Each statement sees what is there when it begins, whatever the server's own autocommit is. The server gives up before we
/// do: a statement that is too slow costs neither its connection nor, as that of a server that hangs would, those of the
/// others. And MariaDB need not weigh the rows that each condition leaves, which for a
/// list of keys takes longer than to fetch them.
void Connection::set_session(std::chrono::seconds read_timeout) {
  const auto most = std::chrono::milliseconds(read_timeout) * 4 / 5;
  const std::string seconds = std::to_string(most.count() / 1000) + '.' + std::to_string(most.count() % 1000);
  const std::string any = "SET SESSION autocommit = 1";
  const std::string mariadb =
      any + ", max_statement_time = " + seconds + ", optimizer_use_condition_selectivity = 1";
  const std::string mysql = any + ", max_execution_time = " + std::to_string(most.count());
  for (const auto& sql : {mariadb, mysql, any}) {
    if (mysql_real_query(handle_.get(), sql.data(), sql.size()) == 0) return;
    const unsigned error = mysql_errno(handle_.get());
    // Each server knows its own variables only; an older one perhaps neither.
    if (classify(error) == DatabaseError::Kind::Lost) fail(error, mysql_error(handle_.get()), host_);
  }
}

Connection::Statement& Connection::prepared(std::string_view sql) {
  ++uses_;
  if (const auto known = statements_.find(sql); known != statements_.end()) {
    known->second.used = uses_;
    return known->second;
  }
  std::unique_ptr<st_mysql_stmt, Close> fresh(mysql_stmt_init(handle_.get()));
  if (!fresh) throw DatabaseError(DatabaseError::Kind::Busy, "out of memory");
  if (mysql_stmt_prepare(fresh.get(), sql.data(), sql.size()) != 0) {
    fail(mysql_stmt_errno(fresh.get()), mysql_stmt_error(fresh.get()), host_);
  }
  make_room();
  return statements_.emplace(sql, Statement{std::move(fresh), {}, uses_}).first->second;
}

void Connection::make_room() {
  if (statements_.size() < kMaxStatements) return;
  statements_.erase(
      std::min_element(statements_.begin(), statements_.end(),
                       [](const auto& a, const auto& b) { return a.second.used < b.second.used; }));
}

void Connection::check(bool ok, st_mysql_stmt& statement) const {
  if (ok) return;
  if (const unsigned error = mysql_stmt_errno(&statement); error != 0)
    fail(error, mysql_stmt_error(&statement), host_);
  // What happens while rows are fetched is noted with the connection.
  const unsigned error = mysql_errno(handle_.get());
  fail(error != 0 ? error : CR_UNKNOWN_ERROR, mysql_error(handle_.get()), host_);
}

Connection::Statement& Connection::run(std::string_view sql,
                                       const std::vector<std::string_view>& parameters) {
  Statement& known = prepared(sql);
  MYSQL_STMT& statement = *known.handle;
  // The library would read as many as the server counted, however few there are.
  if (const auto wanted = mysql_stmt_param_count(&statement); wanted != parameters.size()) {
    throw DatabaseError(DatabaseError::Kind::Misconfigured, "the statement has " + std::to_string(wanted) +
                                                                " parameters and is given " +
                                                                std::to_string(parameters.size()));
  }
  std::vector<unsigned long> lengths(parameters.size());
  std::vector<MYSQL_BIND> binds;
  binds.reserve(parameters.size());
  for (std::size_t i = 0; i < parameters.size(); ++i)
    binds.push_back(text_parameter(parameters[i], lengths[i]));
  if (!binds.empty()) check(mysql_stmt_bind_param(&statement, binds.data()) == 0, statement);
  const QuickWait quick(parameters.size() <= 1);
  check(mysql_stmt_execute(&statement) == 0, statement);
  return known;
}

std::uint64_t Connection::execute(std::string_view sql, const std::vector<std::string_view>& parameters) {
  return mysql_stmt_affected_rows(run(sql, parameters).handle.get());
}

std::uint64_t Connection::write(std::string_view sql, const Row& values) {
  std::vector<std::string_view> parameters;
  parameters.reserve(values.size());
  for (const auto& value : values)
    parameters.push_back(value ? std::string_view(*value) : kNull);
  return execute(sql, parameters);
}

void Connection::fetch(Statement& known, const ResultLimits& limits, const std::function<void(Row&)>& take) {
  MYSQL_STMT& statement = *known.handle;
  const FreeResult free_result(&statement);
  const std::size_t columns = mysql_stmt_field_count(&statement);
  if (columns == 0) throw DatabaseError(DatabaseError::Kind::Misconfigured, "the statement gives no rows");
  // `SELECT *` may have other columns than the last time.
  if (!known.buffers || known.buffers->count() != columns)
    known.buffers = std::make_unique<ResultBuffers>(columns);
  ResultBuffers& buffers = *known.buffers;
  check(mysql_stmt_bind_result(&statement, buffers.binds()) == 0, statement);
  std::size_t rows = 0;
  std::size_t bytes = 0;
  while (true) {
    const int fetched = mysql_stmt_fetch(&statement);
    if (fetched == MYSQL_NO_DATA) return;
    check(fetched == 0 || fetched == MYSQL_DATA_TRUNCATED, statement);
    if (rows++ == limits.rows) too_much(limits.rows, "rows");
    Row row(columns);
    for (std::size_t i = 0; i < columns; ++i) {
      const std::size_t size = buffers.size(i);
      if (size > limits.bytes - bytes) too_much(limits.bytes, "bytes");
      bytes += size;
      check(buffers.take(&statement, i, row[i]), statement);
    }
    take(row);
  }
}

void Connection::for_each(std::string_view sql, const std::vector<std::string_view>& parameters,
                          const std::function<void(Row&)>& take) {
  fetch(run(sql, parameters), {}, take);
}

std::vector<Row> Connection::query(std::string_view sql, const std::vector<std::string_view>& parameters,
                                   const ResultLimits& limits) {
  std::vector<Row> rows;
  fetch(run(sql, parameters), limits, [&rows](Row& row) { rows.push_back(std::move(row)); });
  return rows;
}

void Connection::check(bool ok) const {
  if (!ok) fail(mysql_errno(handle_.get()), mysql_error(handle_.get()), host_);
}

void Connection::run_text(std::string_view sql) {
  check(mysql_real_query(handle_.get(), sql.data(), sql.size()) == 0);
  if (mysql_field_count(handle_.get()) == 0) return;
  MYSQL_RES* rows = mysql_store_result(handle_.get());
  check(rows != nullptr);
  mysql_free_result(rows);
}

void Connection::begin() {
  run_text("START TRANSACTION");
}

/// One question, and no more: what else failed would be told as if nothing had been written.
void Connection::commit() {
  if (mysql_commit(handle_.get()) == 0) return;
  const unsigned error = mysql_errno(handle_.get());
  const std::string what = mysql_error(handle_.get());
  if (classify(error) != DatabaseError::Kind::Lost) fail(error, what.c_str(), host_);
  fail(error, (what + "; it was to commit a transaction, and nobody knows whether it has").c_str(), host_);
}

void Connection::rollback() noexcept {
  mysql_rollback(handle_.get());
}

}  // namespace extmail::mysql
