//! Times in UTC, written in RFC 3339 with milliseconds.

use std::fmt;
use std::str::FromStr;

use jiff::ZonedDateTime;
use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

// A time in UTC. Text and JSON have the format RFC 3339 with milliseconds: `2026-04-01T12:00:00.000Z`. This is not a
// doc comment, because schemars would use it as the description of every field with a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(
    test,
    derive(schemars::JsonSchema),
    schemars(inline, extend(
        "format" = "date-time",
        "pattern" = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$",
    ))
)]
pub struct Timestamp(#[cfg_attr(test, schemars(with = "String"))] jiff::Timestamp);

/// Converts milliseconds since the Unix epoch to a time. Values outside the supported range are clamped to its bounds,
/// in the years -9999 and 9999.
pub fn from_millis(milliseconds: i64) -> Timestamp {
    let clamped = match milliseconds {
        ..0 => jiff::Timestamp::MIN,
        0.. => jiff::Timestamp::MAX,
    };
    Timestamp(jiff::Timestamp::from_millisecond(milliseconds).unwrap_or(clamped))
}

impl Timestamp {
    /// Returns the number of milliseconds since the Unix epoch.
    pub fn as_millisecond(self) -> i64 {
        self.0.as_millisecond()
    }

    /// Converts the time to a local date and time, for text output.
    pub fn in_zone(self, zone: &TimeZone) -> ZonedDateTime {
        self.0.to_zoned_datetime(zone.clone())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.0)
    }
}

impl FromStr for Timestamp {
    type Err = jiff::Error;

    fn from_str(text: &str) -> Result<Self, jiff::Error> {
        text.parse().map(Self)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'d> Deserialize<'d> for Timestamp {
    fn deserialize<D: Deserializer<'d>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Deserializes an optional time. Used as `#[serde(deserialize_with = "read_time")]`. A malformed time becomes `None`,
/// so that it does not make the whole response unreadable.
pub fn read_time<'d, D: Deserializer<'d>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    let value = Value::deserialize(deserializer)?;
    Ok(value.as_str().and_then(|text| text.parse().ok()))
}

#[cfg(test)]
mod tests {
    use super::from_millis;

    #[test]
    fn times_are_written_with_milliseconds_and_z() {
        assert_eq!(
            from_millis(1_775_044_800_000).to_string(),
            "2026-04-01T12:00:00.000Z"
        );
        assert_eq!(from_millis(7).to_string(), "1970-01-01T00:00:00.007Z");
    }

    #[test]
    fn a_time_beyond_the_calendar_is_clamped() {
        assert_eq!(&from_millis(i64::MAX).to_string()[..4], "9999");
    }
}
