//! Webhook endpoints as rows, and the webhook events to deliver to them.

use rusqlite::Row;
use uuid::Uuid;

use super::columns::EnabledEvents;
use super::error::StoreError;
use super::messages::StoredMessage;
use super::reader::Reader;
use super::writer::Writer;
use crate::api::signature::Secret;
use crate::api::webhooks::{WebhookMessage, WebhookPayload};
use crate::model::{MessageError, MessageStatus, from_millis, to_json};
use crate::simulator::webhook_events::{EventKind, PlannedEvent, plan_events};

/// A webhook endpoint. A namespace has at most one endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    pub uuid: Uuid,
    pub url: String,
    pub enabled: Vec<EventKind>,
    pub description: Option<String>,
    pub is_active: bool,
    pub secret: Secret,
    /// Whether `simulator serve --webhook` registered the endpoint. A reset keeps such an endpoint.
    pub by_flag: bool,
    /// When the endpoint was created, in milliseconds of virtual time since the Unix epoch.
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

impl StoredMessage {
    /// Returns the JSON payload for a webhook event, which describes the message at the time of the event.
    fn webhook_payload(&self, event: &PlannedEvent) -> String {
        let (id, timeline) = (self.id(), &self.timeline);
        let is_delivered =
            timeline.end.status == MessageStatus::Delivered && event.kind != EventKind::Sent;
        let sent_at = timeline.sent_at.filter(|at| *at <= event.at);
        let payload = WebhookPayload {
            event: event.kind.as_str().to_owned(),
            delivery: WebhookMessage {
                uuid: id.to_string(),
                channel: self.channel.clone(),
                status: event.status.clone(),
                event_name: self.event.clone(),
                message_id: timeline.sent_at.map(|_| format!("simulated-{id}")),
                sent_at: sent_at.map(from_millis),
                delivered_at: is_delivered.then(|| from_millis(timeline.end.at)),
                error: event.reason.map(|reason| MessageError {
                    code: reason.code().to_owned(),
                    message: reason.text().to_owned(),
                }),
            },
            request_id: self.notification.to_string(),
            timestamp: from_millis(event.at).to_string(),
        };
        to_json(&payload)
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

    /// Stores the changed fields of an endpoint. Drops undelivered events that the endpoint no longer receives.
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
            // If the first open event of a message was dropped, the next open event becomes due.
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

    /// Marks an endpoint as deleted, and drops its undelivered events. The row stays, because past deliveries refer to
    /// it.
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

    /// Stores the webhook events of a message's timeline, if the namespace has an active endpoint.
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

    /// Stores one webhook event of a message, and returns the event's id. `step` is the event's position among the
    /// events of the message. `due` is when to deliver the event, or `None` while an earlier event is undelivered.
    pub fn insert_webhook_event(
        &self,
        webhook: Uuid,
        message: &StoredMessage,
        event: &PlannedEvent,
        (step, due): (i64, Option<i64>),
    ) -> Result<Uuid, StoreError> {
        let id = self.entropy.uuid_v7(event.at);
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
                message.webhook_payload(event),
                due,
            ),
        )?;
        Ok(id)
    }

    /// Deletes the webhook events of a message that was cancelled before any of the events happened.
    pub fn delete_webhook_events(&self, notification: Uuid) -> Result<(), StoreError> {
        self.execute(
            "DELETE FROM webhook_events WHERE namespace = ?1 AND notification = ?2",
            (self.namespace, notification),
        )?;
        Ok(())
    }

    /// Deletes the endpoints of the current namespace, or of all namespaces. Keeps endpoints that `serve --webhook`
    /// registered.
    pub fn delete_endpoints(&self, all_namespaces: bool) -> Result<(), StoreError> {
        self.execute(
            "DELETE FROM webhooks WHERE NOT by_flag AND (?1 OR namespace = ?2)",
            (all_namespaces, self.namespace),
        )?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::plan_events;
    use crate::model::Channel;
    use crate::simulator::error_codes::Reason;
    use crate::simulator::store::StoredMessage;
    use crate::simulator::timeline::{MessageScenario, Timeline};

    #[test]
    fn a_payload_contains_what_has_happened_by_then() {
        let scenario = MessageScenario::Bounced(Reason::HardBounce);
        let message = StoredMessage::new(
            Uuid::nil(),
            "welcome".to_owned(),
            Channel::Email,
            "ada@example.com".to_owned(),
            Timeline::new(scenario, &Channel::Email, 1_775_044_800_000),
            "default".to_owned(),
        );
        let payloads: Vec<String> = plan_events(&message.timeline, &Channel::Email)
            .iter()
            .map(|event| message.webhook_payload(event))
            .collect();
        assert_eq!(
            payloads,
            [
                r#"{"event":"delivery.sent","delivery":{"uuid":"00000000-0000-8000-0000-000000000000","channel":"email","status":"sent","event_name":"welcome","message_id":"simulated-00000000-0000-8000-0000-000000000000","sent_at":"2026-04-01T12:00:00.200Z","delivered_at":null,"error":null},"request_id":"00000000-0000-0000-0000-000000000000","timestamp":"2026-04-01T12:00:00.200Z"}"#,
                r#"{"event":"delivery.bounced","delivery":{"uuid":"00000000-0000-8000-0000-000000000000","channel":"email","status":"failed","event_name":"welcome","message_id":"simulated-00000000-0000-8000-0000-000000000000","sent_at":"2026-04-01T12:00:00.200Z","delivered_at":null,"error":{"code":"HARD_BOUNCE","message":"Permanent bounce: mailbox does not exist"}},"request_id":"00000000-0000-0000-0000-000000000000","timestamp":"2026-04-01T12:00:01.000Z"}"#,
            ]
        );
    }
}
