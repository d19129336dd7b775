// SPDX-License-Identifier: MIT
#include "redis/connection.hpp"

#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <hiredis/hiredis.h>
#include <sys/socket.h>

namespace extmail::redis {
namespace {

std::string text_of(const redisReply& reply) {
  return reply.str == nullptr ? std::string() : std::string(reply.str, static_cast<std::size_t>(reply.len));
}

Reply to_reply(const redisReply& from) {
  Reply reply;
  switch (from.type) {
    case REDIS_REPLY_INTEGER:
      reply.kind = Reply::Kind::Integer;
      reply.integer = from.integer;
      break;
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
      reply.kind = Reply::Kind::Text;
      reply.text = text_of(from);
      break;
    case REDIS_REPLY_ERROR:
      reply.kind = Reply::Kind::Error;
      reply.text = text_of(from);
      break;
    case REDIS_REPLY_ARRAY:
      reply.kind = Reply::Kind::Array;
      reply.items.reserve(from.elements);
      for (std::size_t i = 0; i < from.elements; ++i)
        reply.items.push_back(to_reply(*from.element[i]));  // hiredis itself limits the depth
      break;
    default:
      break;
  }
  return reply;
}

}  // namespace

void Connection::Free::operator()(redisContext* context) const {
  redisFree(context);
}

Connection::Connection(const Settings& settings)
    : context_(settings.server.socket.empty() ? redisConnectNonBlock(settings.server.name.c_str(),
                                                                     static_cast<int>(settings.server.port))
                                              : redisConnectUnixNonBlock(settings.server.socket.c_str())) {
  if (!context_) {
    failed("out of memory");
  } else if (context_->err != 0) {
    context_failed();
  } else {
    (void)fcntl(context_->fd, F_SETFD, FD_CLOEXEC);
  }
}

int Connection::fd() const {
  return context_ && error_.empty() ? static_cast<int>(context_->fd) : -1;
}

bool Connection::finish_connecting() {
  int error = 0;
  socklen_t bytes = sizeof error;
  if (getsockopt(fd(), SOL_SOCKET, SO_ERROR, &error, &bytes) != 0) error = errno;
  return error == 0 || failed(std::generic_category().message(error));
}

bool Connection::append(const Command& command) {
  std::vector<const char*> arguments;
  std::vector<std::size_t> lengths;
  for (const auto& argument : command) {
    arguments.push_back(argument.data());
    lengths.push_back(argument.size());
  }
  has_unwritten_ = true;
  return redisAppendCommandArgv(context_.get(), static_cast<int>(command.size()), arguments.data(),
                                lengths.data()) == REDIS_OK ||
         context_failed();
}

bool Connection::write() {
  int is_done = 0;
  if (redisBufferWrite(context_.get(), &is_done) != REDIS_OK) return context_failed();
  has_unwritten_ = is_done == 0;
  return true;
}

bool Connection::read() {
  if (redisBufferRead(context_.get()) != REDIS_OK) return context_failed();
  const auto* reader = context_->reader;
  return reader->len - reader->pos <= kMaxReplyBytes || failed("its reply is too long");
}

bool Connection::next(std::optional<Reply>& reply) {
  reply.reset();
  void* raw = nullptr;
  if (redisGetReplyFromReader(context_.get(), &raw) != REDIS_OK) return context_failed();
  if (raw == nullptr) return true;
  const std::unique_ptr<void, decltype(&freeReplyObject)> owner(raw, &freeReplyObject);
  reply = to_reply(*static_cast<const redisReply*>(raw));
  return true;
}

bool Connection::failed(std::string error) {
  error_ = std::move(error);
  return false;
}

bool Connection::context_failed() {
  const bool has_text = context_->errstr[0] != '\0';
  return failed(has_text ? std::string(context_->errstr) : std::string("the connection failed"));
}

}  // namespace extmail::redis
