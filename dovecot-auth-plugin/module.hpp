// SPDX-License-Identifier: MIT
#pragma once

#include "authd_client.hpp"
#include "dovecot.hpp"
#include "settings.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace extmail::dovecot {

/// A configured passdb or userdb: Dovecot's passdb_module or userdb_module, with what is ours around it.
///
/// Ownership: lives in Dovecot's pool, which frees memory without a destructor; close() gives back the rest.
template <typename HostModule>
class Module {
 public:
  [[nodiscard]] static HostModule* create(pool_t pool, const Settings& settings) {
    static_assert(alignof(Module) <= alignof(void*), "what a pool guarantees");
    static_assert(std::is_standard_layout_v<Module>, "what offsetof() needs");
    auto* module = new (p_malloc(pool, sizeof(Module))) Module(settings);
    return &module->host_;
  }

  [[nodiscard]] static Module& of(HostModule* host) {
    return *reinterpret_cast<Module*>(reinterpret_cast<std::byte*>(host) - offsetof(Module, host_));
  }

  void ask(wire::auth::Request request, std::unique_ptr<Lookup> lookup) {
    if (client_ == nullptr) {
      wire::auth::Reply none;
      none.reason = kStopping;
      lookup->finish(none);
      return;
    }
    client_->ask(std::move(request), timeout_, this, std::move(lookup));
  }

  /// Fails the lookups of this module that are under way, and those that their failure may start.
  void close() {
    const std::shared_ptr<AuthdClient> client = std::move(client_);
    client->fail_all(this, kStopping);
  }

 private:
  static constexpr const char* kStopping = "Dovecot's auth service is stopping";

  explicit Module(const Settings& settings)
      : client_(AuthdClient::shared(settings.socket_path)), timeout_(settings.timeout) {}

  // Ours comes first and room comes last, because the size of Dovecot's struct is not certain: 2.3.19.1 as
  // released and as Debian ships it, with the fix for CVE-2022-30550, have one ABI version but differ in
  // passdb_module by two pointers.
  std::shared_ptr<AuthdClient> client_;
  std::chrono::seconds timeout_;
  HostModule host_{};
  [[maybe_unused]] std::byte room_[8 * sizeof(void*)]{};
};

}  // namespace extmail::dovecot
