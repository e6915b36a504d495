//! The shape of the file.

use crate::sqlite::Shape;

/// What the simulator's file is. A commit survives a killed process; a loss of power may take the last moments.
pub const SHAPE: Shape = Shape {
    name: "simulator file",
    // "SVND"
    application_id: 0x5356_4e44,
    migrations: &[FIRST, WEBHOOKS],
    durable: false,
    keeps_log: true,
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
  steered_by TEXT NOT NULL,
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

/// One endpoint of a run at most is not deleted. `by_flag` is one that `serve --webhook` registered: a reset keeps it.
///
/// - A row of `webhook_events` is one event of one message. Only the first of a message that is not settled has a
///   `due_at`, and gives it to the next when it is settled: so they go out in order, and the indexes of what is due hold
///   nothing else. `lease` is the id of the attempt that is on its way, until a moment of real time: a process that is
///   killed meanwhile loses its lease, not the event.
/// - `state` is `open`, `delivered`, `given_up` or `dropped`.
const WEBHOOKS: &str = "
CREATE TABLE webhooks (
  uuid BLOB PRIMARY KEY,
  run TEXT NOT NULL,
  url TEXT NOT NULL,
  enabled_events TEXT NOT NULL,
  description TEXT,
  is_active INTEGER NOT NULL,
  secret TEXT NOT NULL,
  by_flag INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  deleted_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX webhooks_run ON webhooks (run) WHERE deleted_at IS NULL;

CREATE TABLE webhook_events (
  run TEXT NOT NULL,
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
  PRIMARY KEY (run, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX webhook_events_message ON webhook_events (notification, n, step);
CREATE INDEX webhook_events_due ON webhook_events (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX webhook_events_queue ON webhook_events (webhook, due_at) WHERE due_at IS NOT NULL;

CREATE TABLE webhook_attempts (
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
  PRIMARY KEY (event, number)
) STRICT, WITHOUT ROWID;
";
