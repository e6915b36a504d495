//! Text of the simulator's commands.

use super::table::{cut, table, whole};
use super::view::{BOLD, DIM, View, style_of};
use crate::api::control::{ClockState, ResetResponse, Suppression, TimelineResponse};
use crate::model::from_millis;
use crate::simulator::RecipientRow;
use crate::text;

/// Returns the cells of a row of the table of recipients.
pub fn recipient_cells(row: &RecipientRow) -> [String; 4] {
    [
        row.pattern.clone(),
        row.scenario.to_owned(),
        row.reason.unwrap_or_default().to_owned(),
        row.aliases.join(" "),
    ]
}

/// Returns the table of recipients with a scenario.
pub fn recipients(rows: &[RecipientRow], view: &View) -> String {
    let columns = [whole("RECIPIENT"), cut("WHAT HAPPENS", 24), cut("ERROR", 5)];
    let cells: Vec<Vec<String>> = rows
        .iter()
        .map(|row| recipient_cells(row)[..3].to_vec())
        .collect();
    let mut text = table(&columns, &cells, view, |_, _| None);
    text.push_str(
        "\nAny other recipient is delivered. A misspelt one on simulator.test is refused. Other names for some of them: \
         sendivent simulator recipients --json.\n",
    );
    text
}

/// Returns the state of the clock.
pub fn clock(clock: &ClockState, view: &View) -> String {
    let runs = if clock.rate == 0.0 {
        "stopped".to_owned()
    } else if (clock.rate - 1.0).abs() < f64::EPSILON {
        "as fast as real time".to_owned()
    } else {
        format!("{} times as fast as real time", clock.rate)
    };
    let ahead = clock.now - clock.real;
    let length = match ahead.unsigned_abs() {
        short @ ..1000 => short,
        // The real clock went on while the other one was moved.
        long => (long + 500) / 1000 * 1000,
    };
    let length = std::time::Duration::from_millis(length);
    let ahead = match ahead {
        0 => "the same as real time".to_owned(),
        ahead if ahead > 0 => format!("{} ahead of real time", text::format_duration(length)),
        _ => format!("{} behind real time", text::format_duration(length)),
    };
    format!(
        "virtual time  {} ({ahead})\nreal time     {}\nclock         {runs}\n",
        view.time(from_millis(clock.now)),
        view.time(from_millis(clock.real))
    )
}

/// Returns the suppression list.
pub fn suppressions(list: &[Suppression], view: &View) -> String {
    if list.is_empty() {
        return "Nobody is suppressed.\n".to_owned();
    }
    let columns = [
        whole("CHANNEL"),
        cut("RECIPIENT", 12),
        whole("REASON"),
        whole("SINCE"),
    ];
    let rows: Vec<Vec<String>> = list
        .iter()
        .map(|entry| {
            vec![
                view.outside(&entry.channel),
                view.recipient(&entry.recipient),
                view.outside(&entry.reason),
                view.time(from_millis(entry.since)),
            ]
        })
        .collect();
    table(&columns, &rows, view, |_, _| None)
}

/// Returns what an order to the suppression list did.
pub fn suppressions_changed(changed: u64) -> String {
    match changed {
        0 => "Nothing changed.\n".to_owned(),
        changed => {
            let entries = usize::try_from(changed).unwrap_or(usize::MAX);
            let noun = if entries == 1 { "1 entry" } else { "entries" };
            if entries == 1 {
                format!("{noun} changed.\n")
            } else {
                format!("{} {noun} changed.\n", text::group_thousands(entries))
            }
        }
    }
}

/// Returns the timelines of a notification's messages.
pub fn timeline(timeline: &TimelineResponse, view: &View) -> String {
    let mut text = format!("{} {}\n", view.paint("notification", BOLD), timeline.id);
    for message in &timeline.messages {
        text.push_str(&format!(
            "{} to {}, decided by {}\n",
            view.outside(message.channel.as_str()),
            view.recipient(&message.recipient),
            view.outside(&message.decided_by)
        ));
        for step in &message.steps {
            let name = view.paint(&format!("{:<10}", step.status), style_of(&step.status));
            let first = message.steps.first().map_or(step.at, |first| first.at);
            let after = std::time::Duration::from_millis(step.at.abs_diff(first));
            let when = format!(
                "{} (+{})",
                view.time(from_millis(step.at)),
                text::format_duration(after)
            );
            let due = if step.at <= timeline.now {
                String::new()
            } else {
                let millis = u64::try_from(step.at - timeline.now).unwrap_or(0);
                let rest = text::format_duration(std::time::Duration::from_millis(millis));
                view.paint(&format!("  in {rest}"), DIM)
            };
            let reason = step.reason.as_deref().map(|reason| format!("  {reason}"));
            text.push_str(&format!(
                "  {name}  {when}{}{due}\n",
                reason.unwrap_or_default()
            ));
        }
    }
    text
}

/// Returns what a reset forgot.
pub fn reset(reset: &ResetResponse) -> String {
    let number = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
    format!(
        "Forgotten: {}, {} and {}. The clock tells real time.\n",
        text::count_noun(number(reset.notifications), "notification"),
        text::count_noun(number(reset.messages), "message"),
        text::count_noun(number(reset.contacts), "contact")
    )
}
