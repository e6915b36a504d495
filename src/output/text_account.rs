//! Text about keys, profiles, files and the way to the service.

use super::json_account::state;
use super::view::{BAD, BOLD, HINT, View};
use crate::report::{Account, Check, LoggedIn, NoCredentials, State, WhoAmI};
use crate::text;

/// Returns what `whoami` found.
pub fn who_am_i(who: &WhoAmI, view: &View) -> String {
    match who {
        WhoAmI::Simulator { file, run, journal } => {
            let key = match run {
                Some(run) => format!("SENDIVENT_API_KEY, of the run {run}: a namespace of its own"),
                None => "none needed".to_owned(),
            };
            lines(
                &[
                    ("service", "simulator, offline: nobody receives anything"),
                    ("file", file),
                    ("journal", journal.as_deref().unwrap_or("switched off")),
                    ("key", &key),
                ],
                view,
            )
        }
        WhoAmI::Service(account) => service(account, view),
        WhoAmI::NoCredentials(found) => keyless(found, view),
    }
}

fn keyless(found: &NoCredentials, view: &View) -> String {
    let address = match &found.address {
        Some((address, source)) => format!("{address}, from {source}"),
        None => "follows from the key".to_owned(),
    };
    let mut text = lines(
        &[
            ("profile", &found.profile),
            ("address", &address),
            (
                "journal",
                found.journal.as_deref().unwrap_or("switched off"),
            ),
            ("key", "none; looked for in this order:"),
        ],
        view,
    );
    for (place, why) in &found.places {
        text.push_str(&format!("{:<9}  {place:<22}  {}\n", "", view.outside(why)));
    }
    text
}

fn service(account: &Account, view: &View) -> String {
    let real = format!("{}: {}", account.environment, account.effect);
    let address = format!("{}, from {}", account.address, account.address_source);
    let key = format!("{}, from {}", account.fingerprint, account.key_source);
    lines(
        &[
            ("profile", &account.profile),
            ("service", &real),
            ("address", &address),
            ("key", &key),
            (
                "journal",
                account.journal.as_deref().unwrap_or("switched off"),
            ),
        ],
        view,
    )
}

fn lines(rows: &[(&str, &str)], view: &View) -> String {
    rows.iter()
        .map(|(name, value)| format!("{name:<9}  {}\n", view.outside(value)))
        .collect()
}

/// Returns what `login` did.
pub fn logged_in(login: &LoggedIn, view: &View) -> String {
    let replaced = if login.replaced {
        "; it replaces another one"
    } else {
        ""
    };
    format!(
        "Stored the {} key {} for the profile {}{replaced}.\nOnly you can read it: {}\n",
        login.environment,
        login.fingerprint,
        view.outside(&login.profile),
        view.outside(&login.path),
    )
}

/// Returns what `journal prune` did.
pub fn pruned(sends: usize, profile: Option<&str>, view: &View) -> String {
    let of = match profile {
        Some(profile) => format!("the profile {}", view.outside(profile)),
        None => "all profiles".to_owned(),
    };
    format!("Forgotten: {} of {of}.\n", text::count_noun(sends, "send"))
}

/// Returns what `doctor` found, a line for each thing.
pub fn diagnosis(checks: &[Check], view: &View) -> String {
    let mut text = String::new();
    for check in checks {
        let word = format!("{:<4}", state(check.state));
        let word = match check.state {
            State::Ok => word,
            State::Warn => view.paint(&word, BOLD),
            State::Fail(_) => view.paint(&word, BAD),
        };
        let found = view.outside(&check.found);
        text.push_str(&format!("{word}  {:<11}  {found}\n", check.name));
        if let Some(fix) = &check.fix {
            let fix = view.hint(fix);
            text.push_str(&format!("{:<17}  {}\n", "", view.paint(&fix, HINT)));
        }
    }
    text
}
