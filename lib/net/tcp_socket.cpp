// SPDX-License-Identifier: MIT
#include "net/tcp_socket.hpp"

#include <cerrno>
#include <stdexcept>
#include <system_error>

#include <asio.hpp>
#include <fcntl.h>

namespace extmail::net {

int open_tcp_socket(const TcpListener& listener) {
  try {
    const asio::ip::tcp::endpoint endpoint(asio::ip::make_address(listener.address), listener.port);
    asio::io_context context;
    asio::ip::tcp::acceptor acceptor(context, endpoint.protocol());
    acceptor.set_option(asio::socket_base::reuse_address(true));
    if (endpoint.protocol() == asio::ip::tcp::v6()) acceptor.set_option(asio::ip::v6_only(true));
    acceptor.bind(endpoint);
    acceptor.listen(kBacklog);
    const int descriptor = ::fcntl(acceptor.native_handle(), F_DUPFD_CLOEXEC, 0);
    if (descriptor < 0) throw std::system_error(errno, std::generic_category());
    return descriptor;
  } catch (const std::system_error& error) {
    const bool is_taken = error.code() == asio::error::address_in_use;
    throw std::runtime_error("cannot listen on " + describe(listener) + ": " + error.code().message() +
                             (is_taken ? "; stop the other process or change the port" : ""));
  }
}

}  // namespace extmail::net
