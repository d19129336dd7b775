-- SPDX-License-Identifier: MIT
--
-- The change log: triggers note which rows of domain, mailbox and alias were written, so that the daemons can keep the
-- others in memory and still show every change within a second.
--
-- Load it into the selected database after extmail.sql and before grants.sql, as an account that may make triggers
-- (MySQL with binary logging also wants log_bin_trust_function_creators or SUPER). The triggers run with that account's
-- rights: ExtMan and the webmail need none on the log. Loading it again is safe, and needed after a table was restored
-- from a dump without triggers.
--
-- To be rid of it: DROP TABLE extmail_change_log. The triggers then do nothing.

CREATE TABLE IF NOT EXISTS `extmail_change_log` (
  `id`      bigint unsigned NOT NULL AUTO_INCREMENT,
  `kind`    tinyint unsigned NOT NULL COMMENT '0 domain, 1 mailbox, 2 alias, 3 policy, 255 all',
  `name`    varchar(255) NOT NULL COMMENT 'the row''s key, as stored',
  `written` timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (`id`),
  KEY `written` (`written`)
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

DROP PROCEDURE IF EXISTS `extmail_note_change`;
DROP FUNCTION IF EXISTS `extmail_change_triggers`;
DROP TRIGGER IF EXISTS `extmail_domain_insert`;
DROP TRIGGER IF EXISTS `extmail_domain_update`;
DROP TRIGGER IF EXISTS `extmail_domain_delete`;
DROP TRIGGER IF EXISTS `extmail_mailbox_insert`;
DROP TRIGGER IF EXISTS `extmail_mailbox_update`;
DROP TRIGGER IF EXISTS `extmail_mailbox_delete`;
DROP TRIGGER IF EXISTS `extmail_alias_insert`;
DROP TRIGGER IF EXISTS `extmail_alias_update`;
DROP TRIGGER IF EXISTS `extmail_alias_delete`;

DELIMITER //

-- Writing mail accounts must go on without the log: a missing table (1146) is the daemons' trouble, who notice.
CREATE PROCEDURE `extmail_note_change`(IN `kind` tinyint unsigned, IN `name` varchar(255) CHARACTER SET utf8mb4)
  MODIFIES SQL DATA
BEGIN
  DECLARE CONTINUE HANDLER FOR 1146 BEGIN END;
  INSERT INTO `extmail_change_log` (`kind`, `name`) VALUES (`kind`, `name`);
END//

CREATE TRIGGER `extmail_domain_insert` AFTER INSERT ON `domain` FOR EACH ROW
  CALL `extmail_note_change`(0, NEW.`domain`)//
CREATE TRIGGER `extmail_domain_update` AFTER UPDATE ON `domain` FOR EACH ROW
BEGIN
  CALL `extmail_note_change`(0, OLD.`domain`);
  IF BINARY OLD.`domain` <> BINARY NEW.`domain` THEN CALL `extmail_note_change`(0, NEW.`domain`); END IF;
END//
CREATE TRIGGER `extmail_domain_delete` AFTER DELETE ON `domain` FOR EACH ROW
  CALL `extmail_note_change`(0, OLD.`domain`)//

CREATE TRIGGER `extmail_mailbox_insert` AFTER INSERT ON `mailbox` FOR EACH ROW
  CALL `extmail_note_change`(1, NEW.`username`)//
CREATE TRIGGER `extmail_mailbox_update` AFTER UPDATE ON `mailbox` FOR EACH ROW
BEGIN
  CALL `extmail_note_change`(1, OLD.`username`);
  IF BINARY OLD.`username` <> BINARY NEW.`username` THEN CALL `extmail_note_change`(1, NEW.`username`); END IF;
END//
CREATE TRIGGER `extmail_mailbox_delete` AFTER DELETE ON `mailbox` FOR EACH ROW
  CALL `extmail_note_change`(1, OLD.`username`)//

CREATE TRIGGER `extmail_alias_insert` AFTER INSERT ON `alias` FOR EACH ROW
  CALL `extmail_note_change`(2, NEW.`address`)//
CREATE TRIGGER `extmail_alias_update` AFTER UPDATE ON `alias` FOR EACH ROW
BEGIN
  CALL `extmail_note_change`(2, OLD.`address`);
  IF BINARY OLD.`address` <> BINARY NEW.`address` THEN CALL `extmail_note_change`(2, NEW.`address`); END IF;
END//
CREATE TRIGGER `extmail_alias_delete` AFTER DELETE ON `alias` FOR EACH ROW
  CALL `extmail_note_change`(2, OLD.`address`)//

-- How many of the nine triggers are there. The daemons' accounts can't see triggers; this runs with the loader's rights.
CREATE FUNCTION `extmail_change_triggers`() RETURNS int
  READS SQL DATA
BEGIN
  RETURN (SELECT COUNT(*) FROM `information_schema`.`TRIGGERS`
          WHERE `TRIGGER_SCHEMA` = DATABASE() AND `EVENT_OBJECT_TABLE` IN ('domain', 'mailbox', 'alias')
            AND `TRIGGER_NAME` IN ('extmail_domain_insert', 'extmail_domain_update', 'extmail_domain_delete',
                                   'extmail_mailbox_insert', 'extmail_mailbox_update', 'extmail_mailbox_delete',
                                   'extmail_alias_insert', 'extmail_alias_update', 'extmail_alias_delete'));
END//

DELIMITER ;
