//! Updates on the way, in each format that is not JSON.

use super::presenter::Presenter;
use super::progress::Live;
use super::{csv, text, text_activity};
use crate::config::Progress;
use crate::report::Update;

impl Presenter<'_> {
    /// Shows an update to people.
    pub(super) fn take_text(&mut self, update: &Update) {
        let view = self.stdout_view();
        match update {
            Update::Sent(result) => self.emit(&text::sent(result, &view)),
            Update::Change(change) if self.output_settings.progress == Progress::Live => {
                let stderr = self.stderr_view();
                let rows = self.host.terminal.size.map_or(24, |(_, rows)| rows);
                self.live.get_or_insert_with(|| Live::new(rows)).show(
                    change,
                    change.seen_at,
                    &stderr,
                );
            }
            Update::Change(change) if self.output_settings.progress == Progress::Plain => {
                self.emit(&text::change(change, &view));
            }
            Update::Settled { found, counts } => {
                if let Some(live) = &mut self.live {
                    live.settle(&found.id);
                }
                self.emit(&text::settled(found, *counts, &view));
            }
            Update::Message(row) => self.emit(&text_activity::followed(row, &view)),
            _ => {}
        }
    }

    /// Shows an update as a row.
    pub(super) fn take_csv(&mut self, update: &Update) {
        let view = self.stdout_view();
        match update {
            Update::Sent(result) => {
                self.header(&csv::SENDS);
                self.emit(&csv::send(result, &view));
            }
            Update::Change(change) => {
                self.header(&csv::CHANGES);
                self.emit(&csv::change(change, &view));
            }
            Update::Message(row) => {
                self.header(&csv::MESSAGES);
                self.emit(&csv::activity(row, &view));
            }
            _ => {}
        }
    }

    /// Shows the ids of an update.
    pub(super) fn take_ids(&mut self, update: &Update) {
        match update {
            Update::Sent(result) => {
                self.receipts = true;
                let receipts = super::machine::receipts(result);
                let lines: String = receipts.iter().map(|(id, _)| format!("{id}\n")).collect();
                self.emit(&lines);
            }
            Update::Settled { found, .. } if !self.receipts => {
                self.emit(&format!("{}\n", found.id));
            }
            Update::Message(row) => self.emit(&format!("{}\n", row.id)),
            _ => {}
        }
    }
}
