//! The schema of the simulator file.

use crate::sqlite::DbSchema;

/// The tables and settings of the simulator file.
///
/// Times are milliseconds of virtual time since the Unix epoch, unless a comment or the column's name calls them real.
/// Ids are UUIDs, stored as 16 bytes. Most keys and indexes begin with the namespace, so that a query reads only the
/// rows of its namespace.
pub const SCHEMA: DbSchema = DbSchema {
    name: "simulator file",
    // "SVND"
    application_id: 0x5356_4e44,
    sql: SQL,
    // A commit survives a killed process, but the last commits may be lost in a power failure. That is acceptable for
    // simulated data.
    durable: false,
    keeps_wal: true,
    page_size: 4096,
};

const SQL: &str = "
CREATE TABLE clock (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  real INTEGER NOT NULL,
  virtual INTEGER NOT NULL,
  rate REAL NOT NULL
) STRICT;

CREATE TABLE namespaces (
  namespace INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
) STRICT;

-- A notification and its only message. The status is not stored; it follows from the times. `end_at` is when the final
-- status begins. It is never null, so that queries can compare it: for a message that stays queued, it is equal to
-- `queued_at`. The case of recipients is ignored, as for email addresses.
CREATE TABLE messages (
  namespace INTEGER NOT NULL,
  notification BLOB NOT NULL,
  event TEXT NOT NULL,
  channel TEXT NOT NULL,
  recipient TEXT NOT NULL COLLATE NOCASE,
  queued_at INTEGER NOT NULL,
  sent_at INTEGER,
  end_at INTEGER NOT NULL,
  end_status TEXT NOT NULL,
  reason TEXT,
  post_delivery_at INTEGER,
  post_delivery_reason TEXT,
  last_at INTEGER NOT NULL,
  cancelled_at INTEGER,
  reason_text TEXT,
  decided_by TEXT NOT NULL,
  contact TEXT NOT NULL,
  PRIMARY KEY (namespace, notification)
) STRICT, WITHOUT ROWID;
CREATE INDEX messages_event ON messages (namespace, event, notification);
CREATE INDEX messages_channel ON messages (namespace, channel, notification);
CREATE INDEX messages_recipient ON messages (namespace, recipient, notification);
CREATE INDEX messages_status ON messages (namespace, end_status, notification);
CREATE INDEX messages_last ON messages (namespace, last_at, notification);

-- `number` counts the contacts of a namespace from 1, in the order of their ids.
CREATE TABLE contacts (
  namespace INTEGER NOT NULL,
  uuid BLOB NOT NULL,
  number INTEGER NOT NULL,
  fields TEXT NOT NULL,
  PRIMARY KEY (namespace, uuid)
) STRICT, WITHOUT ROWID;

-- The identifiers by which contacts are found. A contact can have several push tokens.
CREATE TABLE identifiers (
  namespace INTEGER NOT NULL,
  kind TEXT NOT NULL,
  value TEXT NOT NULL,
  contact BLOB NOT NULL,
  PRIMARY KEY (namespace, kind, value)
) STRICT, WITHOUT ROWID;

-- `source` is the id of the notification that causes the suppression, and is empty if the user added the entry.
CREATE TABLE suppressions (
  namespace INTEGER NOT NULL,
  recipient TEXT NOT NULL COLLATE NOCASE,
  channel TEXT NOT NULL,
  since INTEGER NOT NULL,
  source BLOB NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (namespace, recipient, channel, since, source)
) STRICT, WITHOUT ROWID;

CREATE TABLE counters (
  namespace INTEGER NOT NULL,
  recipient TEXT NOT NULL COLLATE NOCASE,
  count INTEGER NOT NULL,
  PRIMARY KEY (namespace, recipient)
) STRICT, WITHOUT ROWID;

CREATE TABLE idempotency (
  namespace INTEGER NOT NULL,
  key TEXT NOT NULL,
  fingerprint BLOB NOT NULL,
  stored_at INTEGER NOT NULL,
  response TEXT NOT NULL,
  PRIMARY KEY (namespace, key)
) STRICT, WITHOUT ROWID;

-- A namespace has at most one endpoint that is not deleted. `by_flag` is 1 if `serve --webhook` registered the endpoint;
-- a reset keeps such an endpoint.
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
CREATE UNIQUE INDEX webhooks_namespace ON webhooks (namespace) WHERE deleted_at IS NULL;

-- One event of one message. `state` is `open`, `delivered`, `given_up` or `dropped`. Only the first open event of a
-- message has a `due_at`. When this event is closed, the next one gets a `due_at`. This keeps deliveries in order, and
-- the partial indexes contain only events that can be delivered. `lease` is the id of the attempt in flight.
-- `lease_until` is a real time, after which another process may deliver the event.
CREATE TABLE webhook_events (
  namespace INTEGER NOT NULL,
  id BLOB NOT NULL,
  webhook BLOB NOT NULL,
  notification BLOB NOT NULL,
  step INTEGER NOT NULL,
  event TEXT NOT NULL,
  recipient TEXT NOT NULL,
  occurs_at INTEGER NOT NULL,
  payload TEXT NOT NULL,
  state TEXT NOT NULL,
  due_at INTEGER,
  attempts INTEGER NOT NULL,
  lease BLOB,
  lease_until INTEGER,
  reason TEXT,
  PRIMARY KEY (namespace, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX webhook_events_message ON webhook_events (namespace, notification, step);
CREATE INDEX webhook_events_due ON webhook_events (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX webhook_events_queue ON webhook_events (webhook, due_at) WHERE due_at IS NOT NULL;

CREATE TABLE webhook_attempts (
  namespace INTEGER NOT NULL,
  event BLOB NOT NULL,
  number INTEGER NOT NULL,
  id BLOB NOT NULL,
  attempted_at INTEGER NOT NULL,
  attempted_at_real INTEGER NOT NULL,
  url TEXT NOT NULL,
  signature TEXT NOT NULL,
  status INTEGER,
  response_body TEXT,
  error TEXT,
  duration_ms INTEGER NOT NULL,
  is_replay INTEGER NOT NULL,
  PRIMARY KEY (namespace, event, number)
) STRICT, WITHOUT ROWID;
";
