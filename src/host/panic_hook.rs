//! Faults of this program itself. What a panic says may hold anything, a key or an address included: only its place is
//! told.

use std::io::{self, Write};
use std::panic;

/// From now on a panic tells where it was and what to do about it, and nothing of what it was about.
pub fn install_panic_hook() {
    panic::set_hook(Box::new(|info| {
        let place = info
            .location()
            .map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
        let text = format!(
            "error: internal error at {place}\nhint: This is a bug of sendivent. Please report this line and the command.\n"
        );
        // When stderr is closed there is nobody left to tell.
        drop(io::stderr().write_all(text.as_bytes()));
    }));
}
