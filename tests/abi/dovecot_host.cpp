// SPDX-License-Identifier: MIT
#include "dovecot_host.hpp"

#include <cstdarg>
#include <stdexcept>
#include <utility>

#include <dlfcn.h>

// A host fills its requests in; only plugins must not.
#define AUTH_REQUEST_FIELDS_CONST
#include "dovecot-auth-plugin/dovecot.hpp"

namespace {

passdb_module_interface* registered_passdb = nullptr;
userdb_module_interface* registered_userdb = nullptr;
int held_references = 0;
std::function<void()> next_action;
std::vector<std::string> log_lines;

/// What settings say of a passdb or userdb, as far as the plugin looks.
struct HostDatabases {
  auth_passdb passdb{};
  auth_userdb userdb{};
#if EXTMAIL_DOVECOT == 204
  auth_passdb_settings passdb_set{};
  auth_userdb_settings userdb_set{};

  HostDatabases() {
    passdb_set.fields_import_all = userdb_set.fields_import_all = true;
    passdb.set = &passdb_set;
    userdb.set = &userdb_set;
  }
#endif
};

/// One request of the host's, found again through auth_request::context.
struct HostRequest {
  auth_request request{};
  HostDatabases databases;
  std::string user;
  std::string scheme;
  std::shared_ptr<extmail::tests::HostAnswer> answer = std::make_shared<extmail::tests::HostAnswer>();

  HostRequest() {
    request.context = this;
    request.event = event_create(auth_event);
    i_array_init(&request.authdb_event, 1);
    request.pool = pool_alloconly_create("request", 1024);
    request.passdb = &databases.passdb;
    request.userdb = &databases.userdb;
#if EXTMAIL_DOVECOT == 203
    request.fields.service = "imap";
    request.fields.secured = AUTH_REQUEST_SECURED_TLS;
#else
    request.fields.protocol = "imap";
    request.fields.conn_secured = AUTH_REQUEST_CONN_SECURED_TLS;
#endif
    if (net_addr2ip("192.0.2.7", &request.fields.remote_ip) < 0) i_unreached();
  }
  HostRequest(const HostRequest&) = delete;
  HostRequest& operator=(const HostRequest&) = delete;
  ~HostRequest() {
    array_free(&request.authdb_event);
    event_unref(&request.event);
    pool_unref(&request.pool);
  }

  static HostRequest& of(auth_request* request) {
    return *static_cast<HostRequest*>(request->context);
  }
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

const char* name_of(passdb_result result) {
  static const std::map<passdb_result, const char*> names{
      {PASSDB_RESULT_OK, "OK"},
      {PASSDB_RESULT_USER_UNKNOWN, "USER_UNKNOWN"},
      {PASSDB_RESULT_PASSWORD_MISMATCH, "PASSWORD_MISMATCH"},
      {PASSDB_RESULT_USER_DISABLED, "USER_DISABLED"},
      {PASSDB_RESULT_SCHEME_NOT_AVAILABLE, "SCHEME_NOT_AVAILABLE"},
      {PASSDB_RESULT_INTERNAL_FAILURE, "INTERNAL_FAILURE"}};
  return names.at(result);
}

void on_verified(passdb_result result, auth_request* request) {
  told(request, name_of(result));
}

void on_credentials(passdb_result result, const unsigned char* /*credentials*/, std::size_t /*size*/,
                    auth_request* request) {
  told(request, name_of(result));
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

// Without what Dovecot's makes of them, which is its own matter.
void passdb_handle_credentials(passdb_result result, const char* password, const char* scheme,
                               lookup_credentials_callback_t* callback, auth_request* request) {
  if (password != nullptr) {
    HostRequest::of(request).answer->password = std::string("{") + scheme + "}" + password;
  } else if (result == PASSDB_RESULT_OK && *request->wanted_credentials_scheme != '\0' &&
             request->fields.delayed_credentials == nullptr) {
    result = PASSDB_RESULT_SCHEME_NOT_AVAILABLE;
  }
  callback(result, nullptr, 0, request);
}

#if EXTMAIL_DOVECOT == 203
void auth_request_log_unknown_user(auth_request* request, const char* /*subsystem*/) {
  e_info(request->event, "unknown user");
}
void auth_request_log_password_mismatch(auth_request* request, const char* /*subsystem*/) {
  e_info(request->event, "Password mismatch");
}
#else
void auth_request_db_log_unknown_user(auth_request* request) {
  e_info(request->event, "unknown user");
}
void auth_request_db_log_password_mismatch(auth_request* request) {
  e_info(request->event, "Password mismatch");
}

// The fields that an administrator's passdb_fields may refer to; there are none here.
auth_fields* auth_fields_init(pool_t /*pool*/) {
  return nullptr;
}
void auth_fields_add(auth_fields* /*fields*/, const char* /*key*/, const char* /*value*/,
                     auth_field_flags /*flags*/) {}
int auth_request_set_passdb_fields(auth_request* /*request*/, auth_fields* /*fields*/) {
  return 0;
}
int auth_request_set_userdb_fields(auth_request* /*request*/, auth_fields* /*fields*/) {
  return 0;
}
#endif

}  // extern "C"

namespace extmail::tests {
namespace {

/// What Dovecot's auth-worker does to list users (auth_worker_handle_list()), with its output buffer
/// imagined.
class ListRun {
 public:
  ListRun(HostRequest& request, std::size_t chunk) : chunk_(chunk) {
    iteration_ = registered_userdb->iterate_init(&request.request, on_name, this);
    next();
  }
  ListRun(const ListRun&) = delete;
  ListRun& operator=(const ListRun&) = delete;
  ~ListRun() { end(); }

