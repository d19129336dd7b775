-- SPDX-License-Identifier: MIT
--
-- The ExtMail schema: the five tables that ExtMail 1.2 and ExtMan 1.1 read and write, with the columns in the order of
-- the original file.
--
--   mariadb DATABASE < sql/extmail.sql
--
-- Loading it again changes nothing: it creates what is missing and neither drops nor alters a table that is there.
-- What differs from the original, and why:
--   * InnoDB, not MyISAM: a crash loses no mailbox, and a 255-character utf8mb4 key is too long for MyISAM.
--   * utf8mb4, because that is what the web applications send. general_ci finds an address whatever its case, as the
--     original's collation did, and is the one that every MariaDB and MySQL release knows.
--   * Indexes on domain: ExtMan lists users and aliases by domain.
--   * text columns have a default, so that a row written by hand may leave them out.
-- The dates default to 0000-00-00, which ExtMan writes for "never". A strict server refuses that default, hence:

SET @extmail_sql_mode = @@SESSION.sql_mode;
SET SESSION sql_mode = 'NO_ENGINE_SUBSTITUTION';

CREATE TABLE IF NOT EXISTS `domain` (
  `domain`               varchar(255) NOT NULL DEFAULT '',
  `description`          varchar(255) NOT NULL DEFAULT '',
  `hashdirpath`          varchar(255) NOT NULL DEFAULT '',  -- '' or 'BD/98', where ExtMan hashes directories
  `maxalias`             int          NOT NULL DEFAULT 0,
  `maxusers`             int          NOT NULL DEFAULT 0,
  `maxquota`             varchar(16)  NOT NULL DEFAULT '0',
  `maxnetdiskquota`      varchar(16)  NOT NULL DEFAULT '0',
  `transport`            varchar(255)          DEFAULT NULL,
  `can_signup`           tinyint      NOT NULL DEFAULT 0,
  `default_quota`        varchar(255)          DEFAULT NULL, -- default_* and disable* are ExtMan's template for new users
  `default_netdiskquota` varchar(255)          DEFAULT NULL,
  `default_expire`       varchar(12)           DEFAULT NULL,
  `disablesmtpd`         smallint              DEFAULT NULL,
  `disablesmtp`          smallint              DEFAULT NULL,
  `disablewebmail`       smallint              DEFAULT NULL,
  `disablenetdisk`       smallint              DEFAULT NULL,
  `disableimap`          smallint              DEFAULT NULL,
  `disablepop3`          smallint              DEFAULT NULL,
  `createdate`           datetime     NOT NULL DEFAULT '0000-00-00 00:00:00',
  `expiredate`           date         NOT NULL DEFAULT '0000-00-00',
  `active`               tinyint      NOT NULL DEFAULT 1,
  PRIMARY KEY (`domain`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci COMMENT='ExtMail: virtual domains';

CREATE TABLE IF NOT EXISTS `mailbox` (
  `username`         varchar(255) NOT NULL DEFAULT '',  -- the whole address, in lower case
  `uid`              varchar(255) NOT NULL DEFAULT '',  -- the local part; the Unix id is uidnumber
  `password`         varchar(255) NOT NULL DEFAULT '',
  `clearpwd`         varchar(128) NOT NULL DEFAULT '',
  `name`             varchar(255) NOT NULL DEFAULT '',
  `mailhost`         varchar(255) NOT NULL DEFAULT '',
  `maildir`          varchar(255) NOT NULL DEFAULT '',  -- below the mail base: 'dom/user/Maildir/'
  `homedir`          varchar(255) NOT NULL DEFAULT '',
  `quota`            varchar(16)  NOT NULL DEFAULT '0', -- '104857600S' bytes, '1000C' messages, '' or '0S' unlimited
  `netdiskquota`     varchar(16)  NOT NULL DEFAULT '0',
  `domain`           varchar(255) NOT NULL DEFAULT '',
  `uidnumber`        int          NOT NULL DEFAULT 1000,
  `gidnumber`        int          NOT NULL DEFAULT 1000,
  `createdate`       datetime     NOT NULL DEFAULT '0000-00-00 00:00:00',
  `expiredate`       date         NOT NULL DEFAULT '0000-00-00',
  `active`           smallint     NOT NULL DEFAULT 1,
  `disablepwdchange` smallint              DEFAULT NULL,
  `disablesmtpd`     smallint              DEFAULT NULL,  -- may not log in to send
  `disablesmtp`      smallint              DEFAULT NULL,  -- may not receive
  `disablewebmail`   smallint              DEFAULT NULL,
  `disablenetdisk`   smallint              DEFAULT NULL,
  `disableimap`      smallint              DEFAULT NULL,
  `disablepop3`      smallint              DEFAULT NULL,
  `question`         text         NOT NULL DEFAULT (''),
  `answer`           text         NOT NULL DEFAULT (''),
  PRIMARY KEY (`username`),
  KEY `domain` (`domain`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci COMMENT='ExtMail: virtual mailboxes';

CREATE TABLE IF NOT EXISTS `alias` (
  `address`    varchar(255) NOT NULL DEFAULT '',  -- an address, or '@domain' to catch all
  `goto`       text         NOT NULL,             -- 'a@x,b@y', or '@domain'
  `domain`     varchar(255) NOT NULL DEFAULT '',
  `createdate` datetime     NOT NULL DEFAULT '0000-00-00 00:00:00',
  `active`     tinyint      NOT NULL DEFAULT 1,
  PRIMARY KEY (`address`),
  KEY `domain` (`domain`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci COMMENT='ExtMail: virtual aliases';

CREATE TABLE IF NOT EXISTS `manager` (
  `username`         varchar(255) NOT NULL DEFAULT '',
  `password`         varchar(255) NOT NULL DEFAULT '',
  `type`             varchar(64)  NOT NULL DEFAULT 'postmaster',  -- or 'admin'
  `uid`              varchar(255) NOT NULL DEFAULT '',
  `name`             varchar(255) NOT NULL DEFAULT '',
  `question`         text         NOT NULL DEFAULT (''),
  `answer`           text         NOT NULL DEFAULT (''),
  `disablepwdchange` smallint              DEFAULT NULL,
  `createdate`       datetime     NOT NULL DEFAULT '0000-00-00 00:00:00',
  `expiredate`       date         NOT NULL DEFAULT '0000-00-00',
  `active`           tinyint      NOT NULL DEFAULT 1,
  PRIMARY KEY (`username`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci COMMENT='ExtMan: who may administer';

CREATE TABLE IF NOT EXISTS `domain_manager` (
  `username`   varchar(255) NOT NULL DEFAULT '',
  `domain`     varchar(255) NOT NULL DEFAULT '',  -- ExtMan writes one row with '' for a manager without a domain
  `createdate` datetime     NOT NULL DEFAULT '0000-00-00 00:00:00',
  `active`     tinyint      NOT NULL DEFAULT 1,
  KEY `username` (`username`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci COMMENT='ExtMan: who administers which domain';

SET SESSION sql_mode = @extmail_sql_mode;
