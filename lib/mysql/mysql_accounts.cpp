// SPDX-License-Identifier: MIT
#include "mysql/mysql_accounts.hpp"

#include "mysql/batches.hpp"

#include <string>
#include <utility>
#include <vector>

namespace extmail::mysql {
namespace {

/// The accounts, and whether the extension tables have any rows, which the server looks at once a query: where they have none
/// two queries are saved.
BatchStatements account_statements(const MysqlAccounts::Extensions& extensions) {
  const auto has_rows = [](bool is_wanted, const std::string& table) {
    return is_wanted ? ", EXISTS (SELECT 1 FROM " + table + ")" : ", 0";
  };
  return {std::string(kMailboxColumns) +
              ", m.password, m.clearpwd, m.name, m.netdiskquota, m.disablenetdisk, m.disablepwdchange" +
              has_rows(extensions.app_passwords, "extmail_app_password") +
              has_rows(extensions.user_fields, "extmail_user_field"),
          "mailbox m", "m.username"};
}

std::string limit_of(std::size_t rows) {
  return " LIMIT " + std::to_string(rows);
}

/// An account in the making.
struct Draft {
  MailboxRecord mailbox;
  LoginSecrets secrets;
  WebmailProfile profile;
  std::vector<std::pair<std::string, std::string>> fields;
  std::string fault;
};
using Drafts = std::vector<std::optional<Draft>>;

Draft read_draft(Columns& columns) {
  Draft draft;
  draft.mailbox = columns.mailbox();
  draft.secrets.password = columns.secret();
  draft.secrets.clear = columns.secret();
  draft.profile = columns.profile();
  return draft;
}

/// Calls use(draft) for the one whose name this is, if any: a collation may find others.
template <typename Use>
void for_owner(Drafts& drafts, const std::string& username, Use use) {
  for (auto& draft : drafts) {
    if (draft && same_key(draft->mailbox.username, username)) return use(*draft);
  }
}

void set_fault(Draft& draft, std::size_t most, const char* table) {
  draft.fault = "mailbox " + draft.mailbox.username + " has more than " + std::to_string(most) + " rows in " +
                table + "; delete some";
}

/// Adds one to a list, unless it has as many as it may.
template <typename T>
void add(Draft& draft, std::vector<T>& list, std::size_t most, const char* table, T one) {
  if (list.size() < most) return list.push_back(std::move(one));
  set_fault(draft, most, table);
}

AppPassword read_app_password(Columns& columns) {
  AppPassword app;
  app.name = columns.text();
  app.password = columns.secret();
  app.services = columns.text();
  app.networks = columns.text();
  app.expires = columns.date();
  return app;
}

std::pair<std::string, std::string> read_field(Columns& columns) {
  std::pair<std::string, std::string> field;
  field.first = columns.text();
  field.second = columns.text();
  return field;
}

/// Where an extension table's rows come from, and how many of them at once.
struct Source {
  Pool& pool;
  const BatchStatements& statements;
  std::size_t max_rows;
  const char* table;
  std::size_t most;  ///< that a mailbox may have
  Deadline deadline;
};

/// Reads the table's rows for keys, each by read(columns), into the list of its owner. Half as many keys at once, and so on,
/// where the rows are too many.
template <typename T>
void add_rows(const Source& from, std::span<const std::string> keys, Drafts& drafts, T (*read)(Columns&),
              std::vector<T>& (*list_of)(Draft&)) {
  std::vector<std::pair<std::string, T>> rows;
  from.statements.run(from.pool, keys, from.deadline, {}, [&](Columns& columns) {
    std::string owner = columns.text();
    rows.emplace_back(std::move(owner), read(columns));
  });
  if (rows.size() < from.max_rows) {
    for (auto& [owner, row] : rows) {
      for_owner(drafts, owner, [&, &one = row](Draft& draft) {
        add(draft, list_of(draft), from.most, from.table, std::move(one));
      });
    }
  } else if (keys.size() > 1) {
    const std::size_t half = keys.size() / 2;
    add_rows(from, keys.first(half), drafts, read, list_of);
    add_rows(from, keys.subspan(half), drafts, read, list_of);
  } else {
    for_owner(drafts, keys.front(), [&](Draft& draft) { set_fault(draft, from.most, from.table); });
  }
}

std::vector<AppPassword>& app_passwords_of(Draft& draft) {
  return draft.secrets.app_passwords;
}

std::vector<std::pair<std::string, std::string>>& fields_of(Draft& draft) {
  return draft.fields;
}

std::optional<AccountRecord> finished(std::optional<Draft> draft) {
  if (!draft) return std::nullopt;
  return AccountRecord{std::move(draft->mailbox),
                       std::make_shared<const LoginSecrets>(std::move(draft->secrets)),
                       std::move(draft->profile), std::move(draft->fields), std::move(draft->fault)};
}

}  // namespace

MysqlAccounts::MysqlAccounts(std::shared_ptr<Pool> pool, const Extensions& extensions,
                             std::size_t max_extension_rows)
    : MysqlRecords(std::move(pool)),
      accounts_(account_statements(extensions)),
      app_passwords_{"extmail_app_password", max_extension_rows,
                     BatchStatements("a.username, a.name, a.password, a.services, a.networks, a.expires",
                                     "extmail_app_password a", "a.username",
                                     " AND a.active = 1 ORDER BY a.id" + limit_of(max_extension_rows))},
      user_fields_{"extmail_user_field", max_extension_rows,
                   BatchStatements("f.username, f.name, f.value", "extmail_user_field f", "f.username",
                                   " ORDER BY f.username, f.name" + limit_of(max_extension_rows))} {}

Batch<AccountRecord> MysqlAccounts::find_accounts(std::span<const std::string> usernames,
                                                  Deadline deadline) const {
  return find_batch<AccountRecord>(usernames, [&](std::span<const std::string> keys) {
    Drafts drafts(keys.size());
    bool has_app_passwords = false;
    bool has_fields = false;
    accounts_.run(pool(), keys, deadline, {}, [&](Columns& columns) {
      Draft draft = read_draft(columns);
      has_app_passwords = columns.number() == 1;
      has_fields = columns.number() == 1;
      for (std::size_t i = 0; i < keys.size(); ++i) {
        if (!same_key(draft.mailbox.username, keys[i])) continue;
        drafts[i] = std::move(draft);
        return;
      }
    });
    const auto source = [&](const Table& table, std::size_t most) {
      return Source{pool(), table.rows, table.max_rows, table.name, most, deadline};
    };
    if (has_app_passwords)
      add_rows(source(app_passwords_, kMaxAppPasswords), keys, drafts, read_app_password, app_passwords_of);
    if (has_fields) add_rows(source(user_fields_, kMaxUserFields), keys, drafts, read_field, fields_of);

    std::vector<std::optional<AccountRecord>> found;
    for (auto& draft : drafts)
      found.push_back(finished(std::move(draft)));
    return found;
  });
}

}  // namespace extmail::mysql
