//! Live lines on a terminal: one for each message that is followed, with its age.

use std::collections::HashMap;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::table::shorten;
use super::view::View;
use crate::model::Timestamp;
use crate::report::Change;

/// Live lines. What is printed while they stand must go through [`Live::above`].
pub struct Live {
    bars: MultiProgress,
    lines: HashMap<String, Line>,
    /// How many lines fit on the terminal.
    most: usize,
    /// How many messages had no room.
    rest: usize,
    more: Option<ProgressBar>,
}

struct Line {
    bar: ProgressBar,
    notification: String,
}

impl Live {
    /// Returns live lines for a terminal of so many rows.
    pub fn new(rows: u16) -> Self {
        Self {
            bars: MultiProgress::new(),
            lines: HashMap::new(),
            most: usize::from(rows.saturating_sub(3)).max(1),
            rest: 0,
            more: None,
        }
    }

    /// Shows the state of a message. Its age counts from when it was queued.
    pub fn show(&mut self, change: &Change, now: Timestamp, view: &View) {
        let age = change.queued_at.map_or(Duration::ZERO, |queued| {
            let millis = now.as_millisecond() - queued.as_millisecond();
            Duration::from_millis(u64::try_from(millis).unwrap_or(0))
        });
        if !self.lines.contains_key(&change.message) {
            if self.lines.len() >= self.most {
                self.no_room();
                return;
            }
            let bar = self.bars.add(ProgressBar::new_spinner().with_elapsed(age));
            // The template is a constant that is covered by every live test.
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}  {elapsed:.dim}") {
                bar.set_style(style);
            }
            let line = Line {
                bar,
                notification: change.notification.clone(),
            };
            self.lines.insert(change.message.clone(), line);
        }
        if let Some(line) = self.lines.get(&change.message) {
            let room = view.width.unwrap_or(80).saturating_sub(24).max(10);
            let who = format!(
                "{}  {}  {}",
                view.outside(&change.channel),
                view.recipient(&change.recipient),
                view.outside(&change.event)
            );
            line.bar.set_message(format!(
                "{} {}",
                view.status(&change.to),
                shorten(&who, room)
            ));
            // Only now, for it draws at once: a line is never seen without its text.
            line.bar.enable_steady_tick(Duration::from_millis(120));
        }
    }

    fn no_room(&mut self) {
        self.rest += 1;
        let more = self.more.get_or_insert_with(|| {
            let bar = self.bars.add(ProgressBar::new_spinner());
            if let Ok(style) = ProgressStyle::with_template("  {msg}") {
                bar.set_style(style);
            }
            bar
        });
        more.set_message(format!("and {} more", self.rest));
    }

    /// Takes away the lines of a notification.
    pub fn settle(&mut self, notification: &str) {
        self.lines.retain(|_, line| {
            let stays = line.notification != notification;
            if !stays {
                line.bar.finish_and_clear();
                self.bars.remove(&line.bar);
            }
            stays
        });
    }

    /// Does something to the terminal while the lines are out of the way.
    pub fn above<T>(&self, print: impl FnOnce() -> T) -> T {
        self.bars.suspend(print)
    }

    /// Takes all lines away.
    pub fn clear(&mut self) {
        for line in self.lines.values() {
            line.bar.finish_and_clear();
        }
        if let Some(more) = self.more.take() {
            more.finish_and_clear();
        }
        self.lines.clear();
        // A terminal that cannot be cleared has gone: there is nobody to tell.
        drop(self.bars.clear());
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.clear();
    }
}
