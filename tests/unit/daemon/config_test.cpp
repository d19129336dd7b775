// SPDX-License-Identifier: MIT
#include "daemon/config_file.hpp"
#include "daemon/shared_settings.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <optional>
#include <sstream>
#include <string>
#include <vector>

using namespace extmail;
using daemon::ConfigError;
using daemon::ConfigFile;

namespace {

/// One with a password file.
class Folder : public tests::TemporaryFolder {
 public:
  Folder() { write("password", "secret\n", 0600); }
};

struct Settings {
  MailRules mail;
  mysql::Settings database;
  std::vector<daemon::ListenSettings> listeners;
  std::optional<net::Listener> metrics;
};

Settings read(const std::string& path) {
  ConfigFile file(path);
  auto own = file.table("mapd");
  Settings settings{
      daemon::read_mail(file), daemon::read_database(file, own),
      daemon::read_listeners(own, {{.name = "socketmap", .over_tcp = true},
                                   {.name = "tcp_table", .over_tcp = true, .of_one_map = true}}),
      daemon::read_metrics(own)};
  (void)daemon::read_server(own);
  daemon::ignore_other_programs(file, "mapd");
  file.finish();
  return settings;
}

std::string complaint(const std::string& path) {
  try {
    (void)read(path);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "none";
}

std::string minimal(const Folder& folder) {
  return "[mapd]\ndatabase_user = \"u\"\ndatabase_password_file = \"" + folder.path() +
         "/password\"\n[[mapd.listen]]\nprotocol = \"socketmap\"\npath = \"/run/maps\"\n";
}

}  // namespace

TEST_CASE("A minimal file is enough; the rest has defaults") {
  Folder folder;
  const Settings settings = read(folder.write("extmail.toml", minimal(folder)));
  CHECK(settings.mail.location.base == "/var/mailbox");
  CHECK(settings.mail.location.confine_to_domain);
  CHECK(settings.mail.recipient_delimiter == "+");
  CHECK(settings.mail.access.enforce_expiry);
  CHECK(settings.database.password.view() == "secret");
  REQUIRE(settings.database.hosts.size() == 1);
  CHECK(settings.database.hosts.front().text() == "unix:/run/mysqld/mysqld.sock");
  REQUIRE(settings.listeners.size() == 1);
  CHECK(std::get<net::UnixListener>(settings.listeners.front().listener).mode == 0660);
}

TEST_CASE("Other daemons' tables are left alone") {
  Folder folder;
  CHECK(complaint(folder.write("extmail.toml", minimal(folder) + "[authd]\nanything = 1\n")) == "none");
}

TEST_CASE("A page of metrics is served where its table says, and nowhere without it") {
  Folder folder;
  CHECK_FALSE(read(folder.write("extmail.toml", minimal(folder))).metrics);
  const auto listener = [&](const std::string& table) {
    return net::describe(
        *read(folder.write("extmail.toml", minimal(folder) + "[mapd.metrics]\n" + table)).metrics);
  };
  CHECK(listener("address = \"127.0.0.1:9731\"\n") == "127.0.0.1:9731");
  CHECK(listener("address = \"0.0.0.0:9731\"\nallow_remote = true\n") == "0.0.0.0:9731");
  CHECK(listener("path = \"/run/metrics\"\nmode = \"0600\"\n") == "/run/metrics");
}

TEST_CASE("What is wrong is said with file, line and key") {
  Folder folder;
  folder.write("open", "secret\n", 0644);
  folder.write("empty", "\n", 0600);
  struct Case {
    const char* text;  ///< follows the minimal file, whose last line is 6
    const char* complaint;
  };
  const std::vector<Case> cases{
      {"[mail]\nbse = \"/m\"\n",
       ":8: unknown key mail.bse; known are base, confine_to_domain, enforce_domain_services, expiry, gid,"},
      {"[mali]\n", ":7: unknown key mali; known are authd, ctl, database, mail, mapd, policyd"},
      {"[mail]\nuid = \"2525\"\n", ":8: mail.uid must be a whole number from 1 to 4294967294"},
      {"[mail]\nuid = 0\n", ":8: mail.uid must be a whole number from 1 to"},
      {"[mail]\nbase = \"relative\"\n", ":8: mail.base must be an absolute path"},
      {"[mail]\nexpiry = \"maybe\"\n", ":8: mail.expiry must be one of enforce, ignore"},
      {"[mail]\nenforce_domain_services = 1\n", ":8: mail.enforce_domain_services must be true or false"},
      {"[database]\nhosts = \"unix:/x\"\n", ":8: database.hosts must be a list of texts"},
      {"[database]\nhosts = [\"db1\"]\n", ":8: database.hosts has \"db1\"; a host is \"unix:/path\" or"},
      {"[database]\nread_timeout = 0\n", ":8: database.read_timeout must be a whole number from 1 to 20"},
      {"[database]\nhosts = [\"unix:/x\", \"unix:/x\"]\n", ":8: database.hosts names unix:/x twice"},
      {"mode = \"999\"\n", ":7: mapd.listen.mode must be octal permissions in quotes"},
      {"group = \"no-such-group\"\n", ":7: mapd.listen.group names no group of this host: no-such-group"},
      {"[[mapd.listen]]\nprotocol = \"http\"\npath = \"/x\"\n",
       ":8: mapd.listen.protocol must be one of socketmap"},
      {"[[mapd.listen]]\npath = \"x\"\n", ":8: mapd.listen.path must be an absolute path"},
      {"[mapd.metrics]\n", ":7: mapd.metrics.path is missing"},
      {"[mapd.metrics]\nport = 9731\n", ":7: mapd.metrics.path is missing"},
      {"[mapd.metrics]\npath = \"metrics\"\n", ":8: mapd.metrics.path must be an absolute path"},
      {"[mapd.metrics]\naddress = \"9731\"\n", ":8: mapd.metrics.address must be an IP address and a port"},
      {"[mapd.metrics]\naddress = \"0.0.0.0:9731\"\n",
       ":8: mapd.metrics.address 0.0.0.0:9731 can be reached from other hosts"},
      {"[mapd.metrics]\naddress = \"[::1]:9731\"\nmode = \"0660\"\n",
       ":9: unknown key mapd.metrics.mode; known are address, allow_remote"},
      {"[[mapd.metrics]]\naddress = \"[::1]:9731\"\n", ":7: mapd.metrics must be a table: [mapd.metrics]"},
      {"[mail\n", ":7: "},
  };
  for (const auto& c : cases) {
    INFO(c.text);
    const std::string path = folder.write("extmail.toml", minimal(folder) + c.text);
    const std::string text = complaint(path);
    INFO(text);
    CHECK(text.find(path + c.complaint) == 0);
  }
  const auto with_password_file = [&](const std::string& name) {
    return complaint(folder.write(
        "extmail.toml", "[mapd]\ndatabase_user = \"u\"\ndatabase_password_file = \"" + folder.path() + name +
                            "\"\n[[mapd.listen]]\nprotocol = \"socketmap\"\npath = \"/x\"\n"));
  };
  CHECK(with_password_file("/open").find("may be read or written by everybody; run: chmod o-rwx") !=
        std::string::npos);
  CHECK(with_password_file("/empty").find("is empty") != std::string::npos);
  CHECK(with_password_file("/missing").find("No such file") != std::string::npos);
}

TEST_CASE("A file that can't be read is said with the reason") {
  const Folder folder;
  const std::string nowhere = folder.path() + "/nowhere.toml";
  CHECK(complaint(nowhere) == nowhere + ": No such file or directory");
  CHECK(complaint(folder.path()) == folder.path() + ": is a folder, and no file");
}

TEST_CASE("TLS to the database needs files that can be used") {
  Folder folder;
  const std::string certificate = folder.write("certificate", "x\n-----BEGIN CERTIFICATE-----\n");
  const std::string key = folder.write("key", "-----BEGIN PRIVATE KEY-----\n", 0640);
  const std::string open_key = folder.write("open", "-----BEGIN PRIVATE KEY-----\n", 0644);
  const std::string missing = folder.path() + "/missing";
  struct Case {
    std::string keys;
    std::string complaint;
  };
  const std::vector<Case> cases{
      {"tls = \"require\"\n", "none"},
      {"tls = \"verify-identity\"\ntls_ca = \"" + certificate + "\"\n", "none"},
      {"tls = \"require\"\ntls_cert = \"" + certificate + "\"\ntls_key = \"" + key + "\"\n", "none"},
      {"tls = \"on\"\n", ":8: database.tls must be one of off, require, verify-identity"},
      {"tls_ca = \"" + certificate + "\"\n", ":8: database.tls_ca has no effect unless tls is"},
      {"tls_cert = \"" + certificate + "\"\ntls_key = \"" + key + "\"\n",
       ":8: database.tls_cert has no effect while tls is \"off\""},
      {"tls = \"verify-identity\"\ntls_ca = \"\"\n", ":9: database.tls_ca is empty"},
      {"tls = \"verify-identity\"\ntls_ca = \"" + missing + "\"\n",
       ":9: database.tls_ca " + missing + ": No such file or directory"},
      {"tls = \"verify-identity\"\ntls_ca = \"ca.pem\"\n", ":9: database.tls_ca must be an absolute path"},
      {"tls = \"verify-identity\"\ntls_ca = \"" + folder.path() + "\"\n",
       ":9: database.tls_ca " + folder.path() + " is not a file"},
      {"tls = \"verify-identity\"\ntls_ca = \"" + key + "\"\n",
       ":9: database.tls_ca " + key + " holds no certificate in PEM"},
      {"tls = \"require\"\ntls_cert = \"" + certificate + "\"\n", ":9: database.tls_cert needs tls_key"},
      {"tls = \"require\"\ntls_key = \"" + key + "\"\n", ":9: database.tls_key needs tls_cert"},
      {"tls = \"require\"\ntls_cert = \"" + certificate + "\"\ntls_key = \"" + open_key + "\"\n",
       ":10: database.tls_key " + open_key + " may be read or written by everybody; run: chmod o-rwx"},
      {"tls = \"require\"\ntls_cert = \"" + certificate + "\"\ntls_key = \"" + certificate + "\"\n",
       ":10: database.tls_key " + certificate + " may be read"},
  };
  for (const auto& c : cases) {
    INFO(c.keys);
    const std::string path = folder.write("extmail.toml", minimal(folder) + "[database]\n" + c.keys);
    const std::string text = complaint(path);
    INFO(text);
    CHECK(text.find(c.complaint == "none" ? "none" : path + c.complaint) == 0);
  }
}

TEST_CASE("All that is wrong is said at once") {
  Folder folder;
  const std::string path = folder.write("extmail.toml", "[mail]\nbse = 1\nuid = -1\n");
  const std::string text = complaint(path);
  for (const char* part :
       {":2: unknown key mail.bse", ":3: mail.uid must be", "mapd.database_user is missing",
        "mapd.database_password_file is missing", "mapd.listen is missing"}) {
    INFO(text);
    CHECK(text.find(part) != std::string::npos);
  }
  CHECK(complaint(folder.path() + "/none.toml").find("none.toml") != std::string::npos);
}

TEST_CASE("Database hosts are unix sockets or TCP") {
  CHECK(mysql::parse_host("unix:/run/x.sock")->text() == "unix:/run/x.sock");
  CHECK(mysql::parse_host("tcp:db")->text() == "tcp:db:3306");
  CHECK(mysql::parse_host("tcp:db:3307")->text() == "tcp:db:3307");
  CHECK(mysql::parse_host("tcp:[::1]:3307")->text() == "tcp:[::1]:3307");
  CHECK(mysql::parse_host("tcp:[::1]")->port == 3306);
  for (const char* wrong : {"", "db", "unix:", "unix:relative", "tcp:", "tcp:db:", "tcp:db:x", "tcp:db:0",
                            "tcp:db:70000", "tcp:[::1", "tcp:[::1]x"}) {
    INFO(wrong);
    CHECK_FALSE(mysql::parse_host(wrong));
  }
}

TEST_CASE("What is wrong takes one line, whatever stands in the file") {
  Folder folder;
  for (const char* text :
       {"[mapd]\nworkers = t\n", "[mapd]\n\"a\\nb\" = 1\n", "[mapd]\n\"\\u001b[2J\" = 1\n"}) {
    const auto path = folder.write("extmail.toml", text);
    std::istringstream lines(complaint(path));
    for (std::string line; std::getline(lines, line);) {
      CAPTURE(line);
      CHECK(line.rfind(path, 0) == 0);
      CHECK(line.find('\x1b') == std::string::npos);
    }
  }
}

TEST_CASE("What only a start applies is known with its text") {
  Folder folder;
  const auto fixed_keys = [&](const std::string& more) {
    const std::string path = folder.write("extmail.toml", minimal(folder) + more);
    ConfigFile file(path);
    auto own = file.table("mapd");
    (void)daemon::read_listeners(own, {{.name = "socketmap", .over_tcp = true}});
    (void)daemon::read_metrics(own);
    own.fix("hash_threads");
    return file.fixed_keys();
  };
  const auto first = fixed_keys("");
  CHECK(first.size() == 3);
  CHECK(first.at("mapd.hash_threads").empty());
  CHECK(first.at("mapd.metrics").empty());
  CHECK_THAT(first.at("mapd.listen"), tests::contains_text("/run/maps"));
  CHECK(fixed_keys("") == first);
  // Layout and comments are not the setting.
  CHECK(fixed_keys("\n# a comment\n") == first);
  CHECK(fixed_keys("mode = \"0666\"\n").at("mapd.listen") != first.at("mapd.listen"));
  CHECK(fixed_keys("[mapd.metrics]\naddress = \"127.0.0.1\"\nport = 9\n").at("mapd.metrics") !=
        first.at("mapd.metrics"));
  CHECK(fixed_keys("[[mapd.listen]]\npath = \"/run/more\"\n").at("mapd.listen") != first.at("mapd.listen"));
}
