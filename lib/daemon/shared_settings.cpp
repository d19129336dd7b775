// SPDX-License-Identifier: MIT
#include "daemon/shared_settings.hpp"

#include "daemon/tls_settings.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>
#include <system_error>

#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

namespace extmail::daemon {
namespace {

constexpr std::array<std::string_view, 4> kPrograms{"mapd", "authd", "policyd", "ctl"};
constexpr std::int64_t kMaxId = std::numeric_limits<std::uint32_t>::max() - 1;
constexpr std::int64_t kMaxTimeoutSeconds = 20;  // a lookup may meet several; Postfix gives up after 100
constexpr std::int64_t kMaxConnections = 1000;
constexpr std::int64_t kMaxPeers = 100000;
constexpr std::size_t kMaxPasswordFileBytes = 4096;

std::optional<std::uint32_t> as_id(std::optional<std::int64_t> number) {
  if (!number) return std::nullopt;
  return static_cast<std::uint32_t>(*number);
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  [[nodiscard]] int get() const { return number_; }

 private:
  int number_;
};

mysql::Settings read_servers(ConfigFile& file) {
  ConfigFile::Table database = file.table("database");
  mysql::Settings settings;
  settings.database = database.text("name", settings.database);
  for (const auto& text : database.texts("hosts", {"unix:/run/mysqld/mysqld.sock"})) {
    if (auto host = mysql::parse_host(text)) {
      settings.hosts.push_back(std::move(*host));
    } else {
      database.complain("hosts", "has \"" + text + "\"; a host is \"unix:/path\" or \"tcp:name:port\"");
    }
  }
  if (settings.hosts.empty()) database.complain("hosts", "names no host");
  for (auto host = settings.hosts.begin(); host != settings.hosts.end(); ++host) {
    if (std::find(settings.hosts.begin(), host, *host) != host)
      database.complain("hosts", "names " + host->text() + " twice");
  }
  settings.tls = read_tls(database);
  settings.connect_timeout = std::chrono::seconds(
      database.integer("connect_timeout", settings.connect_timeout.count(), 1, kMaxTimeoutSeconds));
  settings.read_timeout = std::chrono::seconds(
      database.integer("read_timeout", settings.read_timeout.count(), 1, kMaxTimeoutSeconds));
  return settings;
}

std::optional<gid_t> find_group(ConfigFile::Table& listen, const std::string& name) {
  if (name.empty()) return std::nullopt;
  gid_t number = 0;
  const char* last = name.data() + name.size();
  const auto [end, error] = std::from_chars(name.data(), last, number);
  if (error == std::errc() && end == last) return number;
  if (const group* entry = getgrnam(name.c_str())) return entry->gr_gid;
  listen.complain("group", "names no group of this host: " + name);
  return std::nullopt;
}

mode_t read_mode(ConfigFile::Table& listen) {
  constexpr mode_t kDefault = 0660;
  const std::string text = listen.text("mode", "0660");
  mode_t mode = 0;
  const char* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, mode, 8);
  if (error == std::errc() && end == last && mode <= 0777) return mode;
  listen.complain("mode", "must be octal permissions in quotes, such as \"0660\"");
  return kDefault;
}

net::Listener read_unix_listener(ConfigFile::Table& listen) {
  net::UnixListener listener;
  listener.path = listen.required_text("path");
  if (listener.path.substr(0, 1) != "/") listen.complain("path", "must be an absolute path");
  listener.group = find_group(listen, listen.text("group", ""));
  listener.mode = read_mode(listen);
  return listener;
}

net::Listener read_listener(ConfigFile::Table& listen, const ListenProtocol& protocol) {
  const std::string address = protocol.over_tcp ? listen.text("address", "") : "";
  if (address.empty()) return read_unix_listener(listen);
  const bool allow_remote = listen.flag("allow_remote", false);
  const auto listener = net::parse_tcp_listener(address);
  if (!listener) {
    listen.complain("address",
                    "must be an IP address and a port, such as \"127.0.0.1:10028\" or \"[::1]:10028\"");
    return {};
  }
  if (!listener->is_loopback() && !allow_remote) {
    listen.complain(
        "address", address +
                       " can be reached from other hosts, and whoever reaches it is answered; use a loopback "
                       "address, or say allow_remote = true if a firewall protects it");
  }
  return *listener;
}

}  // namespace

