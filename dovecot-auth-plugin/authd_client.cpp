// SPDX-License-Identifier: MIT
#include "authd_client.hpp"

#include "dovecot.hpp"
#include "guard.hpp"

#include <utility>

namespace extmail::dovecot {

namespace auth = wire::auth;

namespace {

constexpr std::size_t kMaxReasonBytes = 256;

auth::Reply failure(auth::Status status, std::string reason) {
  auth::Reply reply;
  reply.status = status;
  reply.reason = std::move(reason);
  return reply;
}

std::string protocol_error(std::string_view what) {
  return "unexpected answer (" + std::string(what) +
         "); is this extmail-authd's auth socket, and is it of the same release?";
}

}  // namespace

/// A question that waits for its answer. Stays where it is: its timer points to it.
struct AuthdClient::Pending {
  Pending(AuthdClient& asker, auth::Request question, std::chrono::seconds patience, const void* whose,
          std::unique_ptr<Lookup> who_waits)
      : client(asker),
        request(std::move(question)),
        timeout(patience),
        owner(whose),
        lookup(std::move(who_waits)),
        answers_before(asker.answers_) {
    const auto msecs = std::chrono::milliseconds(timeout).count();
    deadline = timeout_add(static_cast<unsigned int>(msecs), on_deadline, static_cast<void*>(this));
  }
  Pending(const Pending&) = delete;
  Pending& operator=(const Pending&) = delete;
  ~Pending() { timeout_remove(&deadline); }

