//! The summary of a request that the user is asked to confirm.

use serde_json::Value;

use crate::model::{Audience, Recipient, SendRequest, masked};
use crate::text::{group_thousands, sanitize, shorten};

/// The column in which values start.
const INDENT: usize = 12;
/// The minimum width of a value in columns, even if the terminal is narrower.
const MIN_VALUE_COLUMNS: usize = 20;
/// The maximum number of recipients that are printed, and also of payload fields and of override fields.
const MAX_LINES: usize = 20;

/// Returns the lines of the summary: the event, recipients, options and payload of the request, each shortened to
/// `columns`.
pub fn lines(
    request: &SendRequest,
    audiences: &[Audience],
    no_pii: bool,
    columns: usize,
) -> Vec<String> {
    let one = |text: Option<&str>| text.map(str::to_owned).into_iter().collect();
    let payload = request.payload.iter();
    let payload = payload.map(|(key, value)| pair(key, value, no_pii));
    let overrides = request.overrides.iter().flat_map(|(channel, changes)| {
        let changes = changes.as_object().into_iter().flatten();
        changes.map(move |(field, value)| pair(&format!("{channel}.{field}"), value, no_pii))
    });
    let from = request.from.as_ref().map(|from| match from {
        Value::String(text) if no_pii => masked(text),
        Value::String(text) => text.clone(),
        _ if no_pii => "***".to_owned(),
        other => other.to_string(),
    });
    let groups: [(&str, Vec<String>); 7] = [
        ("Event", vec![request.event.to_string()]),
        ("To", recipients(audiences, no_pii)),
        (
            "Channel",
            one(request.channel.as_ref().map(|channel| channel.as_str())),
        ),
        ("From", one(from.as_deref())),
        ("Language", one(request.language.as_deref())),
        ("Override", overrides.collect()),
        ("Payload", payload.collect()),
    ];
    let value_columns = columns.saturating_sub(INDENT + 1).max(MIN_VALUE_COLUMNS);
    let mut lines = Vec::new();
    for (name, texts) in groups {
        let hidden = texts.len().saturating_sub(MAX_LINES);
        let more = (hidden > 0).then(|| format!("… and {} more", group_thousands(hidden)));
        let shown = texts
            .iter()
            .take(MAX_LINES)
            .map(|text| shorten(&sanitize(text), value_columns));
        for (index, text) in shown.chain(more).enumerate() {
            let name = if index == 0 { name } else { "" };
            lines.push(format!("  {name:<width$}{text}", width = INDENT - 2));
        }
    }
    lines
}

fn recipients(audiences: &[Audience], no_pii: bool) -> Vec<String> {
    let text = |recipient: &Recipient| match recipient.to_wire() {
        _ if no_pii => masked(recipient.label()),
        Value::String(text) => text.clone(),
        fields => format!("{}  {fields}", recipient.label()),
    };
    let mut texts = Vec::new();
    for audience in audiences {
        match audience {
            Audience::Listeners => texts.push(audience.label()),
            Audience::One(recipient) => texts.push(text(recipient)),
            Audience::Many(recipients) => texts.extend(recipients.iter().map(text)),
        }
    }
    texts
}

/// Formats a payload or override field as it is written on the command line: `key=text`, or `key:=json` for values that
/// are not strings.
fn pair(key: &str, value: &Value, no_pii: bool) -> String {
    match value {
        Value::String(text) if no_pii => format!("{key}={}", masked(text)),
        Value::String(text) => format!("{key}={text}"),
        _ if no_pii => format!("{key}:=***"),
        other => format!("{key}:={other}"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::lines;
    use crate::model::{Audience, Recipient, SendRequest};

    fn shown(no_pii: bool, columns: usize) -> String {
        let fields = |value: serde_json::Value| value.as_object().cloned().unwrap();
        let request = SendRequest {
            event: "welcome".parse().unwrap(),
            channel: Some("sms".parse().unwrap()),
            to: Audience::Listeners,
            payload: fields(json!({
                "amount": 199, "name": "Ada\u{1b}[2J", "text": "a long text that has no room here"
            })),
            language: Some("sv".to_owned()),
            overrides: fields(json!({"email": {"subject": "Hello", "urgent": true}})),
            from: Some(json!("hello@example.com")),
        };
        let to = [
            "+14155550123",
            r#"{"email":"ada@example.com","name":"Ada"}"#,
        ]
        .map(|text| Audience::One(Recipient::parse(text).unwrap()));
        let lines = lines(&request, &to, no_pii, columns);
        let unindented = lines.iter().map(|line| line.strip_prefix("  ").unwrap());
        unindented.map(|line| format!("{line}\n")).collect()
    }

    #[test]
    fn the_whole_request_is_shown() {
        expect_test::expect![[r#"
            Event     welcome
            To        +14155550123
                      ada@example.com  {"email":"ada@example.com","name":"Ada"}
            Channel   sms
            From      hello@example.com
            Language  sv
            Override  email.subject=Hello
                      email.urgent:=true
            Payload   amount:=199
                      name=Ada[2J
                      text=a long text that has no room here
        "#]]
        .assert_eq(&shown(false, 80));
        expect_test::expect![[r#"
            Event     welcome
            To        +***23
                      a***@e***
            Channel   sms
            From      h***@e***
            Language  sv
            Override  email.subject=H***
                      email.urgent:=***
            Payload   amount:=***
                      name=A***
                      text=a***
        "#]]
        .assert_eq(&shown(true, 80));
        expect_test::expect![[r#"
            Event     welcome
            To        +14155550123
                      ada@example.com  {"email":…
            Channel   sms
            From      hello@example.com
            Language  sv
            Override  email.subject=Hello
                      email.urgent:=true
            Payload   amount:=199
                      name=Ada[2J
                      text=a long text that has …
        "#]]
        .assert_eq(&shown(false, 40));
    }

    #[test]
    fn many_recipients_are_truncated() {
        let request = SendRequest {
            event: "welcome".parse().unwrap(),
            channel: None,
            to: Audience::Listeners,
            payload: serde_json::Map::new(),
            language: None,
            overrides: serde_json::Map::new(),
            from: None,
        };
        let to = Audience::Many(
            (0..1200)
                .map(|number| Recipient::parse(&format!("user_{number}")).unwrap())
                .collect(),
        );
        let lines = lines(&request, &[to], false, 80);
        assert_eq!(lines.len(), 22);
        assert_eq!(lines.last().unwrap().trim(), "… and 1,180 more");
    }
}
