// SPDX-License-Identifier: MIT
//
// auth_load SOCKET IN_FLIGHT LOGINS [MASTER] < USERS: PLAIN logins on a Dovecot 2.3 auth socket, as one login process
// has them: a single connection, always so many under way. A line of USERS is `user TAB password TAB ok`, or `no` for
// who must be refused; they take turns until all logins are done. With MASTER, the socket auth-master, each that
// succeeded is also asked for its user's mailbox, which an imap process does next (SOCKET must be login/login then).
//
// Prints `logins/s p50_us p99_us cpu_us wrong`: the times of a login, the processor time that a login took here, and
// how many ended otherwise than they should, of which the first is shown on standard error. A temporary failure always
// is one. Whoever does not answer for 30 s is an error.

#include "load.hpp"
#include "unix_socket.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <poll.h>
#include <unistd.h>

namespace {

using namespace extmail::bench;

/// Takes the text before the first separator off the front; all of it where there is none.
std::string_view take(std::string_view& text, char separator) {
  const std::size_t end = std::min(text.find(separator), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return word;
}

std::uint32_t id_of(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    throw std::runtime_error("not a number in Dovecot's answer: " + std::string(text));
  return value;
}

std::string base64(std::string_view bytes) {
  static constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto byte = [&](std::size_t at) -> std::uint32_t {
      return at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0U;
    };
    const std::uint32_t group = byte(i) << 16U | byte(i + 1) << 8U | byte(i + 2);
    text += kDigits[group >> 18U];
    text += kDigits[group >> 12U & 63U];
    text += i + 1 < bytes.size() ? kDigits[group >> 6U & 63U] : '=';
    text += i + 2 < bytes.size() ? kDigits[group & 63U] : '=';
  }
  return text;
}

/// Lines in both directions; what is to be sent is gathered and goes out at once.
class Connection {
 public:
  explicit Connection(const std::string& path) : socket_(path) {}

  [[nodiscard]] int fd() const { return socket_.fd(); }

  std::string& output() { return output_; }

  void flush() {
    socket_.send(output_);
    output_.clear();
  }

  /// Whole lines, each given to `each`; what was begun waits for the next call.
  template <typename Each>
  void receive(Each each) {
    if (!socket_.receive(input_)) throw std::runtime_error("Dovecot closed the connection; see its log");
    std::size_t done = 0;
    for (std::size_t end = input_.find('\n'); end != std::string::npos; end = input_.find('\n', done)) {
      each(std::string_view(input_).substr(done, end - done));
      done = end + 1;
    }
    input_.erase(0, done);
  }

 private:
  const UnixSocket socket_;
  std::string output_;
  std::string input_;
};

/// Who logs in, with the parameters of AUTH, made once.
struct Account {
  User user;
  std::string parameters;
};

/// Each has a /24 network of their own, as people have, and who is refused spoils nobody else's.
std::string address_of(std::size_t place, bool is_right) {
  const std::string net = is_right ? "10." + std::to_string(place >> 8U & 255U) : "198.18";
  return net + '.' + std::to_string(place & 255U) + '.' + std::to_string(place >> 16U & 255U);
}

std::vector<Account> read_accounts() {
  std::vector<Account> accounts;
  for (User& user : read_users()) {
    const std::string response = '\0' + user.name + '\0' + user.password;
    std::string parameters =
        "PLAIN\tservice=imap\tsecured\tlip=192.0.2.1\trip=" + address_of(accounts.size(), user.is_right) +
        "\tlport=143\trport=50000\tresp=";
    parameters.append(base64(response)).append(1, '\n');  // resp is the last by Dovecot's rule
    accounts.push_back({std::move(user), std::move(parameters)});
  }
  return accounts;
}

class Load {
 public:
  Load(const std::string& socket, const std::string& master, std::vector<Account> accounts)
      : accounts_(std::move(accounts)), client_(socket) {
    client_.output() = "VERSION\t1\t2\nCPID\t" + std::to_string(::getpid()) + '\n';
    client_.flush();
    for (bool ready = false; !ready;) {
      wait_for_answers();
      client_.receive([&](std::string_view line) {
        const std::string_view word = take(line, '\t');
        if (word == "COOKIE") cookie_ = line;
        if (word == "DONE") ready = true;
      });
    }
    if (master.empty()) return;
    master_ = std::make_unique<Connection>(master);
    master_->output() = "VERSION\t1\t1\n";
    master_->flush();
  }

