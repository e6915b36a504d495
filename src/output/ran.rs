//! What a program sent while it ran: on stderr, because stdout is the program's.

use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr;

use super::presenter::Presenter;
use super::table::shorten;
use super::view::{DIM, View, style_of};
use super::{escape, json, stats};
use crate::api::control::MessageRow;
use crate::config::Format;
use crate::model::help_topic;
use crate::report::Ran;
use crate::text;

impl Presenter<'_> {
    /// Tells what a program sent.
    pub(super) fn ran(&self, ran: &Ran) {
        let view = self.stderr_view();
        match self.output_settings.format {
            Format::Json => {
                let text = json::write("run", true, document(ran, &view));
                let text = match view.terminal {
                    true => escape::json_for_terminal(&text),
                    false => text,
                };
                self.say(text.trim_end());
            }
            Format::Text => self.say(text(ran, &view).trim_end()),
            Format::Csv | Format::Ids => {}
        }
    }
}

fn document(ran: &Ran, view: &View) -> Value {
    let counts = ran
        .statistics
        .counts
        .iter()
        .map(|one| json!({"channel": one.channel, "status": one.status, "count": one.count}));
    let reasons = ran.statistics.reasons.iter();
    let reasons = reasons.map(|one| json!({"code": one.code, "count": one.count}));
    let refused = ran.refused.iter();
    let refused = refused.map(|(status, count)| json!({"status": status, "count": count}));
    let failures = ran.failures.iter().map(|row| {
        json!({"id": row.id, "event": row.event,
               "recipient": view.label(&row.recipient), "channel": row.message.channel,
               "status": row.message.status, "code": code_of(row)})
    });
    json!({"exit_code": ran.code, "requests": ran.requests,
           "refused": refused.collect::<Vec<_>>(), "refused_live_keys": ran.refused_live_keys, "counts": counts.collect::<Vec<_>>(),
           "reasons": reasons.collect::<Vec<_>>(), "failures": failures.collect::<Vec<_>>(),
           "more_failures": ran.more_failures})
}

fn text(ran: &Ran, view: &View) -> String {
    let messages: u64 = ran.statistics.counts.iter().map(|one| one.count).sum();
    let said = match (ran.requests, messages) {
        (0, _) => "SIMULATED: no request came.".to_owned(),
        (_, 0) => "SIMULATED: nothing was sent.".to_owned(),
        (_, sent) => format!(
            "SIMULATED: {}, nobody received anything. What became of it, and will:",
            text::count_noun(number(sent), "message")
        ),
    };
    let mut text = format!("{}\n", view.paint(&said, DIM));
    if messages > 0 {
        text.push_str(&stats::counts(&ran.statistics, view));
    }
    text.push_str(&failures(&ran.failures, view));
    if ran.more_failures {
        text.push_str("and more that failed or were suppressed\n");
    }
    if !ran.refused.is_empty() {
        let refused = ran.refused.iter().map(|(_, count)| count).sum();
        let each = ran.refused.iter();
        let each = each.map(|(status, count)| match number(*count) {
            1 => status.to_string(),
            count => format!("{status} ({})", text::group_thousands(count)),
        });
        text.push_str(&format!(
            "{} of {} refused: {}\n",
            text::group_thousands(number(refused)),
            text::count_noun(number(ran.requests), "request"),
            text::join_and(&each.collect::<Vec<_>>())
        ));
        if ran.refused_live_keys > 0 {
            text.push_str("hint: The program used a key that begins with `live_`; `--accept-live-keys` takes those, too.\n");
        }
    }
    text
}

/// Returns the lines of messages that ended badly.
fn failures(rows: &[MessageRow], view: &View) -> String {
    let cells = rows.iter().map(|row| {
        [
            view.outside(row.message.channel.as_str()),
            view.recipient(&row.recipient),
            view.outside(&row.event),
        ]
    });
    let cells: Vec<[String; 3]> = cells.collect();
    let widest = |column: usize| cells.iter().map(|row| row[column].width()).max();
    let widest = [0, 1, 2].map(|column| widest(column).unwrap_or(0));
    let mut text = String::new();
    for (row, cells) in rows.iter().zip(&cells) {
        let status = &row.message.status;
        let name = format!("{:<10}", view.outside(status.as_str()));
        let mut rest = String::new();
        for (cell, widest) in cells.iter().zip(widest) {
            rest.push_str(&format!("  {cell}{}", " ".repeat(widest - cell.width())));
        }
        let code = code_of(row).unwrap_or_default();
        match help_topic(code) {
            Some(help_topic) => rest.push_str(&format!("  {code}: {}", help_topic.meaning)),
            None => rest.push_str(&format!("  {}", view.outside(code))),
        }
        let room = view
            .width
            .unwrap_or(usize::MAX)
            .saturating_sub(name.width());
        let (name, rest) = (view.paint(&name, style_of(status)), shorten(&rest, room));
        text.push_str(&format!("{name}{rest}\n"));
    }
    text
}

fn code_of(row: &MessageRow) -> Option<&str> {
    let error = row.message.error.as_ref()?;
    Some(&error.code)
}

fn number(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}
