//! Keys at a real terminal: a `login` that shows nothing of what is typed, and the question before a live send.

use std::fs;

use crate::process::{House, number};
use crate::prompts::{Typist, plain};
use crate::service::{Answer, Service};

/// What follows the prefix are signs that are nowhere else on the screen.
const KEY: &str = "test_%@~%@~%@~%@~%@~%@~%@~%@~%@~%@~%@~%@~%@~%@~%@~%@~%@~%@~%@~%@~";
const LIVE: &str = "live_guardguardguard";
/// The program speaks to the live service.
const REAL: (&str, &str) = ("SENDIVENT_SIMULATE", "");

/// Starts a line for the shell at a terminal that echoes, as those of people do and the test's own does not.
fn sit_down(house: &House, line: &str) -> Typist {
    Typist::sit_down_at_shell(house, 100, &[REAL], &format!("stty echo; {line}"))
}

fn stored(house: &House) -> Option<String> {
    fs::read_to_string(house.home().join(".config/sendivent/keys/default")).ok()
}

/// Fails if any part of a key is on the screen.
#[track_caller]
fn unseen(seen: &str) {
    for sign in ["%", "@", "~"] {
        assert!(!seen.contains(sign), "{sign}: {seen:?}");
    }
}

#[test]
fn a_key_that_is_typed_or_pasted_is_not_shown() {
    for piece in [1, 7, KEY.len()] {
        let house = House::new();
        let mut typist = sit_down(&house, "exec \"$0\" login");
        typist.sees("API key for the profile default (not shown)");
        let mut rest = KEY;
        while !rest.is_empty() {
            let (now, later) = rest.split_at(piece.min(rest.len()));
            typist.types(now);
            rest = later;
        }
        typist.types("\n").sees("Stored the sandbox key");
        let seen = typist.ends(0);
        unseen(&seen);
        assert_eq!(stored(&house), Some(format!("{KEY}\n")));
    }
}

#[test]
fn a_key_that_is_typed_wrong_is_refused_and_not_shown_either() {
    let house = House::new();
    let mut typist = sit_down(&house, "exec \"$0\" login");
    typist.sees("(not shown)").types("%%%@@@ ~~~\n");
    let seen = typist.ends(2);
    unseen(&seen);
    assert!(seen.contains("an API key begins with"), "{seen:?}");
    assert_eq!(stored(&house), None);
    // A slip is mended as on any line.
    let mut typist = sit_down(&house, "exec \"$0\" login");
    typist
        .sees("(not shown)")
        .types(&format!("@@@\u{15}{KEY}x\u{7f}\n"));
    unseen(&typist.ends(0));
    assert_eq!(stored(&house), Some(format!("{KEY}\n")));
}

#[test]
fn a_login_that_is_given_up_leaves_everything_as_it_was() {
    let house = House::new();
    for typed in ["", "test_%@~%@~"] {
        let mut typist = sit_down(&house, "exec \"$0\" login");
        typist.sees("(not shown)").types(typed).types("\u{1b}");
        let seen = typist.ends(2);
        unseen(&seen);
        assert!(seen.contains("cancelled: no key was stored"), "{seen:?}");

        let mut typist = sit_down(&house, "exec \"$0\" login");
        typist.sees("(not shown)").types(typed);
        unseen(&typist.gives_up());
        let mut typist = sit_down(&house, "exec \"$0\" login");
        typist.sees("(not shown)").types(typed);
        unseen(&typist.told_to_end());
    }
    assert_eq!(fs::read_dir(house.home()).unwrap().count(), 0);
}

#[test]
fn the_terminal_shows_again_what_is_typed_when_the_question_is_over() {
    let house = House::new();
    // The shell's own reading comes after ours, on the same terminal.
    for (keys, code) in [(format!("{KEY}\n"), 0), ("\u{1b}".to_owned(), 2)] {
        let line =
            "\"$0\" login; code=$?; stty -a | tr ' ' '\\n' | grep -x -e echo -e -echo; exit $code";
        let mut typist = sit_down(&house, line);
        typist.sees("(not shown)").types(&keys);
        let seen = plain(&typist.ends(code));
        assert!(seen.lines().any(|shown| shown == "echo"), "{seen:?}");
    }
}

#[test]
fn where_nobody_can_be_asked_login_says_how_a_key_gets_there() {
    let house = House::new();
    for (environment, arguments) in [
        (&[REAL][..], "--no-input login"),
        (&[REAL, ("CI", "true")][..], "login"),
    ] {
        let seen = Typist::sit_down(&house, 100, environment, arguments).ends(2);
        assert!(seen.contains("sendivent login < FILE"), "{seen:?}");
    }
}

#[test]
fn a_live_key_is_asked_about_once_and_only_a_yes_sends() {
    let service = Service::start(|_| {
        let id = "550e8400-e29b-41d4-a716-446655440000";
        let body = serde_json::json!({"id": id, "event": "welcome", "status": "accepted"});
        Answer::json(200, &body)
    });
    let url = service.url();
    let house = House::new();
    let live = [
        REAL,
        ("SENDIVENT_API_KEY", LIVE),
        ("SENDIVENT_API_URL", url.as_str()),
    ];
    let send = "send welcome --to ada@example.com -p plan=pro";
    for keys in ["\n", "n\n", "\u{1b}"] {
        let mut typist = Typist::sit_down(&house, 100, &live, send);
        typist.sees("  To        ada@example.com");
        typist
            .sees("Send it live to 1 recipient, with the key ")
            .types(keys);
        let seen = typist.ends(2);
        assert!(seen.contains("declined: nothing was sent"), "{seen:?}");
    }
    let mut typist = Typist::sit_down(&house, 100, &live, send);
    typist.sees("Send it live").types("y");
    typist.gives_up();
    assert_eq!(service.asked().len(), 0);
    let journal = house.journal();
    assert!(!journal.exists() || number(&journal, "SELECT count(*) FROM sends") == Some(0));

    let mut typist = Typist::sit_down(&house, 100, &live, send);
    typist.sees("Send it live").types("y\n").sees("accepted");
    let seen = typist.ends(0);
    assert!(!seen.contains("guardguard"), "{seen:?}");
    assert_eq!(service.take().len(), 1);

    // What was said on the command line is not asked.
    let seen = Typist::sit_down(&house, 100, &live, &format!("{send} --live")).ends(0);
    assert!(!seen.contains('?'), "{seen:?}");
    // One question for what is missing and for what is live.
    let mut typist = Typist::sit_down(&house, 100, &live, "send welcome");
    typist.sees("Recipient").types("ada@example.com\n");
    typist.sees("Send it live").types("y\n").sees("accepted");
    let seen = typist.ends(0);
    assert_eq!(plain(&seen).matches("yes").count(), 1, "{seen:?}");
    // A key for the sandbox is not asked about, and where it is asked what is missing, it says what the sandbox does.
    let test = [
        REAL,
        ("SENDIVENT_API_KEY", KEY),
        ("SENDIVENT_API_URL", url.as_str()),
    ];
    let seen = Typist::sit_down(&house, 100, &test, send).ends(0);
    assert!(!seen.contains('?'), "{seen:?}");
    let mut typist = Typist::sit_down(&house, 100, &test, "send welcome");
    typist.sees("Recipient").types("ada@example.com\n");
    typist
        .sees("Send it? The sandbox delivers for real.")
        .types("n\n");
    typist.ends(2);
}
