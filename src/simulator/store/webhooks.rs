//! Webhook endpoints as rows, and the events that are planned for them.

use rusqlite::Row;
use uuid::Uuid;

use super::{Reader, StoreError, StoredMessage, StoredNotification, Writer};
use crate::api::signature::Secret;
use crate::model::Channel;
use crate::simulator::webhooks::{EventKind, PlannedEvent, payload, planned};

/// A webhook endpoint. A namespace has one at most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Its id.
    pub uuid: Uuid,
    /// Where events are posted to.
    pub url: String,
    /// The events that it gets.
    pub enabled: Vec<EventKind>,
    /// What its owner says of it.
    pub description: Option<String>,
    /// Whether it gets any.
    pub is_active: bool,
    /// The secret that signs.
    pub secret: Secret,
    /// Whether a flag of `serve` registered it: a reset keeps it.
    pub by_flag: bool,
    /// When it was made, milliseconds of virtual time since the Unix epoch.
    pub created_at: i64,
}

impl Endpoint {
    const COLUMNS: &str =
        "uuid, url, enabled_events, description, is_active, secret, by_flag, created_at";

    fn read(row: &Row<'_>) -> Result<Self, StoreError> {
        let names: String = row.get(2)?;
        let enabled = names.split_whitespace().map(str::parse);
        Ok(Self {
            uuid: Uuid::from_bytes(row.get(0)?),
            url: row.get(1)?,
            enabled: enabled
                .collect::<Result<_, _>>()
                .map_err(|_| StoreError::damaged("the webhook event", &names))?,
            description: row.get(3)?,
            is_active: row.get(4)?,
            secret: Secret::new(row.get::<_, String>(5)?),
            by_flag: row.get(6)?,
            created_at: row.get(7)?,
        })
    }

    fn names(&self) -> String {
        let names: Vec<&str> = self.enabled.iter().map(|kind| kind.as_str()).collect();
        names.join(" ")
    }
}

impl Reader<'_> {
    /// Returns the endpoint of the namespace.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn endpoint(&self) -> Result<Option<Endpoint>, StoreError> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {} FROM webhooks WHERE namespace = ?1 AND deleted_at IS NULL",
            Endpoint::COLUMNS
        ))?;
        let mut rows = statement.query_and_then([self.namespace], Endpoint::read)?;
        rows.next().transpose()
    }

    /// Returns whether any namespace has an endpoint that gets events.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn has_active_endpoint(&self) -> Result<bool, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT 1 FROM webhooks INDEXED BY webhooks_namespace WHERE deleted_at IS NULL AND is_active",
        )?;
        Ok(statement.exists([])?)
    }
}

