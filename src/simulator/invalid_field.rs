//! A field of a request body that is rejected. It knows nothing of HTTP, so that storage can use what validates with it.

/// A value that a field cannot have.
#[derive(Debug, Clone, PartialEq)]
pub struct InvalidField {
    pub field: String,
    /// `VALIDATION_ERROR`, `INVALID_EMAIL` or `INVALID_PHONE`.
    pub code: &'static str,
    pub message: String,
}

impl InvalidField {
    pub fn new(field: &str, message: impl Into<String>) -> Self {
        Self::with_code(field, "VALIDATION_ERROR", message)
    }

    pub fn with_code(field: &str, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            field: field.to_owned(),
            code,
            message: message.into(),
        }
    }
}