Secret read_password(ConfigFile::Table& table, std::string_view key, const std::string& path) {
  if (path.empty()) return {};
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat info {};
  if (file.get() < 0 || fstat(file.get(), &info) != 0) {
    table.complain(key, path + ": " + std::generic_category().message(errno));
    return {};
  }
  if ((info.st_mode & S_IRWXO) != 0) {
    table.complain(key, path + " may be read or written by everybody; run: chmod o-rwx " + path);
    return {};
  }
  std::array<char, kMaxPasswordFileBytes> buffer{};
  const ssize_t length = ::read(file.get(), buffer.data(), buffer.size());
  const std::string_view content(buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(length, 0)));
  Secret password(content.substr(0, content.find_first_of("\r\n")));
  wipe(buffer.data(), buffer.size());
  if (password.empty()) table.complain(key, path + " is empty; its first line has to be the password");
  return password;
}

MailRules read_mail(ConfigFile& file) {
  ConfigFile::Table mail = file.table("mail");
  MailRules rules;
  rules.location.base = mail.text("base", rules.location.base);
  if (rules.location.base.substr(0, 1) != "/") mail.complain("base", "must be an absolute path");
  if ((rules.location.base + '/').find("/../") != std::string::npos)
    mail.complain("base", "must not have .. in it");
  rules.location.confine_to_domain = mail.flag("confine_to_domain", rules.location.confine_to_domain);
  rules.location.uid = as_id(mail.optional_integer("uid", 1, kMaxId));
  rules.location.gid = as_id(mail.optional_integer("gid", 1, kMaxId));
  rules.location.min_uid =
      static_cast<std::uint32_t>(mail.integer("min_uid", rules.location.min_uid, 1, kMaxId));
  rules.location.min_gid =
      static_cast<std::uint32_t>(mail.integer("min_gid", rules.location.min_gid, 1, kMaxId));
  rules.recipient_delimiter = mail.text("recipient_delimiter", rules.recipient_delimiter);
  rules.mailhost_transport = mail.text("mailhost_transport", "");
  if (!rules.mailhost_transport.empty() && rules.mailhost_transport.find("%h") == std::string::npos)
    mail.complain("mailhost_transport", "must contain %h, where the host's name goes");
  rules.relay_transports = mail.texts("relay_transports", {});
  rules.access.enforce_expiry = mail.choice("expiry", {"enforce", "ignore"}, "enforce") == "enforce";
  rules.access.enforce_domain_services = mail.flag("enforce_domain_services", false);
  return rules;
}

mysql::Settings read_database(ConfigFile& file, ConfigFile::Table& daemon) {
  mysql::Settings settings = read_servers(file);
  settings.user = daemon.required_text("database_user");
  settings.password =
      read_password(daemon, "database_password_file", daemon.required_text("database_password_file"));
  settings.connections = static_cast<std::size_t>(daemon.integer(
      "database_connections", static_cast<std::int64_t>(settings.connections), 1, kMaxConnections));
  return settings;
}

mysql::Settings read_database(ConfigFile& file, ConfigFile::Table& program, const DatabaseAccount& fallback) {
  mysql::Settings settings = read_servers(file);
  settings.user = program.text("database_user", fallback.user);
  settings.password = read_password(program, "database_password_file",
                                    program.text("database_password_file", fallback.password_file));
  return settings;
}

std::vector<ListenSettings> read_listeners(ConfigFile::Table& daemon,
                                           const std::vector<ListenProtocol>& protocols) {
  std::vector<std::string> names;
  names.reserve(protocols.size());
  for (const auto& protocol : protocols)
    names.push_back(protocol.name);
  std::vector<ListenSettings> listeners;
  for (auto& listen : daemon.tables("listen")) {
    ListenSettings settings;
    settings.protocol = listen.choice("protocol", names, names.front());
    const auto protocol = std::find_if(protocols.begin(), protocols.end(),
                                       [&](const auto& known) { return known.name == settings.protocol; });
    if (protocol == protocols.end()) continue;  // choice() has complained
    settings.listener = read_listener(listen, *protocol);
    if (protocol->of_one_map) settings.map = listen.required_text("map");
    listeners.push_back(std::move(settings));
  }
  if (listeners.empty()) daemon.complain("listen", "is missing: the daemon would serve nobody");
  return listeners;
}

std::optional<net::Listener> read_metrics(ConfigFile::Table& daemon) {
  auto metrics = daemon.optional_table("metrics");
  if (!metrics) return std::nullopt;
  return read_listener(*metrics, {.name = "metrics", .over_tcp = true});
}

net::Server::Settings read_server(ConfigFile::Table& daemon) {
  net::Server::Settings settings;
  settings.max_connections = static_cast<std::size_t>(
      daemon.integer("max_connections", static_cast<std::int64_t>(settings.max_connections), 1, kMaxPeers));
  return settings;
}

void ignore_other_programs(ConfigFile& file, std::string_view own) {
  for (const auto name : kPrograms) {
    if (name != own) file.ignore(name);
  }
  if (own != "mapd") file.ignore("maps");
}

}  // namespace extmail::daemon
