//! Statistics of messages as text: counts by channel and status, and a bar chart of the times to delivery.

use std::time::Duration;

use super::table::{Column, table, whole};
use super::text_writer::{BOLD, TextStyle};
use crate::api::control::{LatencyCount, Statistics, StatusCount};
use crate::model::{Channel, MessageStatus, help_topic};
use crate::text::{self, shorten};

const MAX_BAR_LENGTH: usize = 30;
const HEADING: &str = "From queued to delivered";

pub fn text(found: &Statistics, style: &TextStyle) -> String {
    if found.counts.is_empty() {
        return "There is nothing to count.\n".to_owned();
    }
    let mut text = counts(found, style);
    if !found.reasons.is_empty() {
        text.push_str(&format!("\n{}\n", style.paint("Reasons", BOLD)));
        let widest = found
            .reasons
            .iter()
            .map(|reason| reason.code.len())
            .max()
            .unwrap_or(0);
        for reason in &found.reasons {
            let means = help_topic(&reason.code).map_or("", |help_topic| help_topic.meaning);
            let line = format!(
                "  {:>7}  {:<widest$}  {means}",
                text::group_thousands(reason.count),
                style.sanitize(&reason.code),
            );
            text.push_str(&shorten(&line, style.width.unwrap_or(usize::MAX)));
            text.push('\n');
        }
    }
    text.push_str(&spread(&found.latencies, style));
    text
}

/// Formats a table of the number of messages by channel and status.
pub fn counts(found: &Statistics, style: &TextStyle) -> String {
    let mut channels: Vec<&Channel> = found.counts.iter().map(|c| &c.channel).collect();
    channels.dedup();
    let sum = |channel: Option<&Channel>, status: Option<&MessageStatus>| -> u64 {
        let counts = found.counts.iter();
        let counts = counts.filter(|c| channel.is_none_or(|channel| c.channel == *channel));
        let counts = counts.filter(|c| status.is_none_or(|status| c.status == *status));
        counts.map(|c| c.count).sum()
    };
    let shown = |number: u64| match number {
        0 => "-".to_owned(),
        number => text::group_thousands(number),
    };
    let is_other = |c: &StatusCount| matches!(c.status, MessageStatus::Other(_));
    let others = found.counts.iter().any(is_other);
    let row = |name: String, channel: Option<&Channel>| {
        let all = sum(channel, None);
        let mut numbers = MessageStatus::ALL
            .map(|status| sum(channel, Some(&status)))
            .to_vec();
        if others {
            numbers.push(all.saturating_sub(numbers.iter().sum()));
        }
        numbers.push(all);
        [name]
            .into_iter()
            .chain(numbers.into_iter().map(shown))
            .collect()
    };
    let mut rows: Vec<Vec<String>> = channels
        .iter()
        .map(|channel| row(style.sanitize(channel.as_str()), Some(channel)))
        .collect();
    if rows.len() != 1 {
        rows.push(row("all".to_owned(), None));
    }
    let mut headings = vec![
        "CHANNEL",
        "QUEUED",
        "SENT",
        "DELIVERED",
        "FAILED",
        "SUPPRESSED",
    ];
    headings.extend(others.then_some("OTHER"));
    headings.push("ALL");
    let columns: Vec<Column> = headings.into_iter().map(whole).collect();
    table(&columns, &rows, style, |index, cell| {
        let status = MessageStatus::ALL.into_iter().nth(index.checked_sub(1)?)?;
        (cell != "-").then_some(status)
    })
}

