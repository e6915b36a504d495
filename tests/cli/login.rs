//! Keys at a real terminal: `login` without echo, and the confirmation of a live send.

use std::fs;

use crate::process::{ProcessEnv, number};
use crate::prompts::{TerminalSession, without_escapes};
use crate::stub_service::{StubResponse, StubService};

/// The characters after the prefix appear nowhere else on the screen.
const KEY: &str = "test_%@~%@~%@~%@~%@~%@~%@~%@~%@~%@~%@~%@~%@~%@~%@~%@~%@~%@~%@~%@~";
const LIVE: &str = "live_guardguardguard";
/// Selects the live service.
const REAL: (&str, &str) = ("SENDIVENT_SIMULATE", "");

/// Starts a shell command at a terminal with echo, as users have and the test's default does not.
fn start_at_terminal(env: &ProcessEnv, line: &str) -> TerminalSession {
    TerminalSession::start_shell_at_terminal(env, 100, &[REAL], &format!("stty echo; {line}"))
}

fn stored_key(env: &ProcessEnv) -> Option<String> {
    fs::read_to_string(env.home().join(".config/sendivent/keys/default")).ok()
}

/// Fails if any part of a key is visible.
#[track_caller]
fn assert_not_visible(seen: &str) {
    for sign in ["%", "@", "~"] {
        assert!(!seen.contains(sign), "{sign}: {seen:?}");
    }
}

#[test]
fn a_typed_or_pasted_key_is_not_echoed() {
    for piece in [1, 7, KEY.len()] {
        let env = ProcessEnv::new();
        let mut typist = start_at_terminal(&env, "exec \"$0\" login");
        typist.sees("API key for the profile default (hidden)");
        let mut rest = KEY;
        while !rest.is_empty() {
            let (now, later) = rest.split_at(piece.min(rest.len()));
            typist.types(now);
            rest = later;
        }
        typist.types("\n").sees("Stored the sandbox key");
        let seen = typist.ends(0);
        assert_not_visible(&seen);
        assert_eq!(stored_key(&env), Some(format!("{KEY}\n")));
    }
}

#[test]
fn an_invalid_typed_key_is_rejected_and_not_echoed() {
    let env = ProcessEnv::new();
    let mut typist = start_at_terminal(&env, "exec \"$0\" login");
    typist.sees("(hidden)").types("%%%@@@ ~~~\n");
    let seen = typist.ends(2);
    assert_not_visible(&seen);
    assert!(seen.contains("an API key begins with"), "{seen:?}");
    assert_eq!(stored_key(&env), None);
    // Backspace edits the line.
    let mut typist = start_at_terminal(&env, "exec \"$0\" login");
    typist
        .sees("(hidden)")
        .types(&format!("@@@\u{15}{KEY}x\u{7f}\n"));
    assert_not_visible(&typist.ends(0));
    assert_eq!(stored_key(&env), Some(format!("{KEY}\n")));
}

#[test]
fn a_cancelled_login_changes_nothing() {
    let env = ProcessEnv::new();
    for typed in ["", "test_%@~%@~"] {
        let mut typist = start_at_terminal(&env, "exec \"$0\" login");
        typist.sees("(hidden)").types(typed).types("\u{1b}");
        let seen = typist.ends(2);
        assert_not_visible(&seen);
        assert!(seen.contains("cancelled: no key was stored"), "{seen:?}");

        let mut typist = start_at_terminal(&env, "exec \"$0\" login");
        typist.sees("(hidden)").types(typed);
        assert_not_visible(&typist.interrupt_and_end());
        let mut typist = start_at_terminal(&env, "exec \"$0\" login");
        typist.sees("(hidden)").types(typed);
        assert_not_visible(&typist.wait_for_signal_end());
    }
    assert_eq!(fs::read_dir(env.home()).unwrap().count(), 0);
}

