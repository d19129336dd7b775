// SPDX-License-Identifier: MIT
#include "core/address.hpp"
#include "core/clock.hpp"
#include "core/log.hpp"
#include "core/map_table.hpp"
#include "core/network.hpp"
#include "core/printable.hpp"
#include "ctl/command.hpp"
#include "ctl/control.hpp"
#include "ctl/explain/login.hpp"
#include "ctl/explain/main_cf.hpp"
#include "ctl/explain/maps.hpp"
#include "ctl/explain/message.hpp"
#include "ctl/explain/presentation.hpp"
#include "ctl/explain/recipient.hpp"
#include "ctl/find_listener.hpp"
#include "ctl/password_input.hpp"
#include "ctl/problem.hpp"
#include "ctl/settings.hpp"
#include "daemon/account_settings.hpp"
#include "mysql/hosts.hpp"
#include "mysql/mysql_accounts.hpp"
#include "mysql/pool.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

namespace extmail::ctl {
namespace {

constexpr std::size_t kMaxShownBytes = 256;

struct Options {
  bool is_live = false;
  std::string postfix = "/etc/postfix";
  Mail mail{.from = {}, .to = {}, .login = {}, .client = "192.0.2.1"};
  Login login{.user = {}, .service = "imap", .remote = "::1", .password = {}};
  bool asks_password = false;
  std::string map;
  std::vector<std::string> keys;
};

/// What goes wrong is in the answers.
class NoLog final : public Log {
 public:
  void write(Level, std::string_view, std::string_view) override {}
  [[nodiscard]] bool takes(Level) const override { return false; }
};

/// The rows, and who answers from them or in their place.
class Sources {
 public:
  Sources(const Options& options, const Invocation& invocation) : invocation_(invocation) {
    if (options.is_live) {
      maps_ = std::make_unique<LiveMaps>(find_listener(kSocketmap, invocation.config, false));
      return;
    }
    auto settings = read_settings(invocation.config);
    rules_ = std::move(settings.mail);
    hosts_ = mysql::make_hosts(std::move(settings.database), clock_, log_);
    records_ = std::make_unique<mysql::MysqlRecords>(std::make_shared<mysql::Pool>(hosts_, clock_, log_));
    maps_ = std::make_unique<DatabaseMaps>(*records_, clock_, rules_);
  }

  [[nodiscard]] Maps& maps() { return *maps_; }

  /// Not with --live.
  [[nodiscard]] Explanation explain(const Login& login) {
    daemon::ConfigFile file(invocation_.config);
    auto authd = file.table("authd");
    LoginJudging judging{daemon::read_login_rules(rules_, authd), daemon::read_default_scheme(authd)};
    const mysql::MysqlAccounts::Extensions extensions{authd.flag("app_passwords", false),
                                                      authd.flag("user_fields", false)};
    const mysql::MysqlAccounts accounts(std::make_shared<mysql::Pool>(hosts_, clock_, log_), extensions);
    return explain_login(accounts, clock_, judging, login);
  }

