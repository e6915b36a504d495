//! Enumerations that are text on the wire and keep what they do not know.

/// Implements `Serialize` and `Deserialize` for a type with `as_str` and `from_wire`, and a `Default` for a field that
/// is missing: the empty text. The second argument describes the set in schemas.
macro_rules! wire_text {
    ($type:ident, $description:literal) => {
        impl Default for $type {
            fn default() -> Self {
                Self::Other(String::new())
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'d> serde::Deserialize<'d> for $type {
            fn deserialize<D: serde::Deserializer<'d>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                Ok(Self::from_wire(&text))
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        #[cfg(test)]
        impl schemars::JsonSchema for $type {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                crate::schema_gen::open_set($description, Self::ALL.iter().map(Self::as_str))
            }
        }
    };
}

pub(super) use wire_text;
