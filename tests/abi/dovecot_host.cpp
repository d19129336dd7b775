// SPDX-License-Identifier: MIT
#include "dovecot_host.hpp"

#include <cstdarg>
#include <stdexcept>
#include <utility>

#include <dlfcn.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

// A host fills its requests in; only plugins must not.
#define AUTH_REQUEST_FIELDS_CONST
#include "dovecot-auth-plugin/dovecot.hpp"

namespace {

passdb_module_interface* registered_passdb = nullptr;
userdb_module_interface* registered_userdb = nullptr;
int held_references = 0;
std::function<void()> next_action;
std::vector<std::string> log_lines;

/// One request of the host's, found again through auth_request::context.
struct HostRequest {
  auth_request request{};
  auth_passdb passdb{};
  auth_userdb userdb{};
  std::string user;
  std::shared_ptr<extmail::tests::HostAnswer> answer = std::make_shared<extmail::tests::HostAnswer>();

  HostRequest() {
    request.context = this;
    request.event = event_create(auth_event);
    i_array_init(&request.authdb_event, 1);
    request.passdb = &passdb;
    request.userdb = &userdb;
    request.fields.service = "imap";
    request.fields.secured = AUTH_REQUEST_SECURED_TLS;
    if (net_addr2ip("192.0.2.7", &request.fields.remote_ip) < 0) i_unreached();
  }
  HostRequest(const HostRequest&) = delete;
  HostRequest& operator=(const HostRequest&) = delete;
  ~HostRequest() {
    array_free(&request.authdb_event);
    event_unref(&request.event);
  }

  static HostRequest& of(auth_request* request) { return *static_cast<HostRequest*>(request->context); }
};

/// libdovecot can be initialised once in a process.
struct Libdovecot {
  Libdovecot() { lib_init(); }
  Libdovecot(const Libdovecot&) = delete;
  Libdovecot& operator=(const Libdovecot&) = delete;
  ~Libdovecot() { lib_deinit(); }
};

void keep_log(const failure_context* /*context*/, const char* format, va_list arguments) {
  log_lines.emplace_back(t_strdup_vprintf(format, arguments));
}

void told(auth_request* request, const char* result) {
  auto& answer = *HostRequest::of(request).answer;
  ++answer.times;
  answer.result = result;
  if (next_action) std::exchange(next_action, {})();
}

void on_verified(passdb_result result, auth_request* request) {
  static const std::map<passdb_result, const char*> names{
      {PASSDB_RESULT_OK, "OK"},
      {PASSDB_RESULT_USER_UNKNOWN, "USER_UNKNOWN"},
      {PASSDB_RESULT_PASSWORD_MISMATCH, "PASSWORD_MISMATCH"},
      {PASSDB_RESULT_USER_DISABLED, "USER_DISABLED"},
      {PASSDB_RESULT_INTERNAL_FAILURE, "INTERNAL_FAILURE"}};
  told(request, names.at(result));
}

void on_found(userdb_result result, auth_request* request) {
  static const std::map<userdb_result, const char*> names{
      {USERDB_RESULT_OK, "OK"},
      {USERDB_RESULT_USER_UNKNOWN, "USER_UNKNOWN"},
      {USERDB_RESULT_INTERNAL_FAILURE, "INTERNAL_FAILURE"}};
  told(request, names.at(result));
}

}  // namespace

// The functions and variables of Dovecot's auth program that the plugin binds to when it is loaded.
extern "C" {

event* auth_event = nullptr;
const char auth_default_subsystems[2] = {};

void passdb_register_module(passdb_module_interface* interface) {
  registered_passdb = interface;
}
void passdb_unregister_module(passdb_module_interface* /*interface*/) {
  registered_passdb = nullptr;
}
void userdb_register_module(userdb_module_interface* interface) {
  registered_userdb = interface;
}
void userdb_unregister_module(userdb_module_interface* /*interface*/) {
  registered_userdb = nullptr;
}

void auth_request_ref(auth_request* /*request*/) {
  ++held_references;
}
void auth_request_unref(auth_request** request) {
  *request = nullptr;
  --held_references;
}
void auth_request_set_field(auth_request* request, const char* name, const char* value,
                            const char* /*default_scheme*/) {
  HostRequest::of(request).answer->fields[name] = value;
}
void auth_request_set_userdb_field(auth_request* request, const char* name, const char* value) {
  HostRequest::of(request).answer->fields[name] = value;
}
void auth_request_log_unknown_user(auth_request* request, const char* /*subsystem*/) {
  e_info(request->event, "unknown user");
}
void auth_request_log_password_mismatch(auth_request* request, const char* /*subsystem*/) {
  e_info(request->event, "Password mismatch");
}

}  // extern "C"

namespace extmail::tests {

struct DovecotHost::State {
  void* library = nullptr;
  pool_t pool = nullptr;
  ioloop* loop = nullptr;
  passdb_module* passdb = nullptr;
  userdb_module* userdb = nullptr;
  std::vector<std::unique_ptr<HostRequest>> requests;

  HostRequest& request_for(const std::string& user) {
    auto& made = *requests.emplace_back(std::make_unique<HostRequest>());
    made.user = user;
    made.request.fields.user = made.user.data();
    made.passdb.passdb = passdb;
    made.userdb.userdb = userdb;
    return made;
  }

  std::shared_ptr<const HostAnswer> verify(HostRequest& request, const std::string& password) {
    T_BEGIN {
      registered_passdb->verify_plain(&request.request, password.c_str(), on_verified);
    }
    T_END;
    return request.answer;
  }