 private:
  const Invocation& invocation_;
  const SystemClock clock_;
  NoLog log_;
  MailRules rules_;
  std::shared_ptr<mysql::Hosts> hosts_;
  std::unique_ptr<mysql::MysqlRecords> records_;
  std::unique_ptr<Maps> maps_;
};

int finish(const Explanation& explanation, const Invocation& invocation) {
  write(explanation, invocation.output());
  return status_of(explanation.verdict);
}

void check_recipient(const std::string& address) {
  const std::size_t at = address.rfind('@');
  if (at == std::string::npos || at == 0 || at + 1 == address.size() || !is_lookup_text(address))
    throw Misuse("\"" + address + "\" is no address; one is user@domain");
}

MainCf main_cf_of(const Options& options) {
  return MainCf::read(options.postfix);
}

int run_address(const Options& options, const Invocation& invocation) {
  check_recipient(options.mail.to);
  Sources sources(options, invocation);
  return finish(explain_address(sources.maps(), main_cf_of(options), options.mail.to), invocation);
}

/// NotFound where no socket for control is configured.
Answer<PolicyAnswer> ask_policy(const Invocation& invocation, const Mail& mail) {
  std::string socket;
  try {
    socket = find_listener(kControl, invocation.config, false);
  } catch (const daemon::ConfigError&) {
    return Answer<PolicyAnswer>::not_found();
  }
  const auto lines = ask_control(socket, policy_question(mail));
  return lines.is_found() ? read_policy_answer(lines.value()) : Answer<PolicyAnswer>::same_failure(lines);
}

int run_mail(Options& options, const Invocation& invocation) {
  Mail& mail = options.mail;
  if (mail.from == "<>") mail.from.clear();
  if (!mail.from.empty()) check_recipient(mail.from);
  check_recipient(mail.to);
  if (!mail.login.empty() && !is_lookup_text(mail.login)) throw Misuse("a login has no control characters");
  Sources sources(options, invocation);
  const auto ask = [&](const Mail& each) { return ask_policy(invocation, each); };
  return finish(explain_mail(sources.maps(), main_cf_of(options), mail, ask), invocation);
}

int run_login(Options& options, const Invocation& invocation) {
  Login& login = options.login;
  if (options.asks_password) {
    auto given = read_password();
    if (!given.is_found()) throw Misuse(given.reason());
    login.password = std::move(given).value();
  }
  if (options.is_live)
    return finish(explain_live_login(find_listener(kAuth, invocation.config, false), login), invocation);
  return finish(Sources(options, invocation).explain(login), invocation);
}

/// Of several keys the worst answer decides.
int run_map(const Options& options, const Invocation& invocation) {
  if (!options.is_live && find_map(options.map) == nullptr) {
    throw Misuse("there is no map " + printable(options.map, kMaxShownBytes) +
                 "; extmail-maps(5) lists them, and those of [maps.query.NAME] are asked with --live only");
  }
  Sources sources(options, invocation);
  Explanation all;
  std::size_t found = 0;
  for (const auto& key : options.keys) {
    Step step = sources.maps().look_up(options.map, key);
    const std::string which = options.map + " for " + key;
    Verdict verdict = Verdict::Passes;
    if (step.outcome == Outcome::Found) {
      ++found;
      all.sentence = which + ": " + step.answer;
    } else if (step.outcome == Outcome::NotFound) {
      verdict = Verdict::Refused;
      all.sentence = which + ": nothing is found.";
    } else {
      verdict = verdict_on_failure(step.outcome);
      all.sentence = which + " fails: " + step.answer;
    }
    all.verdict = std::max(all.verdict, verdict);
    all.steps.push_back(std::move(step));
  }
  const std::size_t keys = options.keys.size();
  if (keys > 1) all.sentence = std::to_string(found) + " of " + std::to_string(keys) + " keys are found.";
  return finish(all, invocation);
}

std::string check_ip(const std::string& text) {
  return IpAddress::parse(text) ? "" : "\"" + text + "\" is no IP address";
}

class Commands {
 public:
  Commands(CLI::App& app, Invocation& invocation)
      : invocation_(invocation),
        options_(std::make_shared<Options>()),
        parent_(*app.add_subcommand("explain", "Says what will happen to mail or a login, and why")) {
    parent_.require_subcommand(1);
    parent_.add_flag("--live", options_->is_live, "Ask the daemons that run, in place of the database");
    parent_
        .add_option("--postfix-config", options_->postfix,
                    "Folder of the main.cf that says which maps are asked")
        ->type_name("DIR")
        ->capture_default_str();
    parent_.fallthrough();
  }

  void add() {
    auto* address = add_command("address", "Mail to an address, from a stranger", run_address);
    address->add_option("ADDRESS", options_->mail.to, "Recipient")->type_name("ADDRESS")->required();

    auto* login = add_command("login", "A login by a protocol", run_login);
    login->add_option("USER", options_->login.user, "Address of the mailbox")
        ->type_name("MAILBOX")
        ->required();
    login->add_option("-s,--service", options_->login.service, "imap, pop3, smtp, extmail, lmtp, …")
        ->type_name("SERVICE")
        ->capture_default_str();
    login->add_option("--from", options_->login.remote, "Address that the login comes from")
        ->capture_default_str()
        ->check(CLI::Validator(check_ip, "ADDRESS"));
    login->add_flag(
        "-p,--ask-password", options_->asks_password,
        "Ask for the password, or read it as a line of standard input; else it is taken to be right");

    auto* mail = add_command("mail", "A message, with its sender and the rules of extmail-policyd", run_mail);
    mail->add_option("FROM", options_->mail.from, "Sender; <> is the null sender")
        ->type_name("ADDRESS")
        ->required();
    mail->add_option("TO", options_->mail.to, "Recipient")->type_name("ADDRESS")->required();
    mail->add_option("--login", options_->mail.login, "Who has logged in to send it")->type_name("MAILBOX");
    mail->add_option("--client", options_->mail.client, "Address that it comes from")
        ->capture_default_str()
        ->check(CLI::Validator(check_ip, "ADDRESS"));

    auto* map = add_command("map", "Lookups in one map, as Postfix would ask for them", run_map);
    map->add_option("NAME", options_->map, "Name of the map: extmail-maps(5)")
        ->type_name(choice_of(map_names()))
        ->required();
    map->add_option("KEY", options_->keys, "Keys, each as Postfix would send it")->required();
  }

 private:
  template <typename Run>
  CLI::App* add_command(const char* name, const char* description, Run run) {
    auto* command = parent_.add_subcommand(name, description);
    command->fallthrough();
    command->callback([run, options = options_, &invocation = invocation_] {
      invocation.run = [run, options, &invocation] { return run(*options, invocation); };
    });
    return command;
  }

  Invocation& invocation_;
  std::shared_ptr<Options> options_;
  CLI::App& parent_;
};

}  // namespace

void add_explain(CLI::App& app, Invocation& invocation) {
  Commands(app, invocation).add();
}

}  // namespace extmail::ctl
