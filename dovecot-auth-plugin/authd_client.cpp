// SPDX-License-Identifier: MIT
#include "authd_client.hpp"

#include "cork.hpp"
#include "dovecot.hpp"
#include "guard.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace extmail::dovecot {

namespace auth = wire::auth;

namespace {

constexpr std::size_t kMaxReasonBytes = 256;

// Often enough for nobody to notice, when extmail-authd is back, and seldom enough to be no load while it is
// not.
constexpr std::chrono::milliseconds kRetryAfter{100};

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

std::string no_answer_within(std::chrono::seconds timeout) {
  return "extmail-authd did not answer within " + std::to_string(timeout.count()) + " s; see its log";
}

}  // namespace

template <typename Which, typename Reason>
void AuthdClient::fail(Which which, Reason reason, std::vector<Finished>& finished) {
  std::vector<Pending<Question>::Tag> failed;
  pending_.for_each([&](auto tag, const Question& question) {
    if (which(question)) failed.push_back(tag);
  });
  std::sort(failed.begin(), failed.end());  // who asked first is told first
  for (const auto tag : failed) {
    Question question = pending_.take(tag);
    finished.push_back({std::move(question.lookup), failure(auth::Status::Temporary, reason(question))});
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
  timeout_remove(&deadline_);
  connection_.reset();
  event_unref(&event_);
}

void AuthdClient::ask(auth::Request request, std::chrono::seconds timeout, const void* owner,
                      std::unique_ptr<Lookup> lookup) {
  const std::string trouble = pending_.is_full() ? "too many lookups wait for extmail-authd" : connect();
  if (!trouble.empty()) {
    lookup->finish(failure(auth::Status::Temporary, trouble));
    return;
  }
  request.tag = pending_.next_tag();
  Question question;
  question.message = auth::encode(request);
  // Checked here, because extmail-authd would cut the connection, and with it everybody else's questions.
  if (auth::split_message(question.message.view()).state != Frame::State::Complete) {
    lookup->finish(failure(auth::Status::Permanent, "user name and password are too long to be asked about"));
    return;
  }
  question.timeout = timeout;
  question.deadline = Clock::now() + timeout;
  question.owner = owner;
  question.lookup = std::move(lookup);
  question.answers_before = answers_;
  connection_->send(question.message.view());
  watch(question.deadline);
  pending_.add(std::move(question));
}

void AuthdClient::fail_all(const void* owner, const std::string& reason) {
  std::vector<Finished> finished;
  fail([=](const Question& question) { return question.owner == owner; },
       [&](const Question&) { return reason; }, finished);
  tell(std::move(finished));
}

std::string AuthdClient::connect() {
  if (connection_ != nullptr) return {};
  if (!trouble_.empty() && Clock::now() < next_attempt_) return trouble_;
  trouble_.clear();
  auto opened = Connection::open(socket_path_, *this);
  if (!opened.is_found()) {
    hold_off(opened.reason());
    return trouble_;
  }
  connection_ = std::move(opened).value();
  welcome_ = false;

  auth::Request hello;
  hello.verb = auth::Verb::Hello;
  hello.tag = hello_tag_ = pending_.extra_tag();
  hello.host = kHostName;
  connection_->send(auth::encode(hello).view());
  return {};
}

void AuthdClient::hold_off(const std::string& trouble) {
  trouble_ = trouble;
  next_attempt_ = Clock::now() + kRetryAfter;
}

void AuthdClient::log_once(const std::string& trouble) {
  if (logged_ == trouble) return;
  logged_ = trouble;
  e_error(event_, "closing the connection: %s", trouble.c_str());
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
    log_once(broken);
    hold_off(broken);
    disconnect(broken, finished);
  } else if (!open) {
    ask_again("extmail-authd closed the connection without an answer; see its log", finished);
  }
  tell(std::move(finished));
}

std::string AuthdClient::take_reply(std::string_view payload, std::vector<Finished>& finished) {
  auto reply = auth::decode_reply(payload);
  if (!reply) return protocol_error("a message that is no reply");
  if (reply->tag == hello_tag_) return take_greeting(*reply);
  if (!pending_.was_given(reply->tag)) return protocol_error("a reply to a question that was never asked");
  ++answers_;
  // Not found: an answer that came after its deadline.
  if (pending_.find(reply->tag) != nullptr) {
    finished.push_back({pending_.take(reply->tag).lookup, std::move(*reply)});
  }
  return {};
}

std::string AuthdClient::take_greeting(const auth::Reply& reply) {
  if (reply.status != auth::Status::Ok) return "extmail-authd refuses to serve this Dovecot: " + reply.reason;
  welcome_ = true;
  unwelcome_ = 0;
  logged_.clear();
  return {};
}

void AuthdClient::watch(Clock::time_point deadline) {
  if (deadline_ != nullptr && deadline_at_ <= deadline) return;
  timeout_remove(&deadline_);
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
  const auto msecs = std::max<std::chrono::milliseconds::rep>(wait.count(), 1);
  deadline_ = timeout_add(static_cast<unsigned int>(msecs), on_deadline, static_cast<void*>(this));
  deadline_at_ = deadline;
}

void AuthdClient::on_deadline(void* context) {
  guarded([&] { static_cast<AuthdClient*>(context)->give_up_late(); });
}

void AuthdClient::give_up_late() {
  timeout_remove(&deadline_);
  const auto now = Clock::now();
  // Nobody was answered since one of them was asked: whoever holds the other end is stuck. A new connection
  // finds the one who took its place.
  std::string stuck;
  pending_.for_each([&](auto /*tag*/, const Question& question) {
    if (question.deadline > now) {
      watch(question.deadline);
    } else if (!question.asked_again && question.answers_before == answers_) {
      stuck = no_answer_within(question.timeout);
    }
  });
  std::vector<Finished> finished;
  fail([=](const Question& question) { return question.deadline <= now; },
       [](const Question& question) { return no_answer_within(question.timeout); }, finished);
  if (!stuck.empty()) ask_again(stuck, finished);
  tell(std::move(finished));
}

void AuthdClient::ask_again(const std::string& reason, std::vector<Finished>& finished) {
  connection_.reset();
  if (!welcome_ && ++unwelcome_ > 1) hold_off(reason);
  if (pending_.empty()) {
    e_debug(event_, "%s", reason.c_str());
    return;
  }
  const auto why = [&](const Question&) { return reason; };
  fail([](const Question& question) { return question.asked_again; }, why, finished);
  if (pending_.empty()) return;

  const std::string trouble = connect();
  if (!trouble.empty()) {
    disconnect(reason == trouble ? reason : reason + "; " + trouble, finished);
    return;
  }
  e_warning(event_, "%s; asking again (%zu lookups)", reason.c_str(), pending_.size());
  pending_.for_each([&](auto /*tag*/, Question& question) {
    question.asked_again = true;
    connection_->send(question.message.view());
  });
}

void AuthdClient::disconnect(const std::string& reason, std::vector<Finished>& finished) {
  connection_.reset();
  fail([](const Question&) { return true; }, [&](const Question&) { return reason; }, finished);
}

void AuthdClient::tell(std::vector<Finished> finished) {
  Cork cork;
  for (Finished& each : finished) {
    if (const auto* request = each.lookup->request()) cork.hold(*request);
    each.lookup->finish(each.reply);
  }
}

}  // namespace extmail::dovecot
