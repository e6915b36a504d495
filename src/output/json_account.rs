//! JSON documents about keys, profiles, files and the way to the service.

use serde_json::{Value, json};

use crate::exit::Exit;
use crate::report::{Check, Report, State, WhoAmI};

/// Returns the document of a report of `login`, `logout`, `whoami`, `doctor` and `journal`.
pub fn document(report: &Report, exit: Exit) -> Option<(&'static str, Value)> {
    Some(match report {
        Report::LoggedIn(login) => (
            "login",
            json!({"profile": login.profile, "environment": login.environment,
                   "fingerprint": login.fingerprint, "file": login.path, "replaced": login.replaced,
                   "behind": login.shadowed_by}),
        ),
        Report::LoggedOut(profile) => ("logout", json!({ "profile": profile })),
        Report::WhoAmI(WhoAmI::Simulator { file, run, journal }) => (
            "whoami",
            json!({"simulator": file, "run": run, "journal": journal, "service": null}),
        ),
        Report::WhoAmI(WhoAmI::Service(account)) => (
            "whoami",
            json!({"simulator": null, "run": null, "journal": account.journal, "service": {
                "profile": account.profile,
                "environment": account.environment,
                "address": account.address,
                "address_source": account.address_source,
                "key_source": account.key_source,
                "key_fingerprint": account.fingerprint,
                "needs_live": account.needs_live,
                "places": [],
            }}),
        ),
        Report::WhoAmI(WhoAmI::NoCredentials(keyless)) => (
            "whoami",
            json!({"simulator": null, "run": null, "journal": keyless.journal, "service": {
                "profile": keyless.profile,
                "environment": null,
                "address": keyless.address.as_ref().map(|(address, _)| address),
                "address_source": keyless.address.as_ref().map(|(_, source)| source),
                "key_source": null,
                "key_fingerprint": null,
                "needs_live": null,
                "places": keyless.places.iter().map(place).collect::<Value>(),
            }}),
        ),
        Report::Diagnosis(checks) => {
            let all: Vec<Value> = checks.iter().map(check).collect();
            (
                "doctor",
                json!({"checks": all, "exit_code": exit.code(), "outcome": exit.name()}),
            )
        }
        Report::JournalPath(path) => ("journal", json!({"file": path, "forgotten": null})),
        Report::Pruned(sends, _) => ("journal", json!({"file": null, "forgotten": sends})),
        _ => return None,
    })
}

fn place((name, found): &(&'static str, String)) -> Value {
    json!({"name": name, "found": found})
}

fn check(check: &Check) -> Value {
    json!({
        "name": check.name,
        "state": state(check.state),
        "found": check.found,
        "fix": check.fix,
    })
}

/// Returns the word for how a thing stands.
pub fn state(state: State) -> &'static str {
    match state {
        State::Ok => "ok",
        State::Warn => "warn",
        State::Fail(_) => "fail",
    }
}
