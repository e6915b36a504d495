//! Webhook endpoints as rows, and the events of future deliveries.

use rusqlite::Row;
use uuid::Uuid;

use super::columns::EnabledEvents;
use super::error::StoreError;
use super::messages::StoredMessage;
use super::reader::Reader;
use super::writer::Writer;
use crate::api::signature::Secret;
use crate::simulator::webhook_events::{
    EventKind, PayloadMessage, PlannedEvent, build_payload, plan_events,
};

/// A webhook endpoint. A namespace has at most one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    pub uuid: Uuid,
    pub url: String,
    /// The kinds of events that it receives.
    pub enabled: Vec<EventKind>,
    pub description: Option<String>,
    /// Whether it receives events at all.
    pub is_active: bool,
    pub secret: Secret,
    /// Whether `serve --webhook` registered it: it survives a reset.
    pub by_flag: bool,
    /// The time of its creation, milliseconds of virtual time since the Unix epoch.
    pub created_at: i64,
}

impl Endpoint {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let EnabledEvents(enabled) = row.get(2)?;
        Ok(Self {
            uuid: row.get(0)?,
            url: row.get(1)?,
            enabled,
            description: row.get(3)?,
            is_active: row.get(4)?,
            secret: row.get(5)?,
            by_flag: row.get(6)?,
            created_at: row.get(7)?,
        })
    }
}

impl Reader<'_> {
    pub fn endpoint(&self) -> Result<Option<Endpoint>, StoreError> {
        self.query_first(
            "SELECT uuid, url, enabled_events, description, is_active, secret, by_flag, created_at \
             FROM webhooks WHERE namespace = ?1 AND deleted_at IS NULL",
            [self.namespace],
            Endpoint::read,
        )
    }

    /// Returns whether any namespace has an active endpoint.
    pub fn has_active_endpoint(&self) -> Result<bool, StoreError> {
        self.query_value(
            "SELECT EXISTS (SELECT 1 FROM webhooks INDEXED BY webhooks_namespace WHERE deleted_at IS NULL AND is_active)",
            [],
        )
    }
}

impl Writer<'_> {
    /// Stores the endpoint of a namespace without one.
    pub fn insert_endpoint(&self, new: &Endpoint) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO webhooks (uuid, namespace, url, enabled_events, description, is_active, secret, by_flag, created_at) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            (
                new.uuid,
                self.namespace,
                &new.url,
                EnabledEvents(new.enabled.clone()),
                &new.description,
                new.is_active,
                &new.secret,
                new.by_flag,
                new.created_at,
            ),
        )?;
        Ok(())
    }

    pub fn generate_secret(&self) -> Secret {
        let digits = (0..3).map(|_| format!("{:016x}", self.entropy.next_u64()));
        Secret::new(format!("whsec_{}", digits.collect::<String>()))
    }

    /// Replaces a stored endpoint, and drops the open events that it no longer receives.
    pub fn update_endpoint(&self, changed: &Endpoint) -> Result<(), StoreError> {
        let uuid = changed.uuid;
        let enabled = EnabledEvents(changed.enabled.clone());
        self.execute(
            "UPDATE webhooks SET url = ?2, enabled_events = ?3, description = ?4, is_active = ?5 WHERE uuid = ?1",
            (uuid, &changed.url, enabled, &changed.description, changed.is_active),
        )?;
        if !changed.is_active {
            return self.drop_open(uuid, "the endpoint was switched off");
        }
        let dropped = self.execute(
            "UPDATE webhook_events SET state = 'dropped', reason = 'the endpoint no longer receives this event', \
             due_at = NULL, lease = NULL, lease_until = NULL WHERE webhook = ?1 AND state = 'open' \
             AND NOT instr((SELECT ' ' || enabled_events || ' ' FROM webhooks WHERE uuid = ?1), ' ' || event || ' ')",
            [uuid],
        )?;
        if dropped > 0 {
            // A message whose first open event was dropped continues with its next one.
            self.execute(
                "UPDATE webhook_events AS e SET due_at = occurs_at \
                 WHERE webhook = ?1 AND state = 'open' AND due_at IS NULL AND NOT EXISTS (\
                 SELECT 1 FROM webhook_events AS p WHERE p.namespace = e.namespace AND p.notification = e.notification \
                 AND p.step < e.step AND p.state = 'open')",
                [uuid],
            )?;
        }
        Ok(())
    }

    /// Deletes an endpoint. Its row stays: past deliveries refer to it.
    pub fn delete_endpoint(&self, uuid: Uuid) -> Result<(), StoreError> {
        self.execute(
            "UPDATE webhooks SET deleted_at = ?2 WHERE uuid = ?1",
            (uuid, self.now),
        )?;
        self.drop_open(uuid, "the endpoint was deleted")
    }

    fn drop_open(&self, webhook: Uuid, reason: &str) -> Result<(), StoreError> {
        self.execute(
            "UPDATE webhook_events SET state = 'dropped', reason = ?2, due_at = NULL, lease = NULL, lease_until = NULL \
             WHERE webhook = ?1 AND state = 'open'",
            (webhook, reason),
        )?;
        Ok(())
    }

    /// Stores the webhook events of a message's timeline for an active endpoint.
    pub fn insert_webhook_events(&self, message: &StoredMessage) -> Result<(), StoreError> {
        let Some(endpoint) = self.endpoint()?.filter(|endpoint| endpoint.is_active) else {
            return Ok(());
        };
        let mut events = plan_events(&message.timeline, &message.channel);
        events.retain(|event| endpoint.enabled.contains(&event.kind));
        for (step, event) in (0..).zip(&events) {
            let due = (step == 0).then_some(event.at);
            self.insert_webhook_event(endpoint.uuid, message, event, (step, due))?;
        }
        Ok(())
    }

    /// Stores an event of a message, with its position and due time. Returns its id.
    pub fn insert_webhook_event(
        &self,
        webhook: Uuid,
        message: &StoredMessage,
        event: &PlannedEvent,
        (step, due): (i64, Option<i64>),
    ) -> Result<Uuid, StoreError> {
        let id = self.entropy.uuid_v7(event.at);
        let payload = PayloadMessage {
            id: message.id(),
            notification: message.notification,
            event_name: &message.event,
            channel: &message.channel,
            timeline: &message.timeline,
        };
        self.execute(
            "INSERT INTO webhook_events (namespace, id, webhook, notification, step, event, recipient, occurs_at, payload, \
             state, due_at, attempts) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 'open', ?10, 0)",
            (
                self.namespace,
                id,
                webhook,
                message.notification,
                step,
                event.kind.as_str(),
                &message.recipient,
                event.at,
                build_payload(&payload, event),
                due,
            ),
        )?;
        Ok(id)
    }

    /// Deletes the webhook events of a message that is cancelled before the first of them.
    pub fn delete_webhook_events(&self, notification: Uuid) -> Result<(), StoreError> {
        self.execute(
            "DELETE FROM webhook_events WHERE namespace = ?1 AND notification = ?2",
            (self.namespace, notification),
        )?;
        Ok(())
    }

    /// Deletes the endpoints of the namespace, or of all namespaces, except those from `serve --webhook`.
    pub fn delete_endpoints(&self, all_namespaces: bool) -> Result<(), StoreError> {
        self.execute(
            "DELETE FROM webhooks WHERE NOT by_flag AND (?1 OR namespace = ?2)",
            (all_namespaces, self.namespace),
        )?;
        Ok(())
    }
}
