//! Points in time: UTC, written as RFC 3339 with milliseconds.

pub use jiff::Timestamp;

/// Returns the time that lies `milliseconds` after the Unix epoch, clamped to the years that can be written.
pub fn from_millis(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(milliseconds).unwrap_or(if milliseconds < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    })
}

/// Formats a time for machines: UTC, RFC 3339, milliseconds, `Z`.
pub fn rfc3339(time: Timestamp) -> String {
    format!("{time:.3}")
}

/// For `#[serde(with)]` on an optional time. A field with it also needs `#[serde(default)]`.
pub mod rfc3339_millis {
    use serde::{Deserialize, Deserializer, Serializer};
    use serde_json::Value;

    use super::Timestamp;

    /// Writes a time as RFC 3339 with milliseconds, or null.
    pub fn serialize<S: Serializer>(
        time: &Option<Timestamp>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match time {
            Some(time) => serializer.collect_str(&format_args!("{time:.3}")),
            None => serializer.serialize_none(),
        }
    }

    /// Writes a time as RFC 3339 with milliseconds.
    pub fn serialize_time<S: Serializer>(
        time: &Timestamp,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{time:.3}"))
    }

    /// Reads a time. An unreadable one becomes `None`: a status must not be lost to the form of a time beside it.
    pub fn deserialize<'d, D: Deserializer<'d>>(
        deserializer: D,
    ) -> Result<Option<Timestamp>, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Ok(value.as_str().and_then(|text| text.parse().ok()))
    }
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
