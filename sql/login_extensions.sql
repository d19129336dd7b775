-- SPDX-License-Identifier: MIT
--
-- What extmail-authd can do beyond ExtMail's own schema: app passwords, fields of the admin's own, last logins.
--
-- Load it into the selected database after extmail.sql and change_log.sql and before grants.sql, as an account that may
-- make triggers. Then switch on what you want in [authd] of extmail.toml: app_passwords, user_fields, last_login.
-- ExtMail and ExtMan know nothing of these tables and have no rights on them; rows go and are renamed with their mailbox.
-- Loading it again is safe, and needed after a table was restored from a dump without triggers.

-- Further passwords of a mailbox, one for each program or device: lost with it, not with the mailbox.
--
--   INSERT INTO extmail_app_password (username, name, password, services, networks, expires)
--   VALUES ('user@example.com', 'phone', '{CRYPT}$6$…', 'imap,smtp', '192.0.2.0/24', '2030-01-01');
CREATE TABLE IF NOT EXISTS `extmail_app_password` (
  `id`       bigint unsigned NOT NULL AUTO_INCREMENT,
  `username` varchar(255)  NOT NULL COMMENT 'mailbox.username',
  `name`     varchar(64)   NOT NULL COMMENT 'what it is for; the log shows it',
  `password` varchar(255)  NOT NULL COMMENT 'a hash, as in mailbox.password',
  `services` varchar(255)  NOT NULL DEFAULT '' COMMENT 'imap, pop3, smtp, sieve, …; empty: all',
  `networks` varchar(1024) NOT NULL DEFAULT '' COMMENT 'where from: 192.0.2.0/24, 2001:db8::/32; empty: everywhere',
  `expires`  date          DEFAULT NULL COMMENT 'the first day that it is no good; NULL: never',
  `active`   tinyint       NOT NULL DEFAULT 1,
  `created`  timestamp     NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (`id`),
  UNIQUE KEY `username` (`username`, `name`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci COMMENT='extmail-authd: app passwords';

-- What the host is told of a user besides: Dovecot's own fields, those of a userdb with userdb_ in front.
-- allow_nets is for all: extmail-authd itself refuses logins from elsewhere.
--
--   INSERT INTO extmail_user_field (username, name, value) VALUES ('user@example.com', 'allow_nets', '192.0.2.0/24');
CREATE TABLE IF NOT EXISTS `extmail_user_field` (
  `username` varchar(255)  NOT NULL COMMENT 'mailbox.username',
  `name`     varchar(64)   NOT NULL COMMENT 'allow_nets, nologin, userdb_…',
  `value`    varchar(1024) NOT NULL DEFAULT '',
  PRIMARY KEY (`username`, `name`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci COMMENT='extmail-authd: fields for the host';

-- When who logged in last, by service; written by extmail-authd every few seconds.
CREATE TABLE IF NOT EXISTS `extmail_last_login` (
  `username` varchar(255) NOT NULL COMMENT 'mailbox.username',
  `service`  varchar(32)  NOT NULL COMMENT 'imap, pop3, smtp, …',
  `remote`   varchar(45)  NOT NULL DEFAULT '' COMMENT 'the client''s address',
  `at`       datetime     NOT NULL COMMENT 'in the time zone of the database server',
  PRIMARY KEY (`username`, `service`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci COMMENT='extmail-authd: last logins';

DROP PROCEDURE IF EXISTS `extmail_move_login`;
DROP FUNCTION IF EXISTS `extmail_login_triggers`;
DROP TRIGGER IF EXISTS `extmail_mailbox_move`;
DROP TRIGGER IF EXISTS `extmail_mailbox_forget`;
DROP TRIGGER IF EXISTS `extmail_app_password_insert`;
DROP TRIGGER IF EXISTS `extmail_app_password_update`;
DROP TRIGGER IF EXISTS `extmail_app_password_delete`;
DROP TRIGGER IF EXISTS `extmail_user_field_insert`;
DROP TRIGGER IF EXISTS `extmail_user_field_update`;
DROP TRIGGER IF EXISTS `extmail_user_field_delete`;

DELIMITER //

-- Who gets a name that somebody had before must not get their app passwords. Without a new name the rows are deleted. A
-- missing table (1146) must not keep anybody from deleting mailboxes.
-- The collation is named because MariaDB 11.8 has another default than the tables.
CREATE PROCEDURE `extmail_move_login`(IN `old` varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci,
                                      IN `new` varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci)
  MODIFIES SQL DATA
BEGIN
  DECLARE CONTINUE HANDLER FOR 1146 BEGIN END;
  IF `new` IS NULL THEN
    DELETE FROM `extmail_app_password` WHERE `username` = `old`;
    DELETE FROM `extmail_user_field` WHERE `username` = `old`;
    DELETE FROM `extmail_last_login` WHERE `username` = `old`;
  ELSE
    UPDATE `extmail_app_password` SET `username` = `new` WHERE `username` = `old`;
    UPDATE `extmail_user_field` SET `username` = `new` WHERE `username` = `old`;
    UPDATE `extmail_last_login` SET `username` = `new` WHERE `username` = `old`;
  END IF;
END//

CREATE TRIGGER `extmail_mailbox_move` AFTER UPDATE ON `mailbox` FOR EACH ROW
  IF BINARY OLD.`username` <> BINARY NEW.`username` THEN
    CALL `extmail_move_login`(OLD.`username`, NEW.`username`);
  END IF//
CREATE TRIGGER `extmail_mailbox_forget` AFTER DELETE ON `mailbox` FOR EACH ROW
  CALL `extmail_move_login`(OLD.`username`, NULL)//

-- To the change log these rows are a part of their mailbox.
CREATE TRIGGER `extmail_app_password_insert` AFTER INSERT ON `extmail_app_password` FOR EACH ROW
  CALL `extmail_note_change`(1, NEW.`username`)//
CREATE TRIGGER `extmail_app_password_update` AFTER UPDATE ON `extmail_app_password` FOR EACH ROW
BEGIN
  CALL `extmail_note_change`(1, OLD.`username`);
  IF BINARY OLD.`username` <> BINARY NEW.`username` THEN CALL `extmail_note_change`(1, NEW.`username`); END IF;
END//
CREATE TRIGGER `extmail_app_password_delete` AFTER DELETE ON `extmail_app_password` FOR EACH ROW
  CALL `extmail_note_change`(1, OLD.`username`)//

CREATE TRIGGER `extmail_user_field_insert` AFTER INSERT ON `extmail_user_field` FOR EACH ROW
  CALL `extmail_note_change`(1, NEW.`username`)//
CREATE TRIGGER `extmail_user_field_update` AFTER UPDATE ON `extmail_user_field` FOR EACH ROW
BEGIN
  CALL `extmail_note_change`(1, OLD.`username`);
  IF BINARY OLD.`username` <> BINARY NEW.`username` THEN CALL `extmail_note_change`(1, NEW.`username`); END IF;
END//
CREATE TRIGGER `extmail_user_field_delete` AFTER DELETE ON `extmail_user_field` FOR EACH ROW
  CALL `extmail_note_change`(1, OLD.`username`)//

-- How many of the six triggers are there that tell of changes: see extmail_change_triggers.
CREATE FUNCTION `extmail_login_triggers`() RETURNS int
  READS SQL DATA
BEGIN
  RETURN (SELECT COUNT(*) FROM `information_schema`.`TRIGGERS`
          WHERE `TRIGGER_SCHEMA` = DATABASE()
            AND `EVENT_OBJECT_TABLE` IN ('extmail_app_password', 'extmail_user_field')
            AND `TRIGGER_NAME` IN ('extmail_app_password_insert', 'extmail_app_password_update',
                                   'extmail_app_password_delete', 'extmail_user_field_insert',
                                   'extmail_user_field_update', 'extmail_user_field_delete'));
END//

DELIMITER ;