  void next() {
    if (iteration_ == nullptr) return;
    T_BEGIN {
      registered_userdb->iterate_next(iteration_);
    }
    T_END;
  }

  void end() {
    if (iteration_ == nullptr) return;
    list->failed = registered_userdb->iterate_deinit(std::exchange(iteration_, nullptr)) < 0;
    list->ended = true;
  }

  const std::shared_ptr<HostList> list = std::make_shared<HostList>();

 private:
  static void on_name(const char* name, void* context) { static_cast<ListRun*>(context)->take(name); }

  void take(const char* name) {
    if (name == nullptr) {
      if (sending_) {
        done_ = true;
      } else {
        end();
      }
      return;
    }
    list->names.emplace_back(name);
    if (sending_) {
      sent_ = true;
      return;
    }
    sending_ = true;
    std::size_t in_buffer = 1;
    do {
      sent_ = false;
      next();
      ++in_buffer;
    } while (sent_ && in_buffer < chunk_);
    sending_ = false;
    if (done_) end();
  }

  const std::size_t chunk_;
  userdb_iterate_context* iteration_ = nullptr;
  bool sending_ = false;
  bool sent_ = false;
  bool done_ = false;
};

}  // namespace

struct DovecotHost::State {
  void* library = nullptr;
  pool_t pool = nullptr;
  ioloop* loop = nullptr;
  passdb_module* passdb = nullptr;
  userdb_module* userdb = nullptr;
  std::vector<std::unique_ptr<HostRequest>> requests;
  std::unique_ptr<ListRun> list;

  HostRequest& request_for(const std::string& user) {
    auto& made = *requests.emplace_back(std::make_unique<HostRequest>());
    made.user = user;
    made.request.fields.user = made.user.data();
    made.databases.passdb.passdb = passdb;
    made.databases.userdb.userdb = userdb;
    return made;
  }

  std::shared_ptr<const HostAnswer> verify(HostRequest& request, const std::string& password) {
    T_BEGIN {
      registered_passdb->verify_plain(&request.request, password.c_str(), on_verified);
    }
    T_END;
    return request.answer;
  }

  std::shared_ptr<const HostAnswer> credentials(HostRequest& request, const std::string& scheme) {
    request.scheme = scheme;
    request.request.wanted_credentials_scheme = request.scheme.c_str();
    T_BEGIN {
      registered_passdb->lookup_credentials(&request.request, on_credentials);
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
  state_->list.reset();
  close_passdb();
  close_userdb();
  state_->requests.clear();
  event_unref(&auth_event);
  pool_unref(&state_->pool);
  state_->symbol<void (*)()>("authdb_extmail_deinit")();
  dlclose(state_->library);
  io_loop_destroy(&state_->loop);
}

void DovecotHost::open(const std::string& socket_path, int timeout_seconds) {
#if EXTMAIL_DOVECOT == 203
  const std::string args = "socket=" + socket_path + " timeout=" + std::to_string(timeout_seconds);
  state_->passdb = registered_passdb->preinit(state_->pool, args.c_str());
  state_->userdb = registered_userdb->preinit(state_->pool, args.c_str());
#else
  settings_root* root = settings_root_init();
  settings_root_override(root, "extmail_socket_path", socket_path.c_str(), SETTINGS_OVERRIDE_TYPE_CODE);
  settings_root_override(root, "extmail_timeout", (std::to_string(timeout_seconds) + "s").c_str(),
                         SETTINGS_OVERRIDE_TYPE_CODE);
  event* event = event_create(auth_event);
  event_set_ptr(event, SETTINGS_EVENT_ROOT, root);
  const char* error = nullptr;
  if (registered_passdb->preinit(state_->pool, event, &state_->passdb, &error) < 0 ||
      registered_userdb->preinit(state_->pool, event, &state_->userdb, &error) < 0) {
    throw std::runtime_error(error);
  }
  event_unref(&event);
  settings_root_deinit(&root);
#endif
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

std::shared_ptr<const HostAnswer> DovecotHost::credentials(const std::string& user,
                                                           const std::string& scheme) {
  return state_->credentials(state_->request_for(user), scheme);
}

std::shared_ptr<const HostAnswer> DovecotHost::credentials_again(const std::string& user,
                                                                 const std::string& scheme) {
  static const unsigned char earlier[] = "of an earlier passdb";
  HostRequest& request = state_->request_for(user);
  request.request.fields.delayed_credentials = earlier;
  return state_->credentials(request, scheme);
}

std::shared_ptr<const HostList> DovecotHost::list(std::size_t chunk) {
  state_->list = std::make_unique<ListRun>(state_->request_for("*"), chunk);
  return state_->list->list;
}

void DovecotHost::resume_list() {
  state_->list->next();
}

void DovecotHost::end_list() {
  state_->list->end();
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

}  // namespace extmail::tests
