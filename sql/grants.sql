-- SPDX-License-Identifier: MIT
--
-- The database accounts, each with what its program needs of the selected database and nothing else:
--
--   extmail           ExtMail, the webmail: reads, and changes passwords and settings
--   webman            ExtMan, the administration: reads and writes
--   extmail_mapd      addresses and delivery data, no password column; the change log, which it prunes
--   extmail_policyd   addresses and delivery data, no password column
--   extmail_authd     the same, and what a login needs: the one daemon that may read password and clearpwd
--   extmail_ctl       extmailctl, for whoever does not run it as a user that the server knows by the unix socket: reads and
--                     writes rows of ExtMail's tables and of the suite's; only where @ctl_password is set
--
-- Load extmail.sql, change_log.sql and login_extensions.sql first, then, in the client:
--
--   SET @mapd_password = '…', @authd_password = '…', @policyd_password = '…';
--   SET @extmail_password = '…', @webman_password = '…';    -- without this line the guide's: extmail, webman
--   SET @ctl_password = '…';                                -- or leave it out: no such account is made
--   SOURCE sql/grants.sql
--
-- Loading it again sets passwords and rights to what is written here. These accounts are ours: any other right that
-- they were given is taken away. Repeat what you granted for maps of your own (extmail-maps(5)).

SET @extmail_sql_mode = @@SESSION.sql_mode;
-- QUOTE() relies on backslash escapes. MariaDB (whose comments /*M! are code) would otherwise let GRANT make an account
-- without a password, where making it properly has failed and the client goes on, as it does for a person.
SET SESSION sql_mode = CONCAT('STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION' /*M! , ',NO_AUTO_CREATE_USER' */);

-- Says what to do if something is not set.
CREATE TEMPORARY TABLE `extmail_grants` (
  `@mapd_password - SET it before loading grants.sql`    varchar(1024) CHARACTER SET utf8mb4 NOT NULL,
  `@authd_password - SET it before loading grants.sql`   varchar(1024) CHARACTER SET utf8mb4 NOT NULL,
  `@policyd_password - SET it before loading grants.sql` varchar(1024) CHARACTER SET utf8mb4 NOT NULL
);
INSERT INTO `extmail_grants`
VALUES (NULLIF(@mapd_password, ''), NULLIF(@authd_password, ''), NULLIF(@policyd_password, ''));
DROP TEMPORARY TABLE `extmail_grants`;

-- IDENTIFIED BY takes no variable, hence the prepared statements.
SET @accounts = CONCAT(
  "'extmail'@'localhost' IDENTIFIED BY ",           QUOTE(COALESCE(@extmail_password, 'extmail')),
  ", 'webman'@'localhost' IDENTIFIED BY ",          QUOTE(COALESCE(@webman_password, 'webman')),
  ", 'extmail_mapd'@'localhost' IDENTIFIED BY ",    QUOTE(@mapd_password),
  ", 'extmail_policyd'@'localhost' IDENTIFIED BY ", QUOTE(@policyd_password),
  ", 'extmail_authd'@'localhost' IDENTIFIED BY ",   QUOTE(@authd_password));
SET @statement = CONCAT('CREATE USER IF NOT EXISTS ', @accounts);
PREPARE create_accounts FROM @statement;
EXECUTE create_accounts;
SET @statement = CONCAT('ALTER USER ', @accounts);
PREPARE set_passwords FROM @statement;
EXECUTE set_passwords;
-- The account of extmailctl, where it is wanted.
SET @ctl_account =
  CONCAT("'extmail_ctl'@'localhost' IDENTIFIED BY ", QUOTE(NULLIF(@ctl_password, '')));
SET @statement = IF(@ctl_password <> '', CONCAT('CREATE USER IF NOT EXISTS ', @ctl_account), 'DO 0');
PREPARE create_accounts FROM @statement;
EXECUTE create_accounts;
SET @statement = IF(@ctl_password <> '', CONCAT('ALTER USER ', @ctl_account), 'DO 0');
PREPARE set_passwords FROM @statement;
EXECUTE set_passwords;
SET @statement =
  IF(@ctl_password <> '', "REVOKE ALL PRIVILEGES, GRANT OPTION FROM 'extmail_ctl'@'localhost'", 'DO 0');
PREPARE take_rights FROM @statement;
EXECUTE take_rights;
SET @accounts = NULL, @ctl_account = NULL, @statement = NULL;

REVOKE ALL PRIVILEGES, GRANT OPTION FROM
  'extmail'@'localhost', 'webman'@'localhost',
  'extmail_mapd'@'localhost', 'extmail_policyd'@'localhost', 'extmail_authd'@'localhost';

-- Table by table, so that tables which others add to this database stay out of the web applications' reach.
GRANT SELECT, UPDATE ON `domain`         TO 'extmail'@'localhost';
GRANT SELECT, UPDATE ON `mailbox`        TO 'extmail'@'localhost';
GRANT SELECT, UPDATE ON `alias`          TO 'extmail'@'localhost';
GRANT SELECT, UPDATE ON `manager`        TO 'extmail'@'localhost';
GRANT SELECT, UPDATE ON `domain_manager` TO 'extmail'@'localhost';

