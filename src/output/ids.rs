//! Bare ids, one per line.

use crate::report::Report;

/// Returns the ids of a report, one per line; those that were printed on the way are not repeated.
pub fn document(report: &Report) -> String {
    let lines = |ids: Vec<&String>| ids.iter().map(|id| format!("{id}\n")).collect();
    match report {
        Report::Looked(looked) => {
            let found = looked
                .found
                .iter()
                .filter(|found| found.notification.is_some());
            lines(found.map(|found| &found.id).collect())
        }
        Report::Activity(list) => {
            let mut ids: Vec<&String> = list.messages.iter().map(|row| &row.id).collect();
            ids.dedup();
            lines(ids)
        }
        Report::Timeline(timeline) => format!("{}\n", timeline.id),
        Report::Text(text) => text.clone(),
        _ => String::new(),
    }
}
