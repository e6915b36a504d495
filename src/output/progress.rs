//! The live progress display on a terminal. Each message that a command follows has a line, which shows its status and
//! age.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{HumanDuration, ProgressBar, ProgressState, ProgressStyle};
use unicode_width::UnicodeWidthStr;

use super::text_writer::{DIM, TextStyle};
use crate::model::{MessageStatus, Timestamp};
use crate::text::shorten;

/// A change of the progress display.
#[derive(Debug, Clone, Copy)]
pub enum ProgressEvent<'a> {
    /// Adds the line of a message, or updates it.
    Show(MessageProgress<'a>),
    /// Removes the lines of all messages of the notification with this id.
    Remove(&'a str),
}

/// The content of a line in the progress display.
#[derive(Debug, Clone, Copy)]
pub struct MessageProgress<'a> {
    /// The id of the notification.
    pub notification: &'a str,
    /// The id of the message within the notification.
    pub message: &'a str,
    pub event: &'a str,
    pub channel: &'a str,
    pub recipient: &'a str,
    pub status: &'a MessageStatus,
    /// When the message was queued, on the service's clock. `None` if that is unknown; the age then starts at zero.
    pub queued_at: Option<Timestamp>,
    /// The current time on the service's clock.
    pub now: Timestamp,
}

impl ProgressEvent<'_> {
    /// Returns whether the display shows what the update's text contains. If true, the text is printed only with
    /// progress as plain text.
    pub fn replaces_text(&self) -> bool {
        matches!(self, Self::Show(_))
    }
}

/// The time between two drawings of the display.
const TICK: Duration = Duration::from_millis(120);
const SPINNER: [char; 8] = ['⠁', '⠂', '⠄', '⡀', '⢀', '⠠', '⠐', '⠈'];

/// The progress display. While it exists, other output must be printed with [`Live::above`]. Dropping it removes its
/// lines from the terminal.
pub struct Live {
    /// A single progress bar of `indicatif`, which draws all lines together. `None` while there are no lines.
    bar: Option<ProgressBar>,
    lines: Arc<Mutex<Lines>>,
}

/// The lines of all messages, including those that do not fit on the terminal.
struct Lines {
    /// The lines, by the number that each one got when it was added.
    lines: BTreeMap<usize, Line>,
    /// The numbers of the lines of each notification, by the notification's id.
    by_notification: HashMap<String, Vec<usize>>,
    /// How many lines have been added so far, including those that were removed.
    added: usize,
    /// How many lines fit on the terminal.
    max_lines: usize,
    started: Instant,
}

struct Line {
    message: String,
    /// When the message was queued, on the clock of this process.
    since: Instant,
    /// The status with its colour, as ANSI escape sequences.
    status: String,
    /// The width of the status in columns, without the escape sequences.
    status_width: usize,
    description: String,
    width: usize,
    color: bool,
}

impl Live {
    pub fn new(rows: u16) -> Self {
        let lines = Lines {
            lines: BTreeMap::new(),
            by_notification: HashMap::new(),
            added: 0,
            max_lines: usize::from(rows.saturating_sub(3)).max(1),
            started: Instant::now(),
        };
        Self {
            bar: None,
            lines: Arc::new(Mutex::new(lines)),
        }
    }

    pub fn show(&mut self, message: &MessageProgress<'_>, style: &TextStyle) {
        locked(&self.lines).show(message, style);
        if self.bar.is_none() {
            self.bar = Some(drawing(&self.lines));
        }
    }

    pub fn remove(&mut self, notification: &str) {
        let none_left = {
            let mut lines = locked(&self.lines);
            lines.remove(notification);
            lines.lines.is_empty()
        };
        if none_left {
            self.clear();
        }
    }

    /// Calls `print` while the lines are hidden, so that its output appears above them.
    pub fn above<T>(&self, print: impl FnOnce() -> T) -> T {
        match &self.bar {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }

    fn clear(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.disable_steady_tick();
            bar.finish_and_clear();
        }
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.clear();
    }
}

/// Creates a progress bar that draws all lines at each tick.
fn drawing(lines: &Arc<Mutex<Lines>>) -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    let lines = Arc::clone(lines);
    // The template is a constant and valid, so this never fails.
    if let Ok(style) = ProgressStyle::with_template("{lines}") {
        bar.set_style(
            style.with_key("lines", move |_: &ProgressState, out: &mut dyn Write| {
                // Writing to a string cannot fail.
                let _ = out.write_str(&locked(&lines).text(Instant::now()));
            }),
        );
    }
    bar.enable_steady_tick(TICK);
    bar
}

/// Locks the lines. Ignores a poisoned lock, because the lines are consistent after every call, even after a panic.
fn locked(lines: &Mutex<Lines>) -> MutexGuard<'_, Lines> {
    lines.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Lines {
    fn show(&mut self, message: &MessageProgress<'_>, style: &TextStyle) {
        let status = style.sanitize(message.status.as_str());
        let keys = self
            .by_notification
            .entry(message.notification.to_owned())
            .or_default();
        let existing = keys.iter().copied().find(|key| {
            let line = self.lines.get(key);
            line.is_some_and(|line| line.message == message.message)
        });
        let key = existing.unwrap_or_else(|| {
            self.added += 1;
            keys.push(self.added);
            self.added
        });
        let before = self.lines.get(&key);
        let line = Line {
            message: message.message.to_owned(),
            since: before.map_or_else(|| queued_instant(message), |line| line.since),
            status: style.status(message.status),
            status_width: status.width().max(10),
            description: format!(
                "{}  {}  {}",
                style.sanitize(message.channel),
                style.sanitize(message.recipient),
                style.sanitize(message.event)
            ),
            width: style.width.unwrap_or(80),
            color: style.color,
        };
        self.lines.insert(key, line);
    }

    fn remove(&mut self, notification: &str) {
        for key in self
            .by_notification
            .remove(notification)
            .unwrap_or_default()
        {
            self.lines.remove(&key);
        }
    }

    /// Returns the lines that fit on the terminal, and how many others there are.
    fn text(&self, now: Instant) -> String {
        let frames = now.duration_since(self.started).as_millis() / TICK.as_millis();
        let frame = SPINNER[usize::try_from(frames).unwrap_or(0) % SPINNER.len()];
        let shown = self.lines.values().take(self.max_lines);
        let mut lines: Vec<String> = shown.map(|line| line.text(frame, now)).collect();
        let rest = self.lines.len() - lines.len();
        if rest > 0 {
            lines.push(format!("  and {rest} more"));
        }
        lines.join("\n")
    }
}

impl Line {
    fn text(&self, frame: char, now: Instant) -> String {
        let age = format!("{:#}", HumanDuration(now.duration_since(self.since)));
        let used = 2 + self.status_width + 1 + 2 + age.len();
        let age_text = match self.color {
            true => format!("{DIM}{age}{DIM:#}"),
            false => age.clone(),
        };
        format!(
            "{frame} {} {}  {}",
            self.status,
            shorten(&self.description, self.width.saturating_sub(used).max(10)),
            age_text
        )
    }
}

/// Returns the time at which a message was queued, on the clock of this process.
fn queued_instant(message: &MessageProgress<'_>) -> Instant {
    let age = message.queued_at.map_or(Duration::ZERO, |queued| {
        let millis = message.now.as_millisecond() - queued.as_millisecond();
        Duration::from_millis(u64::try_from(millis).unwrap_or(0))
    });
    let now = Instant::now();
    now.checked_sub(age).unwrap_or(now)
}