  AuthdClient& client;
  auth::Request request;  // kept for asking again; wiped with the answer
  std::chrono::seconds timeout;
  const void* owner;
  std::unique_ptr<Lookup> lookup;
  std::uint64_t answers_before;
  bool asked_again = false;
  ::timeout* deadline;
};

template <typename Which>
void AuthdClient::fail(Which which, const std::string& reason, std::vector<Finished>& finished) {
  for (auto it = pending_.begin(); it != pending_.end();) {
    if (which(it->second)) {
      finished.push_back({std::move(it->second.lookup), failure(auth::Status::Temporary, reason)});
      it = pending_.erase(it);
    } else {
      ++it;
    }
  }
}

std::shared_ptr<AuthdClient> AuthdClient::shared(const std::string& socket_path) {
  static std::map<std::string, std::weak_ptr<AuthdClient>> clients;
  std::weak_ptr<AuthdClient>& known = clients[socket_path];
  std::shared_ptr<AuthdClient> client = known.lock();
  if (client == nullptr) {
    client = std::make_shared<AuthdClient>(socket_path);
    known = client;
  }
  return client;
}

AuthdClient::AuthdClient(std::string socket_path)
    : socket_path_(std::move(socket_path)), event_(event_create(auth_event)) {
  event_set_append_log_prefix(event_, ("extmail(" + socket_path_ + "): ").c_str());
}

AuthdClient::~AuthdClient() {
  i_assert(pending_.empty());
  connection_.reset();
  event_unref(&event_);
}

void AuthdClient::ask(auth::Request request, std::chrono::seconds timeout, const void* owner,
                      std::unique_ptr<Lookup> lookup) {
  const std::string trouble = connect();
  if (!trouble.empty()) {
    lookup->finish(failure(auth::Status::Temporary, trouble));
    return;
  }
  request.tag = ++last_tag_;
  Secret message = auth::encode(request);
  // Checked here, because extmail-authd would cut the connection, and with it everybody else's questions.
  if (auth::split_message(message.view()).state != Frame::State::Complete) {
    lookup->finish(failure(auth::Status::Permanent, "user name and password are too long to be asked about"));
    return;
  }
  pending_.try_emplace(last_tag_, *this, std::move(request), timeout, owner, std::move(lookup));
  connection_->send(std::move(message));
}

void AuthdClient::fail_all(const void* owner, const std::string& reason) {
  std::vector<Finished> finished;
  fail([=](const Pending& pending) { return pending.owner == owner; }, reason, finished);
  tell(std::move(finished));
}

std::string AuthdClient::connect() {
  if (connection_ != nullptr) return {};
  auto opened = Connection::open(socket_path_, *this);
  if (!opened.is_found()) return opened.reason();
  connection_ = std::move(opened).value();

  auth::Request hello;
  hello.verb = auth::Verb::Hello;
  hello.tag = hello_tag_ = ++last_tag_;
  hello.host = kHostName;
  connection_->send(auth::encode(hello));
  return {};
}

void AuthdClient::readable() {
  std::vector<Finished> finished;
  std::string broken;
  const bool open = connection_->receive();
  Frame message;
  do {
    message = connection_->next();
    if (message.state == Frame::State::Complete) broken = take_reply(message.payload, finished);
    if (message.state == Frame::State::Malformed) broken = protocol_error(message.error);
  } while (message.state == Frame::State::Complete && broken.empty());

  if (!broken.empty()) {
    broken = str_sanitize(broken.c_str(), kMaxReasonBytes);
    e_error(event_, "closing the connection: %s", broken.c_str());
    disconnect(broken, finished);
  } else if (!open) {
    ask_again("extmail-authd closed the connection without an answer; see its log", finished);
  }
  tell(std::move(finished));
}

std::string AuthdClient::take_reply(std::string_view payload, std::vector<Finished>& finished) {
  auto reply = auth::decode_reply(payload);
  if (!reply) return protocol_error("a message that is no reply");
  if (reply->tag == hello_tag_) {
    if (reply->status == auth::Status::Ok) return {};
    return "extmail-authd refuses to serve this Dovecot: " + reply->reason;
  }
  if (reply->tag == 0 || reply->tag > last_tag_) {
    return protocol_error("a reply to a question that was never asked");
  }
  ++answers_;
  const auto it = pending_.find(reply->tag);
  // Not found: an answer that came after its deadline.
  if (it != pending_.end()) {
    finished.push_back({std::move(it->second.lookup), std::move(*reply)});
    pending_.erase(it);
  }
  return {};
}

void AuthdClient::on_deadline(void* context) {
  guarded([&] {
    const auto* pending = static_cast<const Pending*>(context);
    pending->client.give_up(pending->request.tag);
  });
}

void AuthdClient::give_up(std::uint64_t tag) {
  std::vector<Finished> finished;
  const auto node = pending_.extract(tag);
  Pending& late = node.mapped();
  const std::string reason =
      "extmail-authd did not answer within " + std::to_string(late.timeout.count()) + " s; see its log";
  finished.push_back({std::move(late.lookup), failure(auth::Status::Temporary, reason)});
  // Nobody was answered all the while: whoever holds the other end is stuck. A new connection finds the one
  // who took its place.
  if (!late.asked_again && late.answers_before == answers_) ask_again(reason, finished);
  tell(std::move(finished));
}

void AuthdClient::ask_again(const std::string& reason, std::vector<Finished>& finished) {
  connection_.reset();
  if (pending_.empty()) {
    e_debug(event_, "%s", reason.c_str());
    return;
  }
  fail([](const Pending& pending) { return pending.asked_again; }, reason, finished);
  if (pending_.empty()) return;

  const std::string trouble = connect();
  if (!trouble.empty()) {
    disconnect(reason + "; " + trouble, finished);
    return;
  }
  e_warning(event_, "%s; asking again (%zu lookups)", reason.c_str(), pending_.size());
  for (auto& [tag, pending] : pending_) {
    pending.asked_again = true;
    connection_->send(auth::encode(pending.request));
  }
}

void AuthdClient::disconnect(const std::string& reason, std::vector<Finished>& finished) {
  connection_.reset();
  fail([](const Pending&) { return true; }, reason, finished);
}

void AuthdClient::tell(std::vector<Finished> finished) {
  for (Finished& each : finished) {
    each.lookup->finish(each.reply);
  }
}

}  // namespace extmail::dovecot