GRANT SELECT, INSERT, UPDATE, DELETE ON `domain`         TO 'webman'@'localhost';
GRANT SELECT, INSERT, UPDATE, DELETE ON `mailbox`        TO 'webman'@'localhost';
GRANT SELECT, INSERT, UPDATE, DELETE ON `alias`          TO 'webman'@'localhost';
GRANT SELECT, INSERT, UPDATE, DELETE ON `manager`        TO 'webman'@'localhost';
GRANT SELECT, INSERT, UPDATE, DELETE ON `domain_manager` TO 'webman'@'localhost';

GRANT SELECT (`domain`, `transport`, `active`, `expiredate`,
              `disablesmtpd`, `disablesmtp`, `disablewebmail`, `disableimap`, `disablepop3`)
  ON `domain` TO 'extmail_mapd'@'localhost', 'extmail_policyd'@'localhost', 'extmail_authd'@'localhost';

GRANT SELECT (`username`, `domain`, `mailhost`, `maildir`, `homedir`, `quota`, `uidnumber`, `gidnumber`, `active`,
              `expiredate`, `disablesmtpd`, `disablesmtp`, `disablewebmail`, `disableimap`, `disablepop3`)
  ON `mailbox` TO 'extmail_mapd'@'localhost', 'extmail_policyd'@'localhost', 'extmail_authd'@'localhost';

GRANT SELECT (`address`, `goto`, `domain`, `active`)
  ON `alias` TO 'extmail_mapd'@'localhost', 'extmail_policyd'@'localhost', 'extmail_authd'@'localhost';

GRANT SELECT (`uid`, `password`, `clearpwd`, `name`, `netdiskquota`, `disablenetdisk`, `disablepwdchange`)
  ON `mailbox` TO 'extmail_authd'@'localhost';

-- For rehash in [authd], where the administrator wants that: SET @authd_may_rehash = 1.
SET @statement =
  IF(@authd_may_rehash, "GRANT UPDATE (`password`) ON `mailbox` TO 'extmail_authd'@'localhost'", 'DO 0');
PREPARE grant_right FROM @statement;
EXECUTE grant_right;

-- For [authd.password_change], where the administrator wants that: SET @authd_may_change_passwords = 1.
SET @statement =
  IF(@authd_may_change_passwords, "GRANT UPDATE (`password`, `clearpwd`) ON `mailbox` TO 'extmail_authd'@'localhost'",
     'DO 0');
PREPARE grant_right FROM @statement;
EXECUTE grant_right;

-- The change log, where change_log.sql made one: read, and pruned.
SET @has_log = EXISTS (SELECT * FROM information_schema.TABLES
                       WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'extmail_change_log');