/// Formats the times from queued to delivered: their percentiles, and a bar chart whose buckets double in size.
fn spread(latencies: &[LatencyCount], style: &TextStyle) -> String {
    let all: u64 = latencies.iter().map(|latency| latency.count).sum();
    if all == 0 {
        return String::new();
    }
    let at = |share: f64| {
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a rank among counts"
        )]
        let rank = ((all as f64 * share).ceil() as u64).max(1);
        let mut passed = 0;
        for latency in latencies {
            passed += latency.count;
            if passed >= rank {
                return length(latency.milliseconds);
            }
        }
        String::new()
    };
    let shares = [
        format!("half within {}", at(0.5)),
        format!("90 % within {}", at(0.9)),
        format!("99 % within {}", at(0.99)),
    ];
    let width = style.width.unwrap_or(usize::MAX);
    let line = shares.join(", ");
    let mut text = format!("\n{}", style.paint(HEADING, BOLD));
    if HEADING.len() + 2 + line.len() <= width {
        text.push_str(&format!("  {line}\n"));
    } else {
        text.push_str(&format!("\n  {}\n", shares.join("\n  ")));
    }
    text.push_str(&bars(&buckets(latencies), width));
    text
}

/// Formats a bar chart that fits into `width` columns. A bucket is an upper bound in milliseconds, and a count.
fn bars(buckets: &[(i64, u64)], width: usize) -> String {
    let of = |(upper, count): &(i64, u64)| (length(*upper), *count, text::group_thousands(count));
    let rows: Vec<(String, u64, String)> = buckets.iter().map(of).collect();
    let label = rows.iter().map(|(label, ..)| label.len()).max();
    let label = label.unwrap_or(0);
    let widest = rows.iter().map(|(.., number)| number.len()).max();
    let taken = "  up to ".len() + label + 2 + 2 + widest.unwrap_or(0);
    let longest = MAX_BAR_LENGTH.min(width.saturating_sub(taken)).max(1);
    let most = rows.iter().map(|(_, count, _)| *count).max().unwrap_or(1);
    let mut text = String::new();
    for (upper, count, number) in rows {
        let filled = usize::try_from(count.saturating_mul(longest as u64) / most);
        let bar = match count {
            0 => String::new(),
            _ => "█".repeat(filled.unwrap_or(longest).max(1)),
        };
        text.push_str(&format!(
            "  up to {upper:>label$}  {bar:<longest$}  {number}\n"
        ));
    }
    text
}

/// Groups times into buckets whose upper bounds in milliseconds are powers of two. Returns the upper bounds and counts,
/// including empty buckets between others. `latencies` must be in ascending order.
fn buckets(latencies: &[LatencyCount]) -> Vec<(i64, u64)> {
    let upper = |millis: i64| {
        let millis = u64::try_from(millis).unwrap_or(0).max(1);
        i64::try_from(millis.next_power_of_two()).unwrap_or(i64::MAX)
    };
    let mut buckets: Vec<(i64, u64)> = Vec::new();
    for LatencyCount {
        milliseconds,
        count,
    } in latencies
    {
        let bound = upper(*milliseconds);
        while let Some((last, _)) = buckets.last().copied() {
            if last >= bound {
                break;
            }
            buckets.push((last.saturating_mul(2), 0));
        }
        if buckets.is_empty() {
            buckets.push((bound, 0));
        }
        if let Some((_, sum)) = buckets.last_mut() {
            *sum += count;
        }
    }
    buckets
}

fn length(millis: i64) -> String {
    text::format_duration(Duration::from_millis(u64::try_from(millis).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::LatencyCount;

    fn buckets(latencies: &[(i64, u64)]) -> Vec<(i64, u64)> {
        let latencies = latencies.iter();
        let latencies = latencies.map(|&(milliseconds, count)| LatencyCount {
            milliseconds,
            count,
        });
        super::buckets(&latencies.collect::<Vec<_>>())
    }

    #[test]
    fn buckets_double_and_have_no_gaps() {
        assert_eq!(
            buckets(&[(900, 2), (1000, 3), (3000, 1)]),
            [(1024, 5), (2048, 0), (4096, 1)]
        );
        assert_eq!(buckets(&[]), []);
        assert_eq!(buckets(&[(0, 1)]), [(1, 1)]);
    }
}
