//! Points in time, as everything in the crate keeps and writes them.

pub use jiff::Timestamp;

/// Returns the time that lies `milliseconds` after the Unix epoch, clamped to the years that can be written.
pub fn from_millis(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(milliseconds).unwrap_or(if milliseconds < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    })
}

/// Returns a time as machines read it: UTC, RFC 3339, milliseconds, `Z`.
pub fn rfc3339(time: Timestamp) -> String {
    format!("{time:.3}")
}

#[cfg(test)]
mod tests {
    use super::{from_millis, rfc3339};

    #[test]
    fn times_are_written_with_milliseconds_and_z() {
        assert_eq!(
            rfc3339(from_millis(1_775_044_800_000)),
            "2026-04-01T12:00:00.000Z"
        );
        assert_eq!(rfc3339(from_millis(7)), "1970-01-01T00:00:00.007Z");
    }

    #[test]
    fn a_time_beyond_the_calendar_is_clamped() {
        assert_eq!(&rfc3339(from_millis(i64::MAX))[..4], "9999");
    }
}
