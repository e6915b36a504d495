//! The shape of the file.

use crate::sqlite::DbSchema;

/// What the simulator's file is. A commit survives a killed process; a loss of power may take the last moments.
pub const SHAPE: DbSchema = DbSchema {
    name: "simulator file",
    // "SVND"
    application_id: 0x5356_4e44,
    migrations: &[FIRST, RUNS, WEBHOOKS],
    durable: false,
    keeps_log: true,
    page_size: 4096,
};

/// Times are milliseconds of virtual time since the Unix epoch, ids are the 16 bytes of a UUID.
///
/// - `messages` repeats the event of its notification, so that one index finds both. Statuses are not stored, but times
///   at which they begin. `end_at` is never null: a message that is queued for ever has its end at `queued_at`.
/// - Recipients are compared without regard to the case of ASCII letters, as addresses are.
/// - Only identifiers that a contact has cost a place in an index.
const FIRST: &str = "
CREATE TABLE clock (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  real INTEGER NOT NULL,
  virtual INTEGER NOT NULL,
  rate REAL NOT NULL
) STRICT;

CREATE TABLE notifications (
  id BLOB PRIMARY KEY,
  event TEXT NOT NULL,
  contact TEXT NOT NULL,
  moves_at INTEGER,
  completes_at INTEGER,
  cancelled_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE messages (
  notification BLOB NOT NULL,
  n INTEGER NOT NULL,
  event TEXT NOT NULL,
  channel TEXT NOT NULL,
  recipient TEXT NOT NULL COLLATE NOCASE,
  queued_at INTEGER NOT NULL,
  sent_at INTEGER,
  end_at INTEGER NOT NULL,
  end_status TEXT NOT NULL,
  reason TEXT,
  note TEXT,
  late_at INTEGER,
  late_reason TEXT,
  last_at INTEGER NOT NULL,
  decided_by TEXT NOT NULL,
  PRIMARY KEY (notification, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX messages_event ON messages (event, notification, n);
CREATE INDEX messages_channel ON messages (channel, notification, n);
CREATE INDEX messages_recipient ON messages (recipient, notification, n);
CREATE INDEX messages_status ON messages (end_status, notification, n);
CREATE INDEX messages_last ON messages (last_at, notification, n);

CREATE TABLE contacts (
  uuid BLOB PRIMARY KEY,
  fields TEXT NOT NULL,
  external_id TEXT,
  email TEXT COLLATE NOCASE,
  phone TEXT,
  slack_id TEXT,
  telegram TEXT,
  discord TEXT,
  push_token TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX contacts_external_id ON contacts (external_id) WHERE external_id IS NOT NULL;
CREATE INDEX contacts_email ON contacts (email) WHERE email IS NOT NULL;
CREATE INDEX contacts_phone ON contacts (phone) WHERE phone IS NOT NULL;
CREATE INDEX contacts_slack_id ON contacts (slack_id) WHERE slack_id IS NOT NULL;
CREATE INDEX contacts_telegram ON contacts (telegram) WHERE telegram IS NOT NULL;
CREATE INDEX contacts_discord ON contacts (discord) WHERE discord IS NOT NULL;
CREATE INDEX contacts_push_token ON contacts (push_token) WHERE push_token IS NOT NULL;

CREATE TABLE suppressions (
  recipient TEXT NOT NULL COLLATE NOCASE,
  channel TEXT NOT NULL,
  since INTEGER NOT NULL,
  source BLOB NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (recipient, channel, since, source)
) STRICT, WITHOUT ROWID;

CREATE TABLE counters (
  recipient TEXT PRIMARY KEY COLLATE NOCASE,
  count INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE idempotency (
  key TEXT PRIMARY KEY,
  fingerprint BLOB NOT NULL,
  at INTEGER NOT NULL,
  answer TEXT NOT NULL
) STRICT, WITHOUT ROWID;
";

/// Every table and every index begins with the number of its namespace; what was there is of the main namespace, 0.
///
/// - A contact has a number within its namespace, in the order of its id.
/// - A contact can have several push tokens: they have a table of their own, in place of a column.
const RUNS: &str = "
CREATE TABLE namespaces (
  namespace INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
) STRICT;

ALTER TABLE notifications RENAME TO old_notifications;
CREATE TABLE notifications (
  namespace INTEGER NOT NULL,
  id BLOB NOT NULL,
  event TEXT NOT NULL,
  contact TEXT NOT NULL,
  moves_at INTEGER,
  completes_at INTEGER,
  cancelled_at INTEGER,
  PRIMARY KEY (namespace, id)
) STRICT, WITHOUT ROWID;
INSERT INTO notifications SELECT 0, id, event, contact, moves_at, completes_at, cancelled_at FROM old_notifications;
DROP TABLE old_notifications;

ALTER TABLE messages RENAME TO old_messages;
CREATE TABLE messages (
  namespace INTEGER NOT NULL,
  notification BLOB NOT NULL,
  n INTEGER NOT NULL,
  event TEXT NOT NULL,
  channel TEXT NOT NULL,
  recipient TEXT NOT NULL COLLATE NOCASE,
  queued_at INTEGER NOT NULL,
  sent_at INTEGER,
  end_at INTEGER NOT NULL,
  end_status TEXT NOT NULL,
  reason TEXT,
  note TEXT,
  late_at INTEGER,
  late_reason TEXT,
  last_at INTEGER NOT NULL,
  decided_by TEXT NOT NULL,
  PRIMARY KEY (namespace, notification, n)
) STRICT, WITHOUT ROWID;
INSERT INTO messages SELECT 0, notification, n, event, channel, recipient, queued_at, sent_at, end_at, end_status,
  reason, note, late_at, late_reason, last_at, decided_by FROM old_messages;
DROP TABLE old_messages;
CREATE INDEX messages_event ON messages (namespace, event, notification, n);
CREATE INDEX messages_channel ON messages (namespace, channel, notification, n);
CREATE INDEX messages_recipient ON messages (namespace, recipient, notification, n);
CREATE INDEX messages_status ON messages (namespace, end_status, notification, n);
CREATE INDEX messages_last ON messages (namespace, last_at, notification, n);

ALTER TABLE contacts RENAME TO old_contacts;
CREATE TABLE contacts (
  namespace INTEGER NOT NULL,
  uuid BLOB NOT NULL,
  number INTEGER NOT NULL,
  fields TEXT NOT NULL,
  external_id TEXT,
  email TEXT COLLATE NOCASE,
  phone TEXT,
  slack_id TEXT,
  telegram TEXT,
  discord TEXT,
  PRIMARY KEY (namespace, uuid)
) STRICT, WITHOUT ROWID;
CREATE TABLE push_tokens (
  namespace INTEGER NOT NULL,
  token TEXT NOT NULL,
  contact BLOB NOT NULL,
  PRIMARY KEY (namespace, token)
) STRICT, WITHOUT ROWID;
INSERT INTO contacts SELECT 0, uuid, row_number() OVER (ORDER BY uuid), fields, external_id, email, phone, slack_id,
  telegram, discord FROM old_contacts;
INSERT OR REPLACE INTO push_tokens SELECT 0, push_token, uuid FROM old_contacts WHERE push_token IS NOT NULL;
DROP TABLE old_contacts;
CREATE INDEX contacts_external_id ON contacts (namespace, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX contacts_email ON contacts (namespace, email) WHERE email IS NOT NULL;
CREATE INDEX contacts_phone ON contacts (namespace, phone) WHERE phone IS NOT NULL;
CREATE INDEX contacts_slack_id ON contacts (namespace, slack_id) WHERE slack_id IS NOT NULL;
CREATE INDEX contacts_telegram ON contacts (namespace, telegram) WHERE telegram IS NOT NULL;
CREATE INDEX contacts_discord ON contacts (namespace, discord) WHERE discord IS NOT NULL;

ALTER TABLE suppressions RENAME TO old_suppressions;
CREATE TABLE suppressions (
  namespace INTEGER NOT NULL,
  recipient TEXT NOT NULL COLLATE NOCASE,
  channel TEXT NOT NULL,
  since INTEGER NOT NULL,
  source BLOB NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (namespace, recipient, channel, since, source)
) STRICT, WITHOUT ROWID;
INSERT INTO suppressions SELECT 0, recipient, channel, since, source, reason FROM old_suppressions;
DROP TABLE old_suppressions;

ALTER TABLE counters RENAME TO old_counters;
CREATE TABLE counters (
  namespace INTEGER NOT NULL,
  recipient TEXT NOT NULL COLLATE NOCASE,
  count INTEGER NOT NULL,
  PRIMARY KEY (namespace, recipient)
) STRICT, WITHOUT ROWID;
INSERT INTO counters SELECT 0, recipient, count FROM old_counters;
DROP TABLE old_counters;

ALTER TABLE idempotency RENAME TO old_idempotency;
CREATE TABLE idempotency (
  namespace INTEGER NOT NULL,
  key TEXT NOT NULL,
  fingerprint BLOB NOT NULL,
  at INTEGER NOT NULL,
  answer TEXT NOT NULL,
  PRIMARY KEY (namespace, key)
) STRICT, WITHOUT ROWID;
INSERT INTO idempotency SELECT 0, key, fingerprint, at, answer FROM old_idempotency;
DROP TABLE old_idempotency;
";

/// One endpoint of a namespace at most is not deleted. `by_flag` is one that `serve --webhook` registered: a reset keeps it.
///
/// - A row of `webhook_events` is one event of one message. Only the first of a message that is not settled has a
///   `due_at`, and gives it to the next when it is settled: so they go out in order, and the indexes of what is due hold
///   nothing else. `lease` is the id of the attempt that is on its way, until a moment of real time: a process that is
///   killed meanwhile loses its lease, not the event.
/// - `state` is `open`, `delivered`, `given_up` or `dropped`.
const WEBHOOKS: &str = "
CREATE TABLE webhooks (
  uuid BLOB PRIMARY KEY,
  namespace INTEGER NOT NULL,
  url TEXT NOT NULL,
  enabled_events TEXT NOT NULL,
  description TEXT,
  is_active INTEGER NOT NULL,
  secret TEXT NOT NULL,
  by_flag INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  deleted_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX webhooks_run ON webhooks (namespace) WHERE deleted_at IS NULL;

CREATE TABLE webhook_events (
  namespace INTEGER NOT NULL,
  id BLOB NOT NULL,
  webhook BLOB NOT NULL,
  notification BLOB NOT NULL,
  n INTEGER NOT NULL,
  step INTEGER NOT NULL,
  event TEXT NOT NULL,
  recipient TEXT NOT NULL,
  at INTEGER NOT NULL,
  payload TEXT NOT NULL,
  state TEXT NOT NULL,
  due_at INTEGER,
  attempts INTEGER NOT NULL,
  lease BLOB,
  lease_until INTEGER,
  reason TEXT,
  PRIMARY KEY (namespace, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX webhook_events_message ON webhook_events (namespace, notification, n, step);
CREATE INDEX webhook_events_due ON webhook_events (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX webhook_events_queue ON webhook_events (webhook, due_at) WHERE due_at IS NOT NULL;

CREATE TABLE webhook_attempts (
  namespace INTEGER NOT NULL,
  event BLOB NOT NULL,
  number INTEGER NOT NULL,
  id BLOB NOT NULL,
  at INTEGER NOT NULL,
  real INTEGER NOT NULL,
  url TEXT NOT NULL,
  signature TEXT NOT NULL,
  status INTEGER,
  answer TEXT,
  error TEXT,
  took INTEGER NOT NULL,
  replay INTEGER NOT NULL,
  PRIMARY KEY (namespace, event, number)
) STRICT, WITHOUT ROWID;
";

#[cfg(test)]
pub mod old {
    use std::path::Path;

    use super::{FIRST, SHAPE};

    /// Rows of nearly every table, as the first version of this program made them.
    const ROWS: &str = "
    INSERT INTO notifications VALUES (x'019d49af2c0070008000000000000001', 'welcome', '{\"email\":\"ada@example.com\"}', 1775044800200, 1775044801000, NULL);
    INSERT INTO messages VALUES (x'019d49af2c0070008000000000000001', 0, 'welcome', 'email', 'ada@example.com', 1775044800000, 1775044800200, 1775044801000, 'delivered', NULL, NULL, NULL, NULL, 1775044801000, 'default');
    INSERT INTO contacts VALUES (x'019d49af2c0070008000000000000009', '{\"id\":\"user_1\",\"email\":\"ada@example.com\",\"name\":\"Ada Lovelace\",\"plan\":\"pro\",\"push_token\":\"t\"}', 'user_1', 'ada@example.com', NULL, NULL, NULL, NULL, 't');
    INSERT INTO contacts VALUES (x'019d49af2c0070008000000000000008', '{\"phone\":\"+46701234567\"}', NULL, NULL, '+46701234567', NULL, NULL, NULL, NULL);
    INSERT INTO suppressions VALUES ('bob@example.com', 'email', 1775044800000, x'', 'OPTED_OUT');
    INSERT INTO counters VALUES ('flaky-2@simulator.test', 1);
    INSERT INTO clock VALUES (1, 1775044800000, 1775044802000, 0.0);
    ";

    /// Makes such a file.
    pub fn make_old_file(path: &Path) {
        let id = SHAPE.application_id;
        let old = rusqlite::Connection::open(path).unwrap();
        old.execute_batch(FIRST).unwrap();
        old.execute_batch(ROWS).unwrap();
        old.execute_batch(&format!(
            "PRAGMA application_id={id}; PRAGMA user_version=1;"
        ))
        .unwrap();
    }
}
