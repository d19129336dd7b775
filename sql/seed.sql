-- SPDX-License-Identifier: MIT
--
-- A first domain, as the original guide has it: one mailbox, one alias, one administrator.
--
--   mariadb --init-command="SET @domain = 'example.com'" DATABASE < sql/seed.sql
--
--   postmaster@DOMAIN   mailbox, password "extmail"
--   support@DOMAIN      alias of postmaster@DOMAIN
--   root@DOMAIN         ExtMan's administrator, password "extmail*123*"
--
-- The passwords are public knowledge: change both before the server can be reached from outside.
-- Loading it again adds what is missing and leaves the rows that are there alone. Nothing in it ever expires.

SET @extmail_sql_mode = @@SESSION.sql_mode;
SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION';

-- With the collation of the columns: what a variable brings from the connection can't be compared to them. NULL if it
-- is not set, so that nothing is added where the client goes on after an error, as it does for a person.
SET @domain = CONVERT(NULLIF(LOWER(TRIM(@domain)), '') USING utf8mb4) COLLATE utf8mb4_general_ci;

-- Says what to do if @domain is not set. The width is that of the columns, less what is put beside it in maildir.
CREATE TEMPORARY TABLE `extmail_seed` (
  `@domain - SET it before loading seed.sql` varchar(235) CHARACTER SET utf8mb4 NOT NULL
);
INSERT INTO `extmail_seed` VALUES (@domain);
DROP TEMPORARY TABLE `extmail_seed`;

INSERT INTO `domain`
  (`domain`, `description`, `maxalias`, `maxusers`, `maxquota`, `maxnetdiskquota`, `transport`, `can_signup`,
   `default_quota`, `default_netdiskquota`, `default_expire`, `disablesmtpd`, `disablesmtp`, `disablewebmail`,
   `disablenetdisk`, `disableimap`, `disablepop3`, `createdate`, `expiredate`, `active`)
VALUES
  (@domain, CONCAT('virtual domain ', @domain), 50, 50, '1073741824S', '524288000S', NULL, 0,
   '104857600S', '52428800S', '1y', 0, 0, 0,
   0, 0, 0, NOW(), '0000-00-00', 1)
ON DUPLICATE KEY UPDATE `domain` = `domain`;

INSERT INTO `mailbox`
  (`username`, `uid`, `password`, `name`, `maildir`, `homedir`, `quota`, `netdiskquota`, `domain`, `uidnumber`,
   `gidnumber`, `createdate`, `expiredate`, `active`, `disablepwdchange`, `disablesmtpd`, `disablesmtp`,
   `disablewebmail`, `disablenetdisk`, `disableimap`, `disablepop3`, `question`, `answer`)
VALUES
  (CONCAT('postmaster@', @domain), 'postmaster', '$1$phz1mRrj$3ok6BjeaoJYWDBsEPZb5C0', 'Postmaster',
   CONCAT(@domain, '/postmaster/Maildir/'), CONCAT(@domain, '/postmaster'), '104857600S', '52428800S', @domain, 2525,
   2525, NOW(), '0000-00-00', 1, 0, 0, 0,
   0, 0, 0, 0, '', '')
ON DUPLICATE KEY UPDATE `username` = `username`;

INSERT INTO `alias`
  (`address`, `goto`, `domain`, `createdate`, `active`)
VALUES
  (CONCAT('support@', @domain), CONCAT('postmaster@', @domain), @domain, NOW(), 1)
ON DUPLICATE KEY UPDATE `address` = `address`;

INSERT INTO `manager`
  (`username`, `password`, `type`, `uid`, `name`, `question`, `answer`, `disablepwdchange`, `createdate`, `expiredate`,
   `active`)
VALUES
  (CONCAT('root@', @domain), '$1$BrT9qxfB$Ha81Mb5YVV6rNKNN5jmtj1', 'admin', 'root', 'Administrator', '', '', 0, NOW(),
   '0000-00-00', 1)
ON DUPLICATE KEY UPDATE `username` = `username`;

-- This table has no key that could tell a duplicate.
INSERT INTO `domain_manager`
  (`username`, `domain`, `createdate`, `active`)
SELECT CONCAT('root@', @domain), @domain, NOW(), 1
FROM (SELECT COUNT(*) AS `rows_found` FROM `domain_manager`
      WHERE `username` = CONCAT('root@', @domain) AND `domain` = @domain) AS `existing`
WHERE `existing`.`rows_found` = 0;

SET SESSION sql_mode = @extmail_sql_mode;