  template <typename Function>
  Function symbol(const char* name) const {
    void* found = dlsym(library, name);
    if (found == nullptr) throw std::runtime_error(std::string("the plugin does not export ") + name);
    return reinterpret_cast<Function>(found);
  }
};

DovecotHost::DovecotHost(const std::string& plugin_path) : state_(std::make_unique<State>()) {
  static const Libdovecot libdovecot;
  i_set_info_handler(keep_log);
  i_set_error_handler(keep_log);
  log_lines.clear();
  state_->loop = io_loop_create();
  state_->pool = pool_alloconly_create("auth settings", 8192);
  auth_event = event_create(nullptr);
  state_->library = dlopen(plugin_path.c_str(), RTLD_GLOBAL | RTLD_NOW);
  if (state_->library == nullptr) throw std::runtime_error(dlerror());
  if (std::string(*state_->symbol<const char* const*>("authdb_extmail_version")) != DOVECOT_ABI_VERSION) {
    throw std::runtime_error("the plugin is for another Dovecot");
  }
  state_->symbol<void (*)(module*)>("authdb_extmail_init")(nullptr);
}

DovecotHost::~DovecotHost() {
  close_passdb();
  close_userdb();
  state_->requests.clear();
  event_unref(&auth_event);
  pool_unref(&state_->pool);
  state_->symbol<void (*)()>("authdb_extmail_deinit")();
  dlclose(state_->library);
  io_loop_destroy(&state_->loop);
}

void DovecotHost::open(const std::string& args) {
  state_->passdb = registered_passdb->preinit(state_->pool, args.c_str());
  state_->userdb = registered_userdb->preinit(state_->pool, args.c_str());
}

void DovecotHost::close_passdb() {
  if (state_->passdb != nullptr) registered_passdb->deinit(state_->passdb);
  state_->passdb = nullptr;
}

void DovecotHost::close_userdb() {
  if (state_->userdb != nullptr) registered_userdb->deinit(state_->userdb);
  state_->userdb = nullptr;
}

std::shared_ptr<const HostAnswer> DovecotHost::verify(const std::string& user, const std::string& password) {
  return state_->verify(state_->request_for(user), password);
}

std::shared_ptr<const HostAnswer> DovecotHost::verify_again(const std::string& user,
                                                            const std::string& password) {
  HostRequest& request = state_->request_for(user);
  request.request.fields.skip_password_check = true;
  return state_->verify(request, password);
}

std::shared_ptr<const HostAnswer> DovecotHost::lookup(const std::string& user) {
  HostRequest& request = state_->request_for(user);
  T_BEGIN {
    registered_userdb->lookup(&request.request, on_found);
  }
  T_END;
  return request.answer;
}

void DovecotHost::on_next_answer(std::function<void()> action) {
  next_action = std::move(action);
}

bool DovecotHost::run(const std::function<bool()>& done, const std::function<void()>& between) {
  bool expired = false;
  // The tick makes the loop come back to between(), whose sockets it does not watch.
  timeout* tick = timeout_add_short(
      5, [](void*) {}, static_cast<void*>(nullptr));
  timeout* limit = timeout_add(
      5000, [](void* context) { *static_cast<bool*>(context) = true; }, static_cast<void*>(&expired));
  io_loop_set_running(state_->loop);
  while (!done() && !expired) {
    between();
    io_loop_handler_run(state_->loop);
  }
  timeout_remove(&limit);
  timeout_remove(&tick);
  return !expired;
}

int DovecotHost::references() const {
  return held_references;
}

std::vector<std::string> DovecotHost::log() const {
  return log_lines;
}

SteppedAuthd::SteppedAuthd(std::string path) : path_(std::move(path)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path_.copy(address.sun_path, sizeof address.sun_path - 1);
  listener_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      listen(listener_, SOMAXCONN) != 0) {
    throw std::runtime_error("can't listen on " + path_);
  }
}

SteppedAuthd::~SteppedAuthd() {
  hang_up();
  ::close(listener_);
  unlink(path_.c_str());
}

void SteppedAuthd::poll() {
  const int accepted = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (accepted >= 0) {
    hang_up();
    client_ = accepted;
  }
  if (client_ < 0) return;
  char chunk[4096];
  const ssize_t received = recv(client_, chunk, sizeof chunk, 0);
  if (received == 0) hang_up();
  if (received <= 0) return;
  input_.append(chunk, static_cast<std::size_t>(received));
  for (Frame frame = wire::auth::split_message(input_); frame.state == Frame::State::Complete;
       frame = wire::auth::split_message(input_)) {
    auto request = wire::auth::decode_request(frame.payload);
    input_.erase(0, frame.consumed);
    if (!request) throw std::runtime_error("the plugin sent what is no request");
    if (request->verb == wire::auth::Verb::Hello) {
      ++greetings;
      wire::auth::Reply welcome;
      welcome.status = greeting;
      welcome.tag = request->tag;
      reply(welcome);
    } else {
      asked.push_back(std::move(*request));
    }
  }
}

void SteppedAuthd::reply(const wire::auth::Reply& reply) {
  send_raw(wire::auth::encode(reply).view());
}

void SteppedAuthd::send_raw(std::string_view bytes) {
  if (send(client_, bytes.data(), bytes.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(bytes.size())) {
    throw std::runtime_error("the plugin does not read");
  }
}

void SteppedAuthd::hang_up() {
  if (client_ >= 0) ::close(std::exchange(client_, -1));
  input_.clear();
}

}  // namespace extmail::tests
