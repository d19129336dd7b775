// SPDX-License-Identifier: MIT
//
// The built auxprop plugin called without libsasl2: as versions of it would that are not here, and from many threads at once.
#include "sasl_setup.hpp"
#include "support/catch.hpp"

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <dlfcn.h>
#include <sasl/sasl.h>
#include <sasl/saslplug.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using extmail::tests::kGood;
using Setup = extmail::tests::SaslSetup;

// NOLINTNEXTLINE(cert-dcl50-cpp): the signature is libsasl2's
void log_nothing(sasl_conn_t* /*conn*/, int /*level*/, const char* /*format*/, ...) {}

/// As much of libsasl2's function table as the plugin uses, for calls that libsasl2 2.1.28 never makes.
sasl_utils_t bare_utils(const char* socket) {
  sasl_utils_t utils{};
  utils.getopt_context = const_cast<char*>(socket);
  utils.getopt = [](void* context, const char*, const char* option, const char** result, unsigned*) {
    if (std::string(option) != "extmail_socket") return SASL_FAIL;
    *result = static_cast<const char*>(context);
    return SASL_OK;
  };
  utils.getprop = [](sasl_conn_t*, int, const void**) { return SASL_NOTDONE; };
  utils.log = log_nothing;
  utils.prop_get = prop_get;
  utils.prop_set = prop_set;
  utils.prop_erase = prop_erase;
  return utils;
}

/// A lookup with properties of its own, as each connection of a host has them.
bool gives_password(const sasl_auxprop_plug_t& plugin, const sasl_utils_t& utils) {
  constexpr std::string_view kUser = "clear@d.test";
  const char* names[] = {SASL_AUX_PASSWORD, nullptr};
  sasl_server_params_t params{};
  params.utils = &utils;
  params.propctx = prop_new(0);
  propval value{};
  const bool found =
      prop_request(params.propctx, names) == SASL_OK &&
      plugin.auxprop_lookup(plugin.glob_context, &params, 0, kUser.data(), kUser.size()) == SASL_OK &&
      prop_getnames(params.propctx, names, &value) == 1 && value.values != nullptr &&
      value.values[0] == kGood;
  prop_dispose(&params.propctx);
  return found;
}

}  // namespace

TEST_CASE("sasl plugin: direct calls", "[abi][sasl]") {
  const Setup setup;
  const std::unique_ptr<void, int (*)(void*)> library(::dlopen(EXTMAIL_SASL_PLUGIN, RTLD_NOW | RTLD_LOCAL),
                                                      ::dlclose);
  REQUIRE(library != nullptr);
  auto* const init = reinterpret_cast<sasl_auxprop_init_t*>(::dlsym(library.get(), "sasl_auxprop_plug_init"));
  REQUIRE(init != nullptr);

  const std::string socket = setup.scratch.path("auth");
  const sasl_utils_t utils = bare_utils(socket.c_str());
  sasl_auxprop_plug_t* plugin = nullptr;
  int version = 0;

  CHECK(init(&utils, SASL_AUXPROP_PLUG_VERSION - 1, &version, &plugin, "extmail") == SASL_BADVERS);
  CHECK(init(nullptr, SASL_AUXPROP_PLUG_VERSION, &version, &plugin, "extmail") == SASL_BADPARAM);
  CHECK(plugin == nullptr);
  REQUIRE(init(&utils, SASL_AUXPROP_PLUG_VERSION, &version, &plugin, "extmail") == SASL_OK);
  CHECK(version == SASL_AUXPROP_PLUG_VERSION);

  sasl_auxprop_plug_t* of_a_later_library = nullptr;  // which names the newest version that it knows
  REQUIRE(init(&utils, SASL_AUXPROP_PLUG_VERSION + 1, &version, &of_a_later_library, "extmail") == SASL_OK);
  CHECK(version == SASL_AUXPROP_PLUG_VERSION);
  of_a_later_library->auxprop_free(of_a_later_library->glob_context, &utils);

  sasl_server_params_t params{};
  params.utils = &utils;
  params.propctx = prop_new(0);
  const char* names[] = {SASL_AUX_PASSWORD, nullptr};
  REQUIRE(prop_request(params.propctx, names) == SASL_OK);

  /// What the property has after a lookup, when it had another value before.
  const auto value_after = [&](unsigned flags, const std::string& user) -> std::optional<std::string> {
    prop_clear(params.propctx, 0);
    REQUIRE(prop_set(params.propctx, SASL_AUX_PASSWORD, "before", 0) == SASL_OK);
    (void)plugin->auxprop_lookup(plugin->glob_context, &params, flags, user.data(),
                                 static_cast<unsigned>(user.size()));
    propval value{};
    REQUIRE(prop_getnames(params.propctx, names, &value) == 1);
    if (value.values == nullptr || value.values[0] == nullptr) return std::nullopt;
    return value.values[0];
  };

  SECTION("another plugin's answer stands") {
    CHECK(value_after(0, "clear@d.test") == "before");
    CHECK(value_after(SASL_AUXPROP_OVERRIDE, "clear@d.test") == kGood);
  }
  SECTION("a password that waits to be verified against a hash does not verify itself") {
    CHECK(value_after(SASL_AUXPROP_VERIFY_AGAINST_HASH, "clear@d.test") == kGood);
    for (const char* user : {"hash@d.test", "nobody@d.test", "denied@d.test", "temporary@d.test"}) {
      INFO(user);
      CHECK(value_after(SASL_AUXPROP_VERIFY_AGAINST_HASH, user) == std::nullopt);
    }
  }
  SECTION("the realm is added where no other plugin did it") {
    params.user_realm = "d.test";
    CHECK(value_after(SASL_AUXPROP_OVERRIDE, "clear") == kGood);
    CHECK(setup.authd->questions().back().user == "clear@d.test");
  }

  SECTION("a child that is forked while threads ask is not stuck with what they held") {
    std::atomic<bool> done{false};
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;
    threads.reserve(4);
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        while (!done) {
          if (!gives_password(*plugin, utils)) ++wrong;
        }
      });
    }
    for (int i = 0; i < 20; ++i) {
      const pid_t child = ::fork();
      if (child == 0) {
        ::alarm(30);
        ::_exit(gives_password(*plugin, utils) ? 0 : 1);
      }
      int status = -1;
      REQUIRE(::waitpid(child, &status, 0) == child);
      CHECK(status == 0);
    }
    done = true;
    for (auto& thread : threads) {
      thread.join();
    }
    CHECK(wrong == 0);
  }

  prop_dispose(&params.propctx);
  plugin->auxprop_free(plugin->glob_context, &utils);
}
