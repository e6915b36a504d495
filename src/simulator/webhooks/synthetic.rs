//! Synthetic webhook events: `simulator webhooks trigger` posts an event of a message that was never sent.

use crate::model::Channel;
use crate::simulator::error_codes::Reason;
use crate::simulator::store::{ClaimedDelivery, StoreError, StoredMessage, Writer};
use crate::simulator::timeline::{COMPLAINT_AFTER, MessageScenario, Timeline};
use crate::simulator::webhook_events::{EventKind, plan_events};

/// Both the event name and the `decided_by` of synthetic messages.
const SYNTHETIC: &str = "synthetic";

/// Stores a synthetic event that is due now, and claims its delivery. Returns `None` if the namespace has no active
/// endpoint.
pub fn claim_synthetic(
    writer: &mut Writer<'_>,
    kind: EventKind,
    channel: &Channel,
    recipient: String,
) -> Result<Option<ClaimedDelivery>, StoreError> {
    let Some(endpoint) = writer.endpoint()?.filter(|endpoint| endpoint.is_active) else {
        return Ok(None);
    };
    let message = StoredMessage::new(
        writer.new_uuid(),
        SYNTHETIC.to_owned(),
        channel.clone(),
        recipient,
        timeline_with_event_at(writer.now, kind, channel),
        SYNTHETIC.to_owned(),
    );
    let events = plan_events(&message.timeline, channel);
    let Some(event) = events.into_iter().find(|event| event.kind == kind) else {
        return Ok(None);
    };
    let step = (0, Some(writer.now));
    let id = writer.insert_webhook_event(endpoint.uuid, &message, &event, step)?;
    writer.claim_delivery(id, true)
}

/// Returns a timeline in which an event of this kind happens at the virtual time `at`. The timeline begins before `at`.
fn timeline_with_event_at(at: i64, kind: EventKind, channel: &Channel) -> Timeline {
    let scenario = match kind {
        EventKind::Sent => MessageScenario::Sent,
        EventKind::Delivered => MessageScenario::DEFAULT,
        EventKind::Failed => MessageScenario::Bounced(Reason::ProviderRejected),
        EventKind::Bounced => MessageScenario::Bounced(Reason::HardBounce),
        EventKind::Complained => MessageScenario::PostDelivery {
            reason: Reason::Complaint,
            after: COMPLAINT_AFTER,
        },
    };
    let offset = plan_events(&Timeline::new(scenario, channel, 0), channel)
        .into_iter()
        .find(|event| event.kind == kind)
        .map_or(0, |event| event.at);
    Timeline::new(scenario, channel, at - offset)
}
