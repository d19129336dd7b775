// SPDX-License-Identifier: MIT
#include "sasl_host.hpp"

#include <array>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <mutex>
#include <stdexcept>
#include <utility>

namespace extmail::tests {
namespace {

constexpr const char* kProgram = "extmail-test";

std::mutex log_mutex;
std::string log_text;

int write_log(void* /*context*/, int /*level*/, const char* message) {
  const std::lock_guard lock(log_mutex);
  log_text.append(message).append(1, '\n');
  return SASL_OK;
}

int allow_any_proxy(sasl_conn_t* /*conn*/, void* /*context*/, const char* /*requested_user*/,
                    unsigned /*length*/, const char* /*user*/, unsigned /*user_length*/,
                    const char* /*realm*/, unsigned /*realm_length*/, propctx* /*properties*/) {
  return SASL_OK;
}

int give_name(void* context, int id, const char** result, unsigned* length) {
  const auto& login = *static_cast<const Login*>(context);
  const std::string& name = id == SASL_CB_USER ? login.act_as : login.user;
  *result = name.c_str();
  if (length != nullptr) *length = static_cast<unsigned>(name.size());
  return SASL_OK;
}

int give_password(sasl_conn_t* /*conn*/, void* context, int /*id*/, sasl_secret_t** secret) {
  // libsasl2's struct ends in an array that is as long as its length member says. It reads it, and no more.
  static thread_local std::vector<unsigned long> memory;
  const std::string_view password = static_cast<const Login*>(context)->password;
  memory.assign((sizeof(sasl_secret_t) + password.size()) / sizeof(unsigned long) + 1, 0);
  *secret = reinterpret_cast<sasl_secret_t*>(memory.data());
  (*secret)->len = password.size();
  std::memcpy((*secret)->data, password.data(), password.size());
  return SASL_OK;
}

using Callback = int (*)();  // what libsasl2 holds them as

template <typename Function>
Callback callback(Function* function) {
  return reinterpret_cast<Callback>(reinterpret_cast<void*>(function));
}

const std::array<sasl_callback_t, 3> kServerCallbacks{
    {{SASL_CB_LOG, callback(write_log), nullptr},
     {SASL_CB_PROXY_POLICY, callback(allow_any_proxy), nullptr},
     {SASL_CB_LIST_END, nullptr, nullptr}}};

/// sasl_dispose() wants the address of a pointer.
struct Connection {
  Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { sasl_dispose(&handle); }
  sasl_conn_t* handle = nullptr;
};

void require(int result, const char* what) {
  if (result != SASL_OK) {
    throw std::runtime_error(std::string(what) + ": " + sasl_errstring(result, nullptr, nullptr));
  }
}

}  // namespace

ScratchFolder::ScratchFolder() {
  std::string name = "/tmp/extmail-sasl-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
  root_ = name;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(root_, ignored);
}

SaslHost::SaslHost(const ScratchFolder& scratch, const std::string& configuration) {
  // A folder with what is under test and nothing else: an installed plugin must not answer in its place.
  const std::filesystem::path plugins = scratch.path("plugins");
  std::filesystem::create_directories(plugins);
  const auto use = [&](const std::filesystem::path& file) {
    if (!std::filesystem::exists(file)) throw std::runtime_error("no " + file.string());
    const auto link = plugins / file.filename();
    std::filesystem::remove(link);
    std::filesystem::create_symlink(file, link);
  };
  use(EXTMAIL_SASL_PLUGIN);
  for (const char* mechanism :
       {"libplain.so", "liblogin.so", "libcrammd5.so", "libdigestmd5.so", "libscram.so"}) {
    use(std::filesystem::path(SASL_MECHANISM_FOLDER) / mechanism);
  }
  std::ofstream(scratch.path(std::string(kProgram) + ".conf")) << configuration;

  ::setenv("SASL_PATH", plugins.c_str(), 1);
  ::setenv("SASL_CONF_PATH", scratch.path("").c_str(), 1);
  require(sasl_client_init(nullptr), "sasl_client_init");
  require(sasl_server_init(kServerCallbacks.data(), kProgram), "sasl_server_init");
  (void)take_log();
}

SaslHost::~SaslHost() {
  sasl_server_done();
  sasl_client_done();
}

std::string SaslHost::take_log() {
  const std::lock_guard lock(log_mutex);
  return std::exchange(log_text, {});
}

int SaslHost::log_in(const Login& login) const {
  void* const context = const_cast<Login*>(&login);
  const std::array<sasl_callback_t, 4> answers{{{SASL_CB_USER, callback(give_name), context},
                                                {SASL_CB_AUTHNAME, callback(give_name), context},
                                                {SASL_CB_PASS, callback(give_password), context},
                                                {SASL_CB_LIST_END, nullptr, nullptr}}};
  Connection client;
  Connection server;
  require(sasl_client_new("smtp", "mail.test", nullptr, nullptr, answers.data(), 0, &client.handle),
          "client");
  require(sasl_server_new("smtp", "mail.test", login.realm.empty() ? nullptr : login.realm.c_str(),
                          "192.0.2.1;25", "192.0.2.7;54321", nullptr, 0, &server.handle),
          "server");
  if (!login.properties.empty()) {
    auto names = login.properties;
    names.push_back(nullptr);
    require(sasl_auxprop_request(server.handle, names.data()), "properties");
  }

  const char* to_server = nullptr;
  const char* to_client = nullptr;
  unsigned to_server_length = 0;
  unsigned to_client_length = 0;
  int ours = sasl_client_start(client.handle, login.mechanism.c_str(), nullptr, &to_server, &to_server_length,
                               nullptr);
  if (ours != SASL_OK && ours != SASL_CONTINUE) require(ours, "client start");
  int theirs = sasl_server_start(server.handle, login.mechanism.c_str(), to_server, to_server_length,
                                 &to_client, &to_client_length);
  while (theirs == SASL_CONTINUE) {
    ours =
        sasl_client_step(client.handle, to_client, to_client_length, nullptr, &to_server, &to_server_length);
    if (ours != SASL_OK && ours != SASL_CONTINUE) require(ours, "client step");
    theirs = sasl_server_step(server.handle, to_server, to_server_length, &to_client, &to_client_length);
  }
  return theirs;
}

int SaslHost::set_password(const std::string& user, const std::string& realm, std::string_view password,
                           unsigned flags) const {
  Connection server;
  require(sasl_server_new("smtp", "mail.test", realm.empty() ? nullptr : realm.c_str(), nullptr, nullptr,
                          nullptr, 0, &server.handle),
          "server");
  return sasl_setpass(server.handle, user.c_str(), password.data(), static_cast<unsigned>(password.size()),
                      nullptr, 0, flags);
}

}  // namespace extmail::tests
