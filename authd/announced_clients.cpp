// SPDX-License-Identifier: MIT
#include "authd/announced_clients.hpp"

#include "core/address.hpp"

#include <utility>

namespace extmail::authd {
namespace {

/// user as the request to saslauthd will have it, which names the realm apart: libsasl2 cuts a name at its last `@`, and there
/// may be nothing behind. `joe@example.com@` is what joe@example.com's password is then checked for.
std::string_view as_saslauthd_has_it(std::string_view user) {
  return user.substr(0, user.size() - (user.ends_with('@') ? 1 : 0));
}

}  // namespace

bool AnnouncedClients::announce(const net::Peer& peer, std::string_view user, std::string_view remote) {
  if (!are_asked_for_) return false;
  if (peer.pid <= 0) return false;  // of another pid namespace, as all others of it: they can't be told apart
  if (user.size() > kMaxAddressBytes || remote.size() > kMaxRemoteBytes) return false;
  forget_old();
  Key key{peer.pid, peer.uid, std::string(as_saslauthd_has_it(user))};
  if (const auto known = clients_.find(key); known != clients_.end()) forget(known);
  if (remote.empty()) return false;
  if (clients_.size() >= kMaxClients) forget(clients_.find(by_age_.front()));
  const auto age = by_age_.insert(by_age_.end(), key);
  clients_.emplace(std::move(key), Client{clock_.now(), std::string(remote), age});
  return true;
}

std::string AnnouncedClients::take(const net::Peer& peer, std::string_view user) {
  forget_old();
  const auto known = clients_.find(Key{peer.pid, peer.uid, std::string(user)});
  if (known == clients_.end()) return {};
  std::string remote = std::move(known->second.remote);
  forget(known);
  return remote;
}

void AnnouncedClients::forget(std::map<Key, Client>::iterator client) {
  by_age_.erase(client->second.age);
  clients_.erase(client);
}

void AnnouncedClients::forget_old() {
  const Time now = clock_.now();
  while (!by_age_.empty()) {
    const auto oldest = clients_.find(by_age_.front());
    if (now - oldest->second.announced < kRemembered) return;
    forget(oldest);
  }
}

}  // namespace extmail::authd
