-- SPDX-License-Identifier: MIT
--
-- What extmail-policyd decided, for those who want to look that up in the database and not in the log: enabled = true in
-- [policyd.decisions] of extmail.toml.
--
-- Load it into the selected database after extmail.sql and before grants.sql. extmail-policyd adds rows and removes those
-- that are older than its retention. Loading it again is safe.

CREATE TABLE IF NOT EXISTS `extmail_decision` (
  `id`            bigint unsigned NOT NULL AUTO_INCREMENT,
  `at`            datetime     NOT NULL COMMENT 'in the time zone of the server, as NOW()',
  `stage`         varchar(32)  NOT NULL COMMENT 'of the SMTP session: mail, rcpt, data, end_of_message, …',
  `client`        varchar(255) NOT NULL COMMENT 'address',
  `sasl_username` varchar(255) NOT NULL COMMENT 'empty: not authenticated',
  `sender`        varchar(255) NOT NULL COMMENT 'empty: the null sender',
  `recipient`     varchar(255) NOT NULL COMMENT 'empty: several, or not known yet',
  `queue_id`      varchar(255) NOT NULL DEFAULT '',
  `rule`          varchar(32)  NOT NULL,
  `action`        varchar(16)  NOT NULL COMMENT 'reject, defer, hold, other',
  `text`          varchar(255) NOT NULL COMMENT 'what Postfix was told, as access(5) has it',
  `reason`        varchar(255) NOT NULL DEFAULT '' COMMENT 'the row, entry or counter that decided',
  PRIMARY KEY (`id`),
  KEY `at` (`at`),
  KEY `recipient` (`recipient`, `at`),
  KEY `sasl_username` (`sasl_username`, `at`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci COMMENT='extmail-policyd: what it decided';
