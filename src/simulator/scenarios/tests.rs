//! Tests every row of the scenario tables.

use super::{Behavior, resolve_scenario};
use crate::model::Channel;
use crate::simulator::error_codes::Reason;
use crate::simulator::timeline::MessageScenario;

fn describe_match(channel: &Channel, identifier: &str) -> String {
    match resolve_scenario(channel, identifier) {
        Ok(None) => "ordinary".to_owned(),
        Ok(Some(found)) => format!("{} {}", found.decided_by, describe(found.behavior)),
        Err(unknown) => unknown.problem,
    }
}

fn describe(behavior: Behavior) -> String {
    match behavior {
        Behavior::Message(MessageScenario::Delivered { after }) => format!("delivered@{after}"),
        Behavior::Message(MessageScenario::Queued) => "queued".to_owned(),
        Behavior::Message(MessageScenario::Sent) => "sent".to_owned(),
        Behavior::Message(MessageScenario::Rejected(r)) => format!("queued-failed {}", r.code()),
        Behavior::Message(MessageScenario::Bounced(r)) => format!("sent-failed {}", r.code()),
        Behavior::Message(MessageScenario::Suppressed(r)) => format!("suppressed {}", r.code()),
        Behavior::Message(MessageScenario::PostDelivery { reason, after }) => {
            format!("delivered, {}@{after}", reason.code())
        }
        Behavior::Flaky(times) => format!("flaky {times}"),
        Behavior::Http {
            status,
            times: None,
        } => format!("{status}"),
        Behavior::Http {
            status,
            times: Some(times),
        } => format!("{status} x{times}"),
        Behavior::Fault(fault) => format!("{fault:?}"),
        Behavior::BrokenResponse(broken) => format!("{broken:?} response"),
    }
}

#[rustfmt::skip]
const LOCAL_PARTS: &[(&str, &str, &str)] = &[
    ("delivered", "delivered", "delivered@1000"),
    ("success", "delivered", "delivered@1000"),
    ("delivered-30s", "delivered-30s", "delivered@30000"),
    ("delivered_5m", "delivered-5m", "delivered@300000"),
    ("Delivered-2H", "delivered-2h", "delivered@7200000"),
    ("slow", "slow", "delivered@30000"),
    ("queued", "queued", "queued"),
    ("stuck", "queued", "queued"),
    ("sent", "sent", "sent"),
    ("no-receipt", "sent", "sent"),
    ("failed", "failed", "queued-failed PROVIDER_REJECTED"),
    ("invalid", "invalid", "queued-failed INVALID_EMAIL"),
    ("template_error", "templateerror", "queued-failed TEMPLATE_ERROR"),
    ("bounced", "bounced", "sent-failed HARD_BOUNCE"),
    ("bounce", "bounced", "sent-failed HARD_BOUNCE"),
    ("Hard-Bounce+7", "bounced", "sent-failed HARD_BOUNCE"),
    ("softbounce", "softbounce", "sent-failed SOFT_BOUNCE"),
    ("deferred", "softbounce", "sent-failed SOFT_BOUNCE"),
    ("mailboxfull", "mailboxfull", "sent-failed MAILBOX_FULL"),
    ("blocked", "blocked", "sent-failed POLICY_BLOCK"),
    ("ispblock", "blocked", "sent-failed POLICY_BLOCK"),
    ("suppressed", "suppressed", "suppressed SUPPRESSION_LIST"),
    ("suppressionlist", "suppressed", "suppressed SUPPRESSION_LIST"),
    ("unsubscribed", "unsubscribed", "suppressed OPTED_OUT"),
    ("optedout", "unsubscribed", "suppressed OPTED_OUT"),
    ("complained", "complained", "delivered, COMPLAINT@60000"),
    ("complaint", "complained", "delivered, COMPLAINT@60000"),
    ("spam", "complained", "delivered, COMPLAINT@60000"),
    ("latebounce", "latebounce", "delivered, LATE_BOUNCE@600000"),
    ("flaky", "flaky", "flaky 1"),
    ("flaky-2+a-b", "flaky-2", "flaky 2"),
    ("http-400", "http-400", "400"),
    ("http_401", "http-401", "401"),
    ("unauthorized", "http-401", "401"),
    ("quota", "http-402", "402"),
    ("inactive", "http-403", "403"),
    ("notfound", "http-404", "404"),
    ("conflict", "http-409", "409"),
    ("http-422", "http-422", "422"),
    ("ratelimited", "http-429", "429"),
    ("http-429-2", "http-429-2", "429 x2"),
    ("ratelimited-2", "http-429-2", "429 x2"),
    ("http-500", "http-500", "500"),
    ("http-502", "http-502", "502"),
    ("outage", "http-503", "503"),
    ("http-503-3", "http-503-3", "503 x3"),
    ("http-504", "http-504", "504"),
    ("timeout", "timeout", "Timeout"),
    ("reset", "reset", "Reset"),
    ("lost-response", "lostresponse", "Lost response"),
    ("emptybody", "emptybody", "Empty response"),
    ("htmlbody", "htmlbody", "Html response"),
    ("truncated", "truncated", "Truncated response"),
    ("scalarbody", "scalarbody", "Scalar response"),
    ("arraybody", "arraybody", "Array response"),
];

