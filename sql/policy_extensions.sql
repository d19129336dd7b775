-- SPDX-License-Identifier: MIT
--
-- What extmail-policyd can do beyond ExtMail's own schema: limits, lists and rights of a mailbox, a domain or everybody.
--
-- Load it into the selected database after extmail.sql and change_log.sql and before grants.sql, as an account that may
-- make triggers. Then set policy_table = true in [policyd] of extmail.toml.
-- ExtMail and ExtMan know nothing of this table and have no rights on it; rows go and are renamed with their mailbox,
-- and go with their domain. ExtMan renames neither aliases nor domains; extmailctl, which does, takes their rows along.
-- Loading it again is safe, and needed after a table was restored from a dump without triggers.

-- One line for each thing that holds for a subject; extmail-policyd(8) lists the kinds.
--
--   INSERT INTO extmail_policy (subject, kind, value) VALUES ('boss@example.com', 'limit', 'per-hour=unlimited');
CREATE TABLE IF NOT EXISTS `extmail_policy` (
  `id`      bigint unsigned NOT NULL AUTO_INCREMENT,
  `subject` varchar(255) NOT NULL COMMENT 'user@domain, @domain, or * for everybody',
  `kind`    varchar(32)  NOT NULL COMMENT 'limit, …',
  `value`   varchar(255) NOT NULL DEFAULT '',
  `comment` varchar(255) NOT NULL DEFAULT '' COMMENT 'for people',
  `active`  tinyint      NOT NULL DEFAULT 1,
  `created` timestamp    NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (`id`),
  UNIQUE KEY `subject` (`subject`, `kind`, `value`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci COMMENT='extmail-policyd: what the admin lays down';

DROP PROCEDURE IF EXISTS `extmail_move_policy`;
DROP FUNCTION IF EXISTS `extmail_policy_triggers`;
DROP TRIGGER IF EXISTS `extmail_mailbox_move_policy`;
DROP TRIGGER IF EXISTS `extmail_mailbox_forget_policy`;
DROP TRIGGER IF EXISTS `extmail_domain_forget_policy`;
DROP TRIGGER IF EXISTS `extmail_policy_insert`;
DROP TRIGGER IF EXISTS `extmail_policy_update`;
DROP TRIGGER IF EXISTS `extmail_policy_delete`;

DELIMITER //

-- Who gets a name that somebody had before must not get their rights. Without a new name the rows are deleted. A missing
-- table (1146) must not keep anybody from deleting mailboxes.
-- The collation is named because MariaDB 11.8 has another default than the table.
CREATE PROCEDURE `extmail_move_policy`(IN `old` varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci,
                                       IN `new` varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci)
  MODIFIES SQL DATA
BEGIN
  DECLARE CONTINUE HANDLER FOR 1146 BEGIN END;
  IF `new` IS NULL THEN
    DELETE FROM `extmail_policy` WHERE `subject` = `old`;
  ELSE
    UPDATE IGNORE `extmail_policy` SET `subject` = `new` WHERE `subject` = `old`;
  END IF;
END//

CREATE TRIGGER `extmail_mailbox_move_policy` AFTER UPDATE ON `mailbox` FOR EACH ROW
  IF BINARY OLD.`username` <> BINARY NEW.`username` THEN
    CALL `extmail_move_policy`(OLD.`username`, NEW.`username`);
  END IF//
CREATE TRIGGER `extmail_mailbox_forget_policy` AFTER DELETE ON `mailbox` FOR EACH ROW
  CALL `extmail_move_policy`(OLD.`username`, NULL)//
CREATE TRIGGER `extmail_domain_forget_policy` AFTER DELETE ON `domain` FOR EACH ROW
  CALL `extmail_move_policy`(CONCAT('@', OLD.`domain`), NULL)//

CREATE TRIGGER `extmail_policy_insert` AFTER INSERT ON `extmail_policy` FOR EACH ROW
  CALL `extmail_note_change`(3, NEW.`subject`)//
CREATE TRIGGER `extmail_policy_update` AFTER UPDATE ON `extmail_policy` FOR EACH ROW
BEGIN
  CALL `extmail_note_change`(3, OLD.`subject`);
  IF BINARY OLD.`subject` <> BINARY NEW.`subject` THEN CALL `extmail_note_change`(3, NEW.`subject`); END IF;
END//
CREATE TRIGGER `extmail_policy_delete` AFTER DELETE ON `extmail_policy` FOR EACH ROW
  CALL `extmail_note_change`(3, OLD.`subject`)//

-- How many of the three triggers are there that tell of changes: see extmail_change_triggers.
CREATE FUNCTION `extmail_policy_triggers`() RETURNS int
  READS SQL DATA
BEGIN
  RETURN (SELECT COUNT(*) FROM `information_schema`.`TRIGGERS`
          WHERE `TRIGGER_SCHEMA` = DATABASE() AND `EVENT_OBJECT_TABLE` = 'extmail_policy'
            AND `TRIGGER_NAME` IN ('extmail_policy_insert', 'extmail_policy_update', 'extmail_policy_delete'));
END//

DELIMITER ;
