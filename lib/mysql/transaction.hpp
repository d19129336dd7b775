// SPDX-License-Identifier: MIT
#pragma once

#include "mysql/connection.hpp"

namespace extmail::mysql {

/// What is written while it lives holds from commit() on; without a commit(), nothing of it does. Statements that alter
/// a schema end it on their own, as the server has it.
///
/// The connection must outlive it. Errors: DatabaseError; of a commit() that lost the connection (Kind::Lost) nobody knows
/// whether it was done, and what() says so.
class Transaction {
 public:
  explicit Transaction(Connection& connection) : connection_(connection) { connection_.begin(); }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction() {
    if (!is_done_) connection_.rollback();
  }

  void commit() {
    connection_.commit();
    is_done_ = true;
  }

 private:
  Connection& connection_;
  bool is_done_ = false;
};

}  // namespace extmail::mysql
