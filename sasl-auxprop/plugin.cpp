// SPDX-License-Identifier: MIT
//
// Entry point of libextmail.so, the Cyrus SASL auxprop plugin `extmail`. libsasl2 loads it at the start of a
// program and calls sasl_auxprop_plug_init(); before it unloads it, it calls auxprop_free().
//
// No exception may pass from here into libsasl2, which is C.

#include "authd_client.hpp"
#include "core/outcome.hpp"
#include "host_log.hpp"
#include "lookup.hpp"
#include "options.hpp"
#include "store.hpp"
#include "wire/auth_protocol.hpp"

#include <exception>
#include <new>
#include <optional>
#include <string_view>
#include <utility>

#include <sasl/sasl.h>
#include <sasl/saslplug.h>

namespace extmail::sasl {
namespace {

/// All that one loaded plugin holds.
struct Plugin {
  Plugin(const sasl_utils_t& of_library, Answer<Options> read) : utils(of_library), options(std::move(read)) {
    if (options.is_found()) authd.emplace(options.value().socket, options.value().timeout);
  }

  Answer<wire::auth::Reply> ask(wire::auth::Request request) {
    if (!authd) return Answer<wire::auth::Reply>::same_failure(options);
    return authd->ask(std::move(request));
  }

  sasl_auxprop_plug_t entry{};  ///< what libsasl2 holds
  const sasl_utils_t& utils;    ///< of no connection
  const Answer<Options> options;
  std::optional<AuthdClient> authd;  ///< absent when an option is wrong
};

char plugin_name[] = "extmail";  // libsasl2's struct wants it writable

extern "C" {

static int auxprop_lookup(void* context, sasl_server_params_t* params, unsigned flags, const char* user,
                          unsigned length) {
  if (context == nullptr || params == nullptr || user == nullptr) return SASL_BADPARAM;
  try {
    // "Ignore me": what other programs on this host look up elsewhere must not fail because of us.
    if (!is_chosen(*params->utils)) return SASL_NOMECH;
    auto& plugin = *static_cast<Plugin*>(context);
    const auto ask = [&plugin](wire::auth::Request request) { return plugin.ask(std::move(request)); };
    return look_up(ask, *params, flags, {user, length});
  } catch (const std::bad_alloc&) {
    return SASL_NOMEM;
  } catch (const std::exception& error) {
    params->utils->log(params->utils->conn, SASL_LOG_ERR, "extmail: %s", error.what());
  } catch (...) {
    params->utils->log(params->utils->conn, SASL_LOG_ERR, "extmail: unknown exception");
  }
  return SASL_UNAVAIL;
}

/// Without properties it is the question whether we store any.
static int auxprop_store(void* context, sasl_server_params_t* params, propctx* properties, const char* user,
                         unsigned length) {
  if (context == nullptr) return SASL_BADPARAM;
  const bool is_question = properties == nullptr;
  if (!is_question && (params == nullptr || user == nullptr)) return SASL_BADPARAM;
  auto& plugin = *static_cast<Plugin*>(context);
  const sasl_utils_t& utils = is_question ? plugin.utils : *params->utils;
  try {
    // "Not this one of mine": libsasl2 goes on with other plugins, and says no if there is none.
    if (!is_chosen(utils)) return SASL_CONSTRAINT_VIOLAT;
    if (is_question) return SASL_OK;
    const auto ask = [&plugin](wire::auth::Request request) { return plugin.ask(std::move(request)); };
    return store(ask, *params, *properties, {user, length});
  } catch (const std::bad_alloc&) {
    return SASL_NOMEM;
  } catch (const std::exception& error) {
    utils.log(utils.conn, SASL_LOG_ERR, "extmail: %s", error.what());
  } catch (...) {
    utils.log(utils.conn, SASL_LOG_ERR, "extmail: unknown exception");
  }
  return SASL_UNAVAIL;
}

static void auxprop_free(void* context, const sasl_utils_t* /*utils*/) {
  delete static_cast<Plugin*>(context);
}

}  // extern "C"

int create(const sasl_utils_t& utils, sasl_auxprop_plug_t*& entry) {
  auto options = read_options(utils);
  // A plugin that refuses to load is one that libsasl2 skips, and then good passwords are wrong ones. So this
  // one loads, says what is wrong, and answers "unavailable" until it is mended.
  if (!options.is_found()) log_to_host(utils, SASL_LOG_ERR, options.reason());

  auto* const plugin = new Plugin(utils, std::move(options));
  plugin->entry.glob_context = plugin;
  plugin->entry.name = plugin_name;
  plugin->entry.auxprop_lookup = auxprop_lookup;
  plugin->entry.auxprop_store = auxprop_store;
  plugin->entry.auxprop_free = auxprop_free;
  entry = &plugin->entry;
  return SASL_OK;
}

}  // namespace
}  // namespace extmail::sasl

extern "C" __attribute__((visibility("default"))) int sasl_auxprop_plug_init(const sasl_utils_t* utils,
                                                                             int max_version,
                                                                             int* out_version,
                                                                             sasl_auxprop_plug_t** plug,
                                                                             const char* /*plugname*/) {
  if (utils == nullptr || out_version == nullptr || plug == nullptr) return SASL_BADPARAM;
  if (max_version < SASL_AUXPROP_PLUG_VERSION) return SASL_BADVERS;
  *out_version = SASL_AUXPROP_PLUG_VERSION;
  try {
    return extmail::sasl::create(*utils, *plug);
  } catch (const std::exception& error) {
    utils->log(utils->conn, SASL_LOG_ERR, "extmail: %s", error.what());
    return SASL_NOMEM;
  }
}
