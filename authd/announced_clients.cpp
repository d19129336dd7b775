// SPDX-License-Identifier: MIT
#include "authd/announced_clients.hpp"

#include "core/address.hpp"

#include <utility>

namespace extmail::authd {

void AnnouncedClients::announce(const net::Peer& peer, std::string_view user, std::string_view remote) {
  if (peer.pid <= 0) return;  // of another pid namespace, as all others of it: they can't be told apart
  if (user.size() > kMaxAddressBytes || remote.size() > kMaxRemoteBytes) return;
  forget_old();
  Key key{peer.pid, peer.uid, std::string(user)};
  if (const auto known = clients_.find(key); known != clients_.end()) forget(known);
  if (remote.empty()) return;
  if (clients_.size() >= kMaxClients) forget(clients_.find(by_age_.front()));
  const auto age = by_age_.insert(by_age_.end(), key);
  clients_.emplace(std::move(key), Client{clock_.now(), std::string(remote), age});
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