SET @statement = IF(@has_log, "GRANT SELECT, DELETE ON `extmail_change_log` TO
                               'extmail_mapd'@'localhost', 'extmail_policyd'@'localhost',
                               'extmail_authd'@'localhost'", 'DO 0');
PREPARE grant_right FROM @statement;
EXECUTE grant_right;
SET @has_triggers = EXISTS (SELECT * FROM information_schema.ROUTINES
                            WHERE ROUTINE_SCHEMA = DATABASE() AND ROUTINE_NAME = 'extmail_change_triggers');
SET @statement = IF(@has_triggers, "GRANT EXECUTE ON FUNCTION `extmail_change_triggers` TO
                                    'extmail_mapd'@'localhost', 'extmail_policyd'@'localhost',
                                    'extmail_authd'@'localhost'", 'DO 0');
PREPARE grant_right FROM @statement;
EXECUTE grant_right;

-- What login_extensions.sql made: read, and last logins written.
SET @has_logins = EXISTS (SELECT * FROM information_schema.ROUTINES
                          WHERE ROUTINE_SCHEMA = DATABASE() AND ROUTINE_NAME = 'extmail_login_triggers');
SET @statement =
  IF(@has_logins, "GRANT EXECUTE ON FUNCTION `extmail_login_triggers` TO 'extmail_authd'@'localhost'", 'DO 0');
PREPARE grant_right FROM @statement;
EXECUTE grant_right;
SET @statement = IF(@has_logins, "GRANT SELECT ON `extmail_app_password` TO 'extmail_authd'@'localhost'", 'DO 0');
PREPARE grant_right FROM @statement;
EXECUTE grant_right;
SET @statement = IF(@has_logins, "GRANT SELECT ON `extmail_user_field` TO 'extmail_authd'@'localhost'", 'DO 0');
PREPARE grant_right FROM @statement;
EXECUTE grant_right;
SET @statement =
  IF(@has_logins, "GRANT SELECT, INSERT, UPDATE ON `extmail_last_login` TO 'extmail_authd'@'localhost'", 'DO 0');
PREPARE grant_right FROM @statement;
EXECUTE grant_right;

-- What policy_extensions.sql made: read.
SET @has_policy = EXISTS (SELECT * FROM information_schema.ROUTINES
                          WHERE ROUTINE_SCHEMA = DATABASE() AND ROUTINE_NAME = 'extmail_policy_triggers');
SET @statement =
  IF(@has_policy, "GRANT EXECUTE ON FUNCTION `extmail_policy_triggers` TO 'extmail_policyd'@'localhost'", 'DO 0');
PREPARE grant_right FROM @statement;
EXECUTE grant_right;
SET @statement = IF(@has_policy, "GRANT SELECT ON `extmail_policy` TO 'extmail_policyd'@'localhost'", 'DO 0');
PREPARE grant_right FROM @statement;
EXECUTE grant_right;

-- What usage_extensions.sql made: read. Who writes it is Dovecot, with an account that you give it.
SET @has_usage = EXISTS (SELECT * FROM information_schema.TABLES
                         WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'extmail_mail_usage');
SET @statement = IF(@has_usage, "GRANT SELECT ON `extmail_mail_usage` TO 'extmail_policyd'@'localhost'", 'DO 0');
PREPARE grant_right FROM @statement;
EXECUTE grant_right;

-- extmailctl: the rows of all these tables, never the schema. What a table needs that is not there is left out.
SET @statement = IF(@ctl_password <> '', "GRANT SELECT, INSERT, UPDATE, DELETE ON `domain` TO 'extmail_ctl'@'localhost'",
                      'DO 0');
PREPARE grant_right FROM @statement;
EXECUTE grant_right;
SET @statement = IF(@ctl_password <> '', "GRANT SELECT, INSERT, UPDATE, DELETE ON `mailbox` TO 'extmail_ctl'@'localhost'",
                      'DO 0');
PREPARE grant_right FROM @statement;
EXECUTE grant_right;
SET @statement = IF(@ctl_password <> '', "GRANT SELECT, INSERT, UPDATE, DELETE ON `alias` TO 'extmail_ctl'@'localhost'",
                      'DO 0');
PREPARE grant_right FROM @statement;
EXECUTE grant_right;
SET @statement = IF(@ctl_password <> '', "GRANT SELECT, INSERT, UPDATE, DELETE ON `manager` TO 'extmail_ctl'@'localhost'",
                      'DO 0');
PREPARE grant_right FROM @statement;
EXECUTE grant_right;
SET @statement = IF(@ctl_password <> '', "GRANT SELECT, INSERT, UPDATE, DELETE ON `domain_manager` TO 'extmail_ctl'@'localhost'",
                      'DO 0');
PREPARE grant_right FROM @statement;
EXECUTE grant_right;
SET @statement = IF(@has_logins AND @ctl_password <> '', "GRANT SELECT, INSERT, UPDATE, DELETE ON `extmail_app_password` TO 'extmail_ctl'@'localhost'",
                      'DO 0');
PREPARE grant_right FROM @statement;
EXECUTE grant_right;
SET @statement = IF(@has_logins AND @ctl_password <> '', "GRANT SELECT, INSERT, UPDATE, DELETE ON `extmail_user_field` TO 'extmail_ctl'@'localhost'",
                      'DO 0');
PREPARE grant_right FROM @statement;
EXECUTE grant_right;
SET @statement = IF(@has_logins AND @ctl_password <> '', "GRANT SELECT, INSERT, UPDATE, DELETE ON `extmail_last_login` TO 'extmail_ctl'@'localhost'",
                      'DO 0');
PREPARE grant_right FROM @statement;
EXECUTE grant_right;
SET @statement = IF(@has_policy AND @ctl_password <> '', "GRANT SELECT, INSERT, UPDATE, DELETE ON `extmail_policy` TO 'extmail_ctl'@'localhost'",
                      'DO 0');
PREPARE grant_right FROM @statement;
EXECUTE grant_right;
-- For extmailctl flush.
SET @statement = IF(@has_triggers AND @ctl_password <> '', "GRANT EXECUTE ON FUNCTION `extmail_change_triggers` TO 'extmail_ctl'@'localhost'",
                      'DO 0');
PREPARE grant_right FROM @statement;
EXECUTE grant_right;
SET @statement = IF(@has_log AND @ctl_password <> '', "GRANT INSERT ON `extmail_change_log` TO 'extmail_ctl'@'localhost'",
                      'DO 0');
PREPARE grant_right FROM @statement;
EXECUTE grant_right;
SET @statement = IF(@has_usage AND @ctl_password <> '', "GRANT SELECT, INSERT, UPDATE, DELETE ON `extmail_mail_usage` TO 'extmail_ctl'@'localhost'",
                      'DO 0');
PREPARE grant_right FROM @statement;
EXECUTE grant_right;

-- What decision_extensions.sql made: written, and pruned.
SET @has_decisions = EXISTS (SELECT * FROM information_schema.TABLES
                             WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'extmail_decision');
SET @statement =
  IF(@has_decisions, "GRANT SELECT, INSERT, DELETE ON `extmail_decision` TO 'extmail_policyd'@'localhost'", 'DO 0');
PREPARE grant_right FROM @statement;
EXECUTE grant_right;
SET @has_log = NULL, @has_triggers = NULL, @has_logins = NULL, @has_policy = NULL, @has_usage = NULL, @has_decisions = NULL,
    @statement = NULL;

SET SESSION sql_mode = @extmail_sql_mode;
