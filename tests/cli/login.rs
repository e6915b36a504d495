//! Keys at a real terminal: `login` without echo, and the confirmation of a live send.

use std::fs;

use crate::process::{ProcessEnv, query_number};
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
fn assert_not_visible(screen: &str) {
    for sign in ["%", "@", "~"] {
        assert!(!screen.contains(sign), "{sign}: {screen:?}");
    }
}

#[test]
fn a_typed_or_pasted_key_is_not_echoed() {
    for piece in [1, 7, KEY.len()] {
        let env = ProcessEnv::new();
        let mut session = start_at_terminal(&env, "exec \"$0\" login");
        session.wait_for("API key for the profile default (hidden)");
        let mut rest = KEY;
        while !rest.is_empty() {
            let (now, later) = rest.split_at(piece.min(rest.len()));
            session.type_keys(now);
            rest = later;
        }
        session.type_keys("\n").wait_for("Stored the sandbox key");
        let screen = session.wait_for_exit(0);
        assert_not_visible(&screen);
        assert_eq!(stored_key(&env), Some(format!("{KEY}\n")));
    }
}

#[test]
fn an_invalid_typed_key_is_rejected_and_not_echoed() {
    let env = ProcessEnv::new();
    let mut session = start_at_terminal(&env, "exec \"$0\" login");
    session.wait_for("(hidden)").type_keys("%%%@@@ ~~~\n");
    let screen = session.wait_for_exit(2);
    assert_not_visible(&screen);
    assert!(screen.contains("an API key begins with"), "{screen:?}");
    assert_eq!(stored_key(&env), None);
    // Backspace edits the line.
    let mut session = start_at_terminal(&env, "exec \"$0\" login");
    session
        .wait_for("(hidden)")
        .type_keys(&format!("@@@\u{15}{KEY}x\u{7f}\n"));
    assert_not_visible(&session.wait_for_exit(0));
    assert_eq!(stored_key(&env), Some(format!("{KEY}\n")));
}

#[test]
fn a_cancelled_login_changes_nothing() {
    let env = ProcessEnv::new();
    for typed in ["", "test_%@~%@~"] {
        let mut session = start_at_terminal(&env, "exec \"$0\" login");
        session
            .wait_for("(hidden)")
            .type_keys(typed)
            .type_keys("\u{1b}");
        let screen = session.wait_for_exit(2);
        assert_not_visible(&screen);
        assert!(
            screen.contains("cancelled: no key was stored"),
            "{screen:?}"
        );

        let mut session = start_at_terminal(&env, "exec \"$0\" login");
        session.wait_for("(hidden)").type_keys(typed);
        assert_not_visible(&session.interrupt_and_end());
        let mut session = start_at_terminal(&env, "exec \"$0\" login");
        session.wait_for("(hidden)").type_keys(typed);
        assert_not_visible(&session.wait_for_signal_end());
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
        let mut session = start_at_terminal(&env, line);
        session.wait_for("(hidden)").type_keys(&keys);
        let screen = without_escapes(&session.wait_for_exit(code));
        assert!(screen.lines().any(|typed| typed == "echo"), "{screen:?}");
    }
}

#[test]
fn login_without_a_terminal_explains_the_alternatives() {
    let env = ProcessEnv::new();
    for (environment, arguments) in [
        (&[REAL][..], "--no-input login"),
        (&[REAL, ("CI", "true")][..], "login"),
    ] {
        let screen =
            TerminalSession::start_at_terminal(&env, 100, environment, arguments).wait_for_exit(2);
        assert!(screen.contains("sendivent login < FILE"), "{screen:?}");
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
        let mut session = TerminalSession::start_at_terminal(&env, 100, &live, send);
        session.wait_for("  To        ada@example.com");
        session
            .wait_for("Send it live to 1 recipient, with the key ")
            .type_keys(keys);
        let screen = session.wait_for_exit(2);
        assert!(screen.contains("declined: nothing was sent"), "{screen:?}");
    }
    let mut session = TerminalSession::start_at_terminal(&env, 100, &live, send);
    session.wait_for("Send it live").type_keys("y");
    session.interrupt_and_end();
    assert_eq!(service.requests().len(), 0);
    let journal = env.journal();
    assert!(!journal.exists() || query_number(&journal, "SELECT count(*) FROM sends") == Some(0));

    let mut session = TerminalSession::start_at_terminal(&env, 100, &live, send);
    session
        .wait_for("Send it live")
        .type_keys("y\n")
        .wait_for("accepted");
    let screen = session.wait_for_exit(0);
    assert!(!screen.contains("guardguard"), "{screen:?}");
    assert_eq!(service.take_requests().len(), 1);

    // Values from the command line are not prompted for.
    let screen = TerminalSession::start_at_terminal(&env, 100, &live, &format!("{send} --live"))
        .wait_for_exit(0);
    assert!(!screen.contains('?'), "{screen:?}");
    // One confirmation covers the prompted values and the live send.
    let mut session = TerminalSession::start_at_terminal(&env, 100, &live, "send welcome");
    session.wait_for("Recipient").type_keys("ada@example.com\n");
    session
        .wait_for("Send it live")
        .type_keys("y\n")
        .wait_for("accepted");
    let screen = session.wait_for_exit(0);
    assert_eq!(
        without_escapes(&screen).matches("yes").count(),
        1,
        "{screen:?}"
    );
    // A sandbox key needs no confirmation; when values are prompted for, the summary explains the sandbox.
    let test = [
        REAL,
        ("SENDIVENT_API_KEY", KEY),
        ("SENDIVENT_API_URL", url.as_str()),
    ];
    let screen = TerminalSession::start_at_terminal(&env, 100, &test, send).wait_for_exit(0);
    assert!(!screen.contains('?'), "{screen:?}");
    let mut session = TerminalSession::start_at_terminal(&env, 100, &test, "send welcome");
    session.wait_for("Recipient").type_keys("ada@example.com\n");
    session
        .wait_for("Send it? The sandbox delivers for real.")
        .type_keys("n\n");
    session.wait_for_exit(2);
}
