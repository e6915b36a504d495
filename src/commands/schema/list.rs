//! The JSON Schemas of everything that this program prints as JSON.

/// The JSON Schema of one kind of output.
#[derive(Debug, Clone, Copy)]
pub struct DocumentSchema {
    /// The `KIND` in `sendivent.KIND/1`, the name of the schema.
    pub kind: &'static str,
    /// The commands that print this output, such as `simulator suppression add, remove`.
    pub about: &'static str,
    /// The schema as JSON text, in version 2020-12 of JSON Schema.
    pub text: &'static str,
}

macro_rules! schemas {
    ($($kind:literal: $about:literal,)*) => {
        /// All schemas, in the order in which `sendivent schema` lists them.
        pub const SCHEMAS: &[DocumentSchema] = &[$(DocumentSchema {
            kind: $kind,
            about: $about,
            text: include_str!(concat!("json/", $kind, ".json")),
        },)*];
    };
}

schemas! {
    "send": "send",
    "preview": "send --dry-run",
    "status": "status",
    "update": "a line of watch, of send --wait and of activity --follow",
    "activity": "activity",
    "cancel": "cancel",
    "explain": "explain",
    "login": "login",
    "logout": "logout",
    "whoami": "whoami",
    "doctor": "doctor",
    "journal": "journal path, prune",
    "recipients": "simulator recipients",
    "clock": "simulator clock",
    "suppressions": "simulator suppression list",
    "changed": "simulator suppression add, remove",
    "timeline": "simulator show",
    "reset": "simulator reset",
    "serve": "a line of simulator serve",
    "run": "simulator run, on stderr",
    "webhooks": "simulator webhooks list",
    "webhook": "simulator webhooks show, replay, trigger",
    "verified": "webhook verify",
    "error": "an error of any command, on stderr",
}