#[test]
fn echo_is_restored_after_the_prompt() {
    let env = ProcessEnv::new();
    // The shell reads from the same terminal afterwards.
    for (keys, code) in [(format!("{KEY}\n"), 0), ("\u{1b}".to_owned(), 2)] {
        let line =
            "\"$0\" login; code=$?; stty -a | tr ' ' '\\n' | grep -x -e echo -e -echo; exit $code";
        let mut typist = start_at_terminal(&env, line);
        typist.sees("(hidden)").types(&keys);
        let seen = without_escapes(&typist.ends(code));
        assert!(seen.lines().any(|shown| shown == "echo"), "{seen:?}");
    }
}

#[test]
fn login_without_a_terminal_explains_the_alternatives() {
    let env = ProcessEnv::new();
    for (environment, arguments) in [
        (&[REAL][..], "--no-input login"),
        (&[REAL, ("CI", "true")][..], "login"),
    ] {
        let seen = TerminalSession::start_at_terminal(&env, 100, environment, arguments).ends(2);
        assert!(seen.contains("sendivent login < FILE"), "{seen:?}");
    }
}

#[test]
fn a_live_send_is_confirmed_once_and_only_yes_sends() {
    let service = StubService::start(|_| {
        let id = "550e8400-e29b-41d4-a716-446655440000";
        let body = serde_json::json!({"id": id, "event": "welcome", "status": "accepted"});
        StubResponse::json(200, &body)
    });
    let url = service.url();
    let env = ProcessEnv::new();
    let live = [
        REAL,
        ("SENDIVENT_API_KEY", LIVE),
        ("SENDIVENT_API_URL", url.as_str()),
    ];
    let send = "send welcome --to ada@example.com -p plan=pro";
    for keys in ["\n", "n\n", "\u{1b}"] {
        let mut typist = TerminalSession::start_at_terminal(&env, 100, &live, send);
        typist.sees("  To        ada@example.com");
        typist
            .sees("Send it live to 1 recipient, with the key ")
            .types(keys);
        let seen = typist.ends(2);
        assert!(seen.contains("declined: nothing was sent"), "{seen:?}");
    }
    let mut typist = TerminalSession::start_at_terminal(&env, 100, &live, send);
    typist.sees("Send it live").types("y");
    typist.interrupt_and_end();
    assert_eq!(service.requests().len(), 0);
    let journal = env.journal();
    assert!(!journal.exists() || number(&journal, "SELECT count(*) FROM sends") == Some(0));

    let mut typist = TerminalSession::start_at_terminal(&env, 100, &live, send);
    typist.sees("Send it live").types("y\n").sees("accepted");
    let seen = typist.ends(0);
    assert!(!seen.contains("guardguard"), "{seen:?}");
    assert_eq!(service.take_requests().len(), 1);

    // Values from the command line are not prompted for.
    let seen =
        TerminalSession::start_at_terminal(&env, 100, &live, &format!("{send} --live")).ends(0);
    assert!(!seen.contains('?'), "{seen:?}");
    // One confirmation covers the prompted values and the live send.
    let mut typist = TerminalSession::start_at_terminal(&env, 100, &live, "send welcome");
    typist.sees("Recipient").types("ada@example.com\n");
    typist.sees("Send it live").types("y\n").sees("accepted");
    let seen = typist.ends(0);
    assert_eq!(without_escapes(&seen).matches("yes").count(), 1, "{seen:?}");
    // A sandbox key needs no confirmation; when values are prompted for, the summary explains the sandbox.
    let test = [
        REAL,
        ("SENDIVENT_API_KEY", KEY),
        ("SENDIVENT_API_URL", url.as_str()),
    ];
    let seen = TerminalSession::start_at_terminal(&env, 100, &test, send).ends(0);
    assert!(!seen.contains('?'), "{seen:?}");
    let mut typist = TerminalSession::start_at_terminal(&env, 100, &test, "send welcome");
    typist.sees("Recipient").types("ada@example.com\n");
    typist
        .sees("Send it? The sandbox delivers for real.")
        .types("n\n");
    typist.ends(2);
}
