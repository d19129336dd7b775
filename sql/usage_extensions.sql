-- SPDX-License-Identifier: MIT
--
-- What mailboxes hold, as Dovecot's quota_clone notes it, for the quota rule of extmail-policyd. Only for those who have
-- no maildirsize, such as with Dovecot's quota driver count: usage = "table" in [policyd.quota] of extmail.toml.
--
-- Load it into the selected database after extmail.sql and before grants.sql, as an account that may make triggers.
-- extmail-policy-rules(7) has what Dovecot needs. Loading it again is safe.

CREATE TABLE IF NOT EXISTS `extmail_mail_usage` (
  `username` varchar(255) NOT NULL COMMENT 'mailbox.username',
  `bytes`    bigint       NOT NULL DEFAULT 0,
  `messages` bigint       NOT NULL DEFAULT 0,
  PRIMARY KEY (`username`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci COMMENT='Dovecot: what mailboxes hold';

DROP PROCEDURE IF EXISTS `extmail_move_usage`;
DROP TRIGGER IF EXISTS `extmail_mailbox_move_usage`;
DROP TRIGGER IF EXISTS `extmail_mailbox_forget_usage`;

DELIMITER //

-- Who gets a name that somebody had before must not get mail refused for what they held: nothing would be delivered that
-- makes Dovecot count anew. A missing table (1146) must not keep anybody from deleting mailboxes.
-- The collation is named because MariaDB 11.8 has another default than the table.
CREATE PROCEDURE `extmail_move_usage`(IN `old` varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci,
                                      IN `new` varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci)
  MODIFIES SQL DATA
BEGIN
  DECLARE CONTINUE HANDLER FOR 1146 BEGIN END;
  IF `new` IS NULL THEN
    DELETE FROM `extmail_mail_usage` WHERE `username` = `old`;
  ELSE
    UPDATE IGNORE `extmail_mail_usage` SET `username` = `new` WHERE `username` = `old`;
  END IF;
END//

CREATE TRIGGER `extmail_mailbox_move_usage` AFTER UPDATE ON `mailbox` FOR EACH ROW
  IF BINARY OLD.`username` <> BINARY NEW.`username` THEN
    CALL `extmail_move_usage`(OLD.`username`, NEW.`username`);
  END IF//
CREATE TRIGGER `extmail_mailbox_forget_usage` AFTER DELETE ON `mailbox` FOR EACH ROW
  CALL `extmail_move_usage`(OLD.`username`, NULL)//

DELIMITER ;