impl Writer<'_> {
    /// Stores a new endpoint of the namespace, which has none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn insert_endpoint(&self, new: &Endpoint) -> Result<(), StoreError> {
        self.connection.execute(
            "INSERT INTO webhooks (uuid, namespace, url, enabled_events, description, is_active, secret, by_flag, created_at) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            (
                new.uuid.into_bytes(),
                self.namespace,
                &new.url,
                new.names(),
                &new.description,
                new.is_active,
                new.secret.expose(),
                new.by_flag,
                new.created_at,
            ),
        )?;
        Ok(())
    }

    /// Returns an id of something that is no notification.
    pub fn new_uuid(&self) -> Uuid {
        self.entropy.uuid(self.now)
    }

    /// Returns a new secret.
    pub fn generate_secret(&self) -> Secret {
        let digits = (0..3).map(|_| format!("{:016x}", self.entropy.bits()));
        Secret::new(format!("whsec_{}", digits.collect::<String>()))
    }

    /// Replaces an endpoint that is stored. What is under way and not wanted any more is dropped.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn update_endpoint(&self, changed: &Endpoint) -> Result<(), StoreError> {
        let uuid = changed.uuid.into_bytes();
        self.connection.execute(
            "UPDATE webhooks SET url = ?2, enabled_events = ?3, description = ?4, is_active = ?5 WHERE uuid = ?1",
            (uuid, &changed.url, changed.names(), &changed.description, changed.is_active),
        )?;
        if !changed.is_active {
            return self.drop_open(changed.uuid, "the endpoint was switched off");
        }
        let dropped = self.connection.execute(
            "UPDATE webhook_events SET state = 'dropped', reason = 'the endpoint does not want this event any more', \
             due_at = NULL, lease = NULL, lease_until = NULL \
             WHERE webhook = ?1 AND state = 'open' AND instr(?2, ' ' || event || ' ') = 0",
            (uuid, format!(" {} ", changed.names())),
        )?;
        if dropped > 0 {
            // The next of each message that lost its first takes its place.
            self.connection.execute(
                "UPDATE webhook_events AS e SET due_at = occurs_at \
                 WHERE webhook = ?1 AND state = 'open' AND due_at IS NULL AND NOT EXISTS (\
                 SELECT 1 FROM webhook_events AS p WHERE p.namespace = e.namespace AND p.notification = e.notification AND p.number = e.number \
                 AND p.step < e.step AND p.state = 'open')",
                [uuid],
            )?;
        }
        Ok(())
    }

    /// Deletes an endpoint. Its row stays, for the deliveries that were made.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn delete_endpoint(&self, uuid: Uuid) -> Result<(), StoreError> {
        self.connection.execute(
            "UPDATE webhooks SET deleted_at = ?2 WHERE uuid = ?1",
            (uuid.into_bytes(), self.now),
        )?;
        self.drop_open(uuid, "the endpoint was deleted")
    }

    fn drop_open(&self, webhook: Uuid, reason: &str) -> Result<(), StoreError> {
        self.connection.execute(
            "UPDATE webhook_events SET state = 'dropped', reason = ?2, due_at = NULL, lease = NULL, lease_until = NULL \
             WHERE webhook = ?1 AND state = 'open'",
            (webhook.into_bytes(), reason),
        )?;
        Ok(())
    }

    /// Stores the webhook events that the life of a notification's messages will make. Without an endpoint there are
    /// none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn insert_webhook_events(&self, new: &StoredNotification) -> Result<(), StoreError> {
        let Some(endpoint) = self.endpoint()?.filter(|endpoint| endpoint.is_active) else {
            return Ok(());
        };
        for message in &new.messages {
            let mut events = planned(&message.timeline, &Channel::from_wire(&message.channel));
            events.retain(|event| endpoint.enabled.contains(&event.kind));
            for (step, event) in (0..).zip(&events) {
                let due = (step == 0).then_some(event.at);
                self.insert_webhook_event(endpoint.uuid, message, event, (step, due))?;
            }
        }
        Ok(())
    }

    /// Stores one event of a message, with its place among them and when it is due. Returns its id.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn insert_webhook_event(
        &self,
        webhook: Uuid,
        message: &StoredMessage,
        event: &PlannedEvent,
        (step, due): (i64, Option<i64>),
    ) -> Result<Uuid, StoreError> {
        let id = self.entropy.uuid(event.at);
        self.connection
            .prepare_cached(
                "INSERT INTO webhook_events (namespace, id, webhook, notification, number, step, event, recipient, occurs_at, payload, \
                 state, due_at, attempts) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 'open', ?11, 0)",
            )?
            .execute((
                self.namespace,
                id.into_bytes(),
                webhook.into_bytes(),
                message.notification.into_bytes(),
                message.number,
                step,
                event.kind.as_str(),
                &message.recipient,
                event.at,
                payload(message, event),
                due,
            ))?;
        Ok(id)
    }

    /// Forgets the webhook events of a message that lost its future before anything of it happened.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn delete_webhook_events(&self, notification: Uuid, number: i64) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "DELETE FROM webhook_events WHERE namespace = ?1 AND notification = ?2 AND number = ?3",
            )?
            .execute((self.namespace, notification.into_bytes(), number))?;
        Ok(())
    }

    /// Forgets the endpoints of the namespace, or of every namespace, but for those that a flag registered.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn delete_endpoints(&self, whole: bool) -> Result<(), StoreError> {
        self.connection.execute(
            "DELETE FROM webhooks WHERE NOT by_flag AND (?1 OR namespace = ?2)",
            (whole, self.namespace),
        )?;
        Ok(())
    }
}