#[test]
fn every_local_part_has_its_scenario() {
    for (local_part, name, expected) in LOCAL_PARTS {
        let address = format!("{local_part}@Simulator.Test");
        assert_eq!(
            describe_match(&Channel::Email, &address),
            format!("recipient:{name} {expected}"),
            "{local_part}"
        );
        let name_part = local_part.split('+').next().unwrap_or_default();
        let text = format!("sim:{name_part}:label");
        assert_eq!(
            describe_match(&Channel::Email, &text),
            format!("recipient:{name} {expected}"),
            "{text}"
        );
    }
}

#[test]
fn a_misspelt_scenario_suggests_the_nearest() {
    for (local_part, problem) in [
        (
            "delivred",
            "`delivred` is not a scenario (did you mean `delivered`?)",
        ),
        (
            "bouncd+1",
            "`bouncd` is not a scenario (did you mean `bounced`?)",
        ),
        (
            "flaky-0",
            "`flaky-0` is not a scenario (did you mean `flaky`?)",
        ),
        (
            "http-418",
            "`http-418` is not a scenario (did you mean `http-401`?)",
        ),
        ("zzz", "`zzz` is not a scenario"),
    ] {
        let address = format!("{local_part}@simulator.test");
        let found = describe_match(&Channel::Email, &address);
        assert_eq!(found, problem);
    }
}

#[test]
#[rustfmt::skip]
fn every_number_of_the_block_has_its_scenario() {
    for (last, expected) in [
        ("0000", "phone:0000 delivered@1000"),
        ("0001", "phone:0001 queued-failed INVALID_PHONE"),
        ("0002", "phone:0002 queued-failed UNROUTABLE"),
        ("0003", "phone:0003 queued-failed GEO_PERMISSION"),
        ("0004", "phone:0004 suppressed OPTED_OUT"),
        ("0005", "phone:0005 delivered@30000"),
        ("0006", "phone:0006 delivered@1000"),
        ("0007", "phone:0007 sent-failed CARRIER_FILTERED"),
        ("0008", "phone:0008 queued"),
        ("0009", "phone:0009 queued-failed NOT_SMS_CAPABLE"),
        ("0010", "phone:0010 sent"),
        ("0901", "phone:0901 Reset"),
        ("0906", "phone:0906 Drip response"),
        ("0400", "phone:0400 400"),
        ("0429", "phone:0429 429"),
        ("0503", "phone:0503 503"),
        ("0399", "the block +1500555xxxx has no such number"),
        ("0600", "the block +1500555xxxx has no such number"),
        ("0011", "the block +1500555xxxx has no such number"),
        ("4292", "the block +1500555xxxx has no such number"),
        ("01234", "ordinary"),
    ] {
        let phone = format!("+1500555{last}");
        assert_eq!(describe_match(&Channel::Sms, &phone), expected, "{phone}");
        assert_eq!(describe_match(&Channel::Whatsapp, &phone), expected, "{phone}");
    }
}

#[test]
#[rustfmt::skip]
fn other_recipients_are_ordinary_or_known_from_other_services() {
    for (channel, identifier, expected) in [
        (Channel::Email, "ada@example.com", "ordinary"),
        (Channel::Email, "bounced@example.test", "ordinary"),
        (Channel::Email, "listener@simulator.test", "ordinary"),
        (Channel::Sms, "+12025550147", "ordinary"),
        (Channel::Sms, "+46701234567", "ordinary"),
        (Channel::Slack, "U12345678", "ordinary"),
        (Channel::Slack, "sim:failed:7", "recipient:failed queued-failed PROVIDER_REJECTED"),
        (Channel::Sms, "sim:invalid", "recipient:invalid queued-failed INVALID_PHONE"),
        (Channel::Push, "sim:invalid", "recipient:invalid queued-failed PROVIDER_REJECTED"),
        (Channel::Push, "sim:", "`` is not a scenario"),
        (Channel::Email, "success@simulator.amazonses.com", "recipient:delivered delivered@1000"),
        (Channel::Email, "bounce+label1@simulator.amazonses.com", "recipient:bounced sent-failed HARD_BOUNCE"),
        (Channel::Email, "complaint@simulator.amazonses.com", "recipient:complained delivered, COMPLAINT@60000"),
        (Channel::Email, "ooto@simulator.amazonses.com", "recipient:delivered delivered@1000"),
        (Channel::Email, "suppressionlist@simulator.amazonses.com", "recipient:suppressed suppressed SUPPRESSION_LIST"),
        (Channel::Email, "bounced+x@resend.dev", "recipient:bounced sent-failed HARD_BOUNCE"),
        (Channel::Email, "suppresed@resend.dev", "`suppresed` is not a scenario (did you mean `suppressed`?)"),
        (Channel::Email, "Hard_Bounce@bounce-testing.postmarkapp.com", "recipient:bounced sent-failed HARD_BOUNCE"),
        (Channel::Email, "SoftBounce@bounce-testing.postmarkapp.com", "recipient:softbounce sent-failed SOFT_BOUNCE"),
    ] {
        assert_eq!(describe_match(&channel, identifier), expected, "{identifier} over {channel}");
    }
}

#[test]
fn the_documentation_matches_the_behavior() {
    for row in super::recipients() {
        for recipient in std::iter::once(&row.pattern).chain(&row.aliases) {
            if recipient.contains('<') || recipient.ends_with("xx") {
                continue;
            }
            let channel = match recipient.starts_with('+') {
                true => Channel::Sms,
                false => Channel::Email,
            };
            let found = resolve_scenario(&channel, recipient).unwrap();
            let reason = found.and_then(|found| found.behavior.reason());
            assert_eq!(row.reason, reason.map(Reason::code), "{recipient}");
        }
    }
}
