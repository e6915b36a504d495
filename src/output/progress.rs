//! Live lines on a terminal: one for each message that is followed, with its age.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{HumanDuration, ProgressBar, ProgressState, ProgressStyle};
use unicode_width::UnicodeWidthStr;

use super::table::shorten;
use super::view::{DIM, View};
use crate::model::Timestamp;
use crate::report::Change;

/// How long one picture of the spinner stands.
const TICK: Duration = Duration::from_millis(120);
/// The pictures of the spinner.
const SPINNER: [char; 8] = ['⠁', '⠂', '⠄', '⡀', '⢀', '⠠', '⠐', '⠈'];

/// Live lines. What is printed while they stand must go through [`Live::above`]. They are gone when it is dropped.
pub struct Live {
    /// All lines are one bar to indicatif, so that they come and go as one; none while there are no lines.
    bar: Option<ProgressBar>,
    lines: Arc<Mutex<Lines>>,
}

/// Every message that is followed, whether there is room for it or not.
struct Lines {
    /// By the order in which they were first seen.
    lines: BTreeMap<usize, Line>,
    /// The lines of each notification.
    of: HashMap<String, Vec<usize>>,
    seen: usize,
    /// How many lines fit on the terminal.
    most: usize,
    started: Instant,
}

struct Line {
    message: String,
    /// When it was queued, on this process's clock.
    since: Instant,
    /// The status, painted.
    status: String,
    /// How wide the status is without its colour.
    status_width: usize,
    who: String,
    view: View,
}

impl Live {
    /// Returns live lines for a terminal of so many rows.
    pub fn new(rows: u16) -> Self {
        let lines = Lines {
            lines: BTreeMap::new(),
            of: HashMap::new(),
            seen: 0,
            most: usize::from(rows.saturating_sub(3)).max(1),
            started: Instant::now(),
        };
        Self {
            bar: None,
            lines: Arc::new(Mutex::new(lines)),
        }
    }

    /// Shows the state of a message. Its age counts from when it was queued.
    pub fn show(&mut self, change: &Change, now: Timestamp, view: &View) {
        locked(&self.lines).show(change, now, view);
        if self.bar.is_none() {
            self.bar = Some(drawing(&self.lines));
        }
    }

    /// Takes away the lines of a notification.
    pub fn settle(&mut self, notification: &str) {
        let none_left = {
            let mut lines = locked(&self.lines);
            lines.settle(notification);
            lines.lines.is_empty()
        };
        if none_left {
            self.clear();
        }
    }

    /// Does something to the terminal while the lines are out of the way.
    pub fn above<T>(&self, print: impl FnOnce() -> T) -> T {
        match &self.bar {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }

    /// Takes all lines off the terminal.
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

/// Returns a bar that draws all lines whenever it ticks.
fn drawing(lines: &Arc<Mutex<Lines>>) -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    let lines = Arc::clone(lines);
    // The template is a constant that is covered by every live test.
    if let Ok(style) = ProgressStyle::with_template("{lines}") {
        bar.set_style(
            style.with_key("lines", move |_: &ProgressState, out: &mut dyn Write| {
                // Memory takes whatever is written.
                let _ = out.write_str(&locked(&lines).text(Instant::now()));
            }),
        );
    }
    bar.enable_steady_tick(TICK);
    bar
}

/// The lines are whole between two calls, even if one of them panicked.
fn locked(lines: &Mutex<Lines>) -> MutexGuard<'_, Lines> {
    lines.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Lines {
    fn show(&mut self, change: &Change, now: Timestamp, view: &View) {
        let status = view.outside(change.to.as_str());
        let places = self.of.entry(change.notification.clone()).or_default();
        let known = places.iter().copied().find(|place| {
            let line = self.lines.get(place);
            line.is_some_and(|line| line.message == change.message)
        });
        let place = known.unwrap_or_else(|| {
            self.seen += 1;
            places.push(self.seen);
            self.seen
        });
        let before = self.lines.get(&place);
        let line = Line {
            message: change.message.clone(),
            since: before.map_or_else(|| since(change, now), |line| line.since),
            status: view.status(&change.to),
            status_width: status.width().max(10),
            who: format!(
                "{}  {}  {}",
                view.outside(&change.channel),
                view.recipient(&change.recipient),
                view.outside(&change.event)
            ),
            view: view.clone(),
        };
        self.lines.insert(place, line);
    }

    fn settle(&mut self, notification: &str) {
        for place in self.of.remove(notification).unwrap_or_default() {
            self.lines.remove(&place);
        }
    }

    /// Returns all lines that have room, and how many have none.
    fn text(&self, now: Instant) -> String {
        let pictures = now.duration_since(self.started).as_millis() / TICK.as_millis();
        let picture = SPINNER[usize::try_from(pictures).unwrap_or(0) % SPINNER.len()];
        let shown = self.lines.values().take(self.most);
        let mut lines: Vec<String> = shown.map(|line| line.text(picture, now)).collect();
        let rest = self.lines.len() - lines.len();
        if rest > 0 {
            lines.push(format!("  and {rest} more"));
        }
        lines.join("\n")
    }
}

impl Line {
    fn text(&self, picture: char, now: Instant) -> String {
        let age = format!("{:#}", HumanDuration(now.duration_since(self.since)));
        let taken = 2 + self.status_width + 1 + 2 + age.len();
        let width = self.view.width.unwrap_or(80);
        format!(
            "{picture} {} {}  {}",
            self.status,
            shorten(&self.who, width.saturating_sub(taken).max(10)),
            self.view.paint(&age, DIM)
        )
    }
}

/// Returns when a message was queued, on this process's clock.
fn since(change: &Change, now: Timestamp) -> Instant {
    let age = change.queued_at.map_or(Duration::ZERO, |queued| {
        let millis = now.as_millisecond() - queued.as_millisecond();
        Duration::from_millis(u64::try_from(millis).unwrap_or(0))
    });
    let now = Instant::now();
    now.checked_sub(age).unwrap_or(now)
}