  void run(std::size_t in_flight, std::size_t logins) {
    tally_.took_us.reserve(logins);
    to_begin_ = logins;
    const auto began = Clock::now();
    const std::clock_t cpu_began = std::clock();
    while (under_way_.size() < in_flight && to_begin_ > 0)
      begin();
    while (!under_way_.empty()) {
      client_.flush();
      if (master_ != nullptr) master_->flush();
      take_answers(wait_for_answers());
    }
    const double cpu = static_cast<double>(std::clock() - cpu_began) / CLOCKS_PER_SEC;
    tally_.ended = Clock::now();
    print({{std::move(tally_)}, began, cpu});
  }

 private:
  struct Login {
    const User* user = nullptr;
    Clock::time_point began;
  };

  void begin() {
    --to_begin_;
    const Account& account = accounts_[next_++ % accounts_.size()];
    const std::uint32_t id = ++last_id_;
    client_.output().append("AUTH\t").append(std::to_string(id)).append(1, '\t').append(account.parameters);
    under_way_[id] = {&account.user, Clock::now()};
  }

  using Sockets = std::array<pollfd, 2>;

  Sockets wait_for_answers() {
    Sockets sockets{{{client_.fd(), POLLIN, 0}, {-1, POLLIN, 0}}};
    if (master_ != nullptr) sockets[1].fd = master_->fd();
    const int ready = ::poll(sockets.data(), sockets.size(), kPatienceSeconds * 1000);
    if (ready < 0) fail("poll");
    if (ready == 0) throw std::runtime_error("no answer for 30 s");
    return sockets;
  }

  void take_answers(const Sockets& ready) {
    if (ready[0].revents != 0) client_.receive([this](std::string_view line) { take_answer(line); });
    if (ready[1].revents != 0) master_->receive([this](std::string_view line) { take_mailbox(line); });
  }

  void take_answer(std::string_view line) {
    std::string_view rest = line;
    const std::string_view word = take(rest, '\t');
    if (word != "OK" && word != "FAIL") throw std::runtime_error("unexpected answer: " + std::string(line));
    const std::uint32_t id = id_of(take(rest, '\t'));
    const auto login = under_way_.find(id);
    if (login == under_way_.end()) throw std::runtime_error("an answer that nobody waits for");
    const User& user = *login->second.user;
    const bool is_ok = word == "OK";
    const bool is_temporary = !is_ok && rest.find("temp") != std::string_view::npos;
    if (is_ok != user.is_right || is_temporary || (is_ok && take(rest, '\t') != "user=" + user.name)) {
      complain(user, line);
    } else if (is_ok && master_ != nullptr) {
      const std::string pid = std::to_string(::getpid());
      master_->output()
          .append("REQUEST\t" + std::to_string(id) + '\t' + pid + '\t' + std::to_string(id) + '\t')
          .append(cookie_ + "\tsession_pid=" + pid + '\n');
      return;
    }
    end(login);
  }

  void take_mailbox(std::string_view line) {
    std::string_view rest = line;
    const std::string_view word = take(rest, '\t');
    if (word == "VERSION" || word == "SPID") return;
    const auto login = under_way_.find(id_of(take(rest, '\t')));
    if (login == under_way_.end()) throw std::runtime_error("a mailbox that nobody waits for");
    if (word != "USER" || rest.find("\tuid=") == std::string_view::npos) complain(*login->second.user, line);
    end(login);
  }

  void end(std::unordered_map<std::uint32_t, Login>::iterator login) {
    tally_.took_us.push_back(
        std::chrono::duration<double, std::micro>(Clock::now() - login->second.began).count());
    under_way_.erase(login);
    if (to_begin_ > 0) begin();
  }

  void complain(const User& user, std::string_view answer) {
    if (tally_.wrong++ == 0) extmail::bench::complain(user, {Answer::Trouble, std::string(answer)});
  }

  const std::vector<Account> accounts_;
  Connection client_;
  std::unique_ptr<Connection> master_;
  std::string cookie_;
  std::unordered_map<std::uint32_t, Login> under_way_;
  std::uint32_t last_id_ = 0;
  std::size_t next_ = 0;
  std::size_t to_begin_ = 0;
  Tally tally_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4 && argc != 5) {
    std::cerr << "usage: auth_load SOCKET IN_FLIGHT LOGINS [MASTER] < USERS\n";
    return 2;
  }
  try {
    Load load(argv[1], argc == 5 ? argv[4] : "", read_accounts());
    load.run(number<std::size_t>(argv[2]), number<std::size_t>(argv[3]));
    return EXIT_SUCCESS;
  } catch (const std::exception& error) {
    std::cerr << "auth_load: " << error.what() << '\n';
    return EXIT_FAILURE;
  }
}
