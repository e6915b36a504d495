//! A macro for enums that are strings in JSON and have a variant for unknown values.

/// Implements the conversions of an enum that is a string in JSON and has a variant `Other(String)` for unknown values:
/// `ALL`, `as_str`, `from_wire`, `Display`, `Serialize` and `Deserialize`. `Default`, for a missing field, is `Other`
/// with an empty string. `$description` is the type's description in JSON Schemas.
macro_rules! wire_text {
    ($type:ident, $description:literal, $($variant:ident = $name:literal),+ $(,)?) => {
        impl $type {
            /// Every known value, in the order of the declaration.
            pub const ALL: [Self; [$($name),+].len()] = [$(Self::$variant),+];

            /// Returns the string that represents the value in JSON.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $name,)+
                    Self::Other(name) => name,
                }
            }

            /// Returns the variant for a string from JSON; `Other` if the string is unknown.
            pub fn from_wire(name: &str) -> Self {
                Self::ALL
                    .into_iter()
                    .find(|known| known.as_str() == name)
                    .unwrap_or_else(|| Self::Other(name.to_owned()))
            }
        }

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
