//! A real terminal with somebody at it: questions, answers, Ctrl-C, and lines that move.

use std::process::{Command, Stdio};

use nix::sys::signal::Signal;
use rexpect::process::WaitStatus;
use rexpect::session::{Options, PtySession, spawn_with_options};

use crate::process::{House, PROGRAM, number, until};

/// How long an expected text may take, in milliseconds. Nothing is measured: it only ends a test that would hang.
const PATIENCE: u64 = 30_000;

/// Somebody at a terminal.
pub struct Typist {
    session: PtySession,
    /// All that was seen so far.
    seen: String,
}

impl Typist {
    /// Starts the program on a terminal of so many columns.
    pub fn sit_down(
        house: &House,
        columns: u16,
        environment: &[(&str, &str)],
        arguments: &str,
    ) -> Self {
        let line = format!("exec \"$0\" {arguments}");
        Self::sit_down_at_shell(house, columns, environment, &line)
    }

    /// Starts a line for the shell on such a terminal; `"$0"` is the program.
    pub fn sit_down_at_shell(
        house: &House,
        columns: u16,
        environment: &[(&str, &str)],
        line: &str,
    ) -> Self {
        let mut command = Command::new("/bin/sh");
        house.furnish(&mut command);
        command
            .env("TERM", "xterm")
            .envs(environment.iter().copied());
        command.args([
            "-c",
            &format!("stty cols {columns} rows 24; {line}"),
            PROGRAM,
        ]);
        command
            .stdin(Stdio::inherit())
            .stdout(Stdio::inherit())
            .stderr(Stdio::inherit());
        let options = Options::new()
            .timeout_ms(Some(PATIENCE))
            .strip_ansi_escape_codes(false);
        let session = spawn_with_options(command, options).unwrap();
        Self {
            session,
            seen: String::new(),
        }
    }

    /// Waits until a text is shown. It must be ASCII: the terminal is read byte by byte.
    #[track_caller]
    pub fn sees(&mut self, text: &str) -> &mut Self {
        match self.session.exp_string(text) {
            Ok(before) => {
                self.seen.push_str(&before);
                self.seen.push_str(text);
            }
            Err(error) => panic!("no `{text}`: {error}\nafter {:?}", self.seen),
        }
        self
    }

    /// Types keys.
    pub fn types(&mut self, keys: &str) -> &mut Self {
        self.session.send(keys).unwrap();
        self.session.flush().unwrap();
        self
    }

    /// Types Ctrl-C.
    fn interrupts(&mut self) -> &mut Self {
        self.session.send_control('c').unwrap();
        self
    }

    /// Types Ctrl-C until the program ends: between two keys the terminal takes it as a signal, which a question only
    /// heeds when it is answered.
    #[track_caller]
    pub fn gives_up(mut self) -> String {
        let mut end = None;
        until("the end", || {
            // One that has ended takes no keys.
            drop(self.session.send_control('c'));
            std::thread::sleep(std::time::Duration::from_millis(20));
            end = self.session.process().status();
            end != Some(WaitStatus::StillAlive)
        });
        self.ended(end, 130)
    }

    /// Sends SIGTERM until the program ends.
    #[track_caller]
    pub fn told_to_end(mut self) -> String {
        let mut end = None;
        until("the end", || {
            // One that has ended takes no signals.
            drop(self.session.process_mut().signal(Signal::SIGTERM));
            std::thread::sleep(std::time::Duration::from_millis(20));
            end = self.session.process().status();
            end != Some(WaitStatus::StillAlive)
        });
        self.ended(end, 143)
    }

    /// Waits for the end; returns all that was shown.
    #[track_caller]
    pub fn ends(mut self, code: i32) -> String {
        let rest = self.session.exp_eof().unwrap();
        self.seen.push_str(&rest);
        let end = self.session.process().wait().ok();
        self.ended(end, code)
    }

    #[track_caller]
    fn ended(mut self, end: Option<WaitStatus>, code: i32) -> String {
        self.seen
            .push_str(&self.session.exp_eof().unwrap_or_default());
        // What was read came byte by byte.
        let bytes: Vec<u8> = self
            .seen
            .chars()
            .map(|c| u8::try_from(c).unwrap())
            .collect();
        self.seen = String::from_utf8(bytes).unwrap();
        assert!(
            matches!(end, Some(WaitStatus::Exited(_, found)) if found == code),
            "{end:?}\n{:?}",
            self.seen
        );
        assert!(!self.seen.contains("panicked"), "{:?}", self.seen);
        assert_eq!(
            hidden(&self.seen),
            0,
            "the cursor is visible again: {:?}",
            self.seen
        );
        self.seen
    }
}

/// Returns whether the cursor is hidden at the end: how often it was, after it was last shown.
fn hidden(seen: &str) -> usize {
    let shown = seen.rfind("\u{1b}[?25h").unwrap_or(0);
    seen[shown..].matches("\u{1b}[?25l").count()
}

/// Takes escape sequences away.
pub fn plain(seen: &str) -> String {
    let mut parts = seen.split("\u{1b}[");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part
            .find(|c: char| c.is_ascii_alphabetic())
            .map_or(part.len(), |at| at + 1);
        text.push_str(&part[end..]);
    }
    text
}

fn stored(house: &House) -> Option<i64> {
    number(&house.simulator(), "SELECT count(*) FROM messages")
}

/// The question before anything is sent.
const ASKED: &str = "Send it to the simulator?";

#[test]
fn send_asks_for_what_is_missing_shows_it_and_asks_once() {
    let house = House::new();
    let mut typist = Typist::sit_down(&house, 100, &[], "send");
    typist.sees("Event").types("welcome\n");
    typist.sees("Recipient").types("ada@example.com\n");
    typist.sees(ASKED);
    assert_eq!(stored(&house), None, "nothing is sent before the answer");
    typist.types("y\n");
    let seen = plain(&typist.ends(0));
    assert!(seen.contains("accepted"), "{seen:?}");
    for line in ["  Event     welcome", "  To        ada@example.com"] {
        assert!(seen.lines().any(|shown| shown == line), "{line}: {seen}");
    }
    assert_eq!(stored(&house), Some(1));
}

#[test]
fn recent_answers_are_shown_and_typing_goes_on_as_ever() {
    let house = House::new();
    house.run("send -q welcome --to ada@example.com").code(0);
    house
        .run("send -q order-shipped --to bob@example.com")
        .code(0);
    // The arrow keys take one of them, Enter alone the newest.
    let mut typist = Typist::sit_down(&house, 100, &[], "send");
    typist
        .sees("order-shipped")
        .sees("welcome")
        .sees("(order-shipped)")
        .types("\u{1b}[A")
        .sees("order-shipped")
        .types("\u{1b}[A")
        .sees("welcome")
        .types("\n");
    typist
        .sees("bob@example.com")
        .sees("ada@example.com")
        .sees("(bob@example.com)")
        .types("\n");
    typist.sees("  Event     welcome");
    typist.sees("  To        bob@example.com");
    typist.sees(ASKED).types("yes\n");
    typist.ends(0);
    assert_eq!(stored(&house), Some(3));

    // What is typed is the answer, whatever is offered.
    let mut typist = Typist::sit_down(&house, 100, &[], "send");
    typist
        .sees("(welcome)")
        .types("pay ment\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}ment\n");
    typist.sees("(bob@example.com)").types("eve@example.com\n");
    typist.sees("  Event     payment");
    typist.sees("  To        eve@example.com");
    typist.sees(ASKED).types("y\n");
    typist.ends(0);
    assert_eq!(stored(&house), Some(4));
}

#[test]
fn esc_gives_up_and_what_is_typed_for_the_shell_sends_nothing() {
    let house = House::new();
    house.run("send -q welcome --to ada@example.com").code(0);
    for (arguments, question) in [
        ("send", "(welcome)"),
        ("send welcome", "(ada@example.com)"),
        ("send --to ada@example.com", "(welcome)"),
    ] {
        for keys in ["\u{1b}", "\u{4}", "\u{1b}echo rc=$?\n"] {
            let mut typist = Typist::sit_down(&house, 100, &[], arguments);
            typist.sees(question).types(keys);
            let seen = typist.ends(2);
            assert!(
                seen.contains("cancelled: nothing was simulated"),
                "{arguments}: {seen:?}"
            );
        }
    }
    assert_eq!(stored(&house), Some(1));
}

#[test]
fn what_cannot_be_read_is_refused_where_it_is_typed() {
    let house = House::new();
    let mut typist = Typist::sit_down(&house, 100, &[], "send");
    typist.sees("Event").types("echo rc=$?\n");
    typist.sees("is not an event name: it contains a blank");
    typist.sees("Event").types("\n");
    typist.sees("it is empty");
    typist.sees("Event").types("welcome\n");
    typist.sees("Recipient").types("ada@\n");
    typist.sees("`ada@` is not a recipient");
    typist.sees("Recipient").types("@nowhere.json\n");
    typist.sees("`nowhere.json` cannot be read");
    typist.sees("Recipient").types("ada@example.com\n");
    typist.sees(ASKED).types("n\n");
    typist.ends(2);
    // A flag that is wrong is told before anybody has answered for nothing.
    let seen = Typist::sit_down(&house, 100, &[], "send --channel pigeon").ends(2);
    assert!(!seen.contains("Event"), "{seen:?}");
    assert_eq!(stored(&house), None);
}

#[test]
fn only_a_written_yes_sends() {
    let house = House::new();
    for keys in ["\n", "n\n", "no\n", "\u{1b}", "\u{4}", "\u{1b}y\n", " \n"] {
        let mut typist = Typist::sit_down(&house, 100, &[], "send welcome");
        typist.sees("Recipient").types("ada@example.com\n");
        typist.sees(ASKED).types(keys);
        let seen = typist.ends(2);
        assert!(
            seen.contains("declined: nothing was simulated"),
            "{keys:?}: {seen:?}"
        );
    }
    // Neither does a word with a y in it: it is asked again.
    let mut typist = Typist::sit_down(&house, 100, &[], "send welcome");
    typist.sees("Recipient").types("ada@example.com\n");
    typist.sees(ASKED).types("history\n");
    typist.sees("Type y and Enter").sees(ASKED).types("\n");
    typist.ends(2);
    assert_eq!(stored(&house), None);
    let journal = house.journal();
    assert!(!journal.exists() || number(&journal, "SELECT count(*) FROM sends") == Some(0));
}

#[test]
fn all_that_will_go_out_is_shown_before_it_does() {
    let house = House::new();
    let flags = "--to ada@example.com --to +14155550123 --channel sms --from hello@example.com --language sv \
                 --override sms.text=Hello -p amount:=199 -p name=Lovelace";
    let mut typist = Typist::sit_down(&house, 100, &[], &format!("send {flags}"));
    typist.sees("Event").types("welcome\n");
    typist.sees(ASKED).types("\n");
    let seen = plain(&typist.ends(2));
    let shown = [
        "  Event     welcome",
        "  To        ada@example.com",
        "            +14155550123",
        "  Channel   sms",
        "  From      hello@example.com",
        "  Language  sv",
        "  Override  sms.text=Hello",
        "  Payload   amount:=199",
        "            name=Lovelace",
    ]
    .join("\r\n");
    assert!(seen.contains(&shown), "{seen}");

    let mut typist = Typist::sit_down(&house, 100, &[], &format!("--no-pii send {flags}"));
    typist.sees("Event").types("welcome\n");
    typist.sees(ASKED).types("\n");
    let seen = plain(&typist.ends(2));
    let (_, shown) = seen.split_once("  Event     welcome").unwrap();
    for secret in ["ada@", "4155550", "hello@", "199", "Lovelace", "Hello"] {
        assert!(!shown.contains(secret), "{secret}: {seen}");
    }
    for masked in ["a***@e***", "+***23", "name=L***", "amount:=***"] {
        assert!(shown.contains(masked), "{masked}: {seen}");
    }
}

#[test]
fn without_pii_no_recipient_is_offered_and_the_answer_is_masked() {
    let house = House::new();
    house.run("send -q welcome --to bob@example.com").code(0);
    let mut typist = Typist::sit_down(&house, 100, &[], "--no-pii send");
    typist.sees("(welcome)").types("\n");
    typist.sees("Recipient").types("{\"email\":\"eve\"}\n");
    typist
        .sees("`***`")
        .sees("Recipient")
        .types("ada@example.com\n");
    typist
        .sees("Recipient")
        .sees("a***@e***")
        .sees(ASKED)
        .types("y\n");
    let seen = typist.ends(0);
    assert!(!seen.contains("bob"), "{seen:?}");
}

#[test]
fn only_what_is_missing_is_asked_for() {
    let house = House::new();
    let mut typist = Typist::sit_down(&house, 100, &[], "send welcome");
    typist.sees("Recipient").types("ada@example.com\n");
    typist.sees(ASKED).types("y\n");
    let seen = plain(&typist.ends(0));
    assert!(!seen.contains("? Event"), "{seen}");

    let typist = Typist::sit_down(&house, 100, &[], "send welcome --to bob@example.com");
    assert!(
        !typist.ends(0).contains('?'),
        "nothing is missing: nothing is asked"
    );
    assert_eq!(stored(&house), Some(2));
}

#[test]
fn a_signal_in_the_middle_of_any_question_sends_nothing_and_shows_the_cursor() {
    let house = House::new();
    house.run("send -q welcome --to ada@example.com").code(0);
    // A line that is typed, one that is offered, a yes or no.
    for (arguments, asked, keys) in [
        ("send", "(welcome)", "wel"),
        ("send welcome", "(ada@example.com)", ""),
        ("simulator reset", "(y/N)", "y"),
    ] {
        let mut typist = Typist::sit_down(&house, 100, &[], arguments);
        typist.sees(asked).types(keys);
        typist.gives_up();
        let mut typist = Typist::sit_down(&house, 100, &[], arguments);
        typist.sees(asked).types(keys);
        typist.told_to_end();
    }
    let mut typist = Typist::sit_down(&house, 100, &[], "send welcome");
    typist.sees("(ada@example.com)").types("\n").sees(ASKED);
    typist.gives_up();
    assert_eq!(stored(&house), Some(1));
    assert_eq!(
        number(&house.journal(), "SELECT count(*) FROM sends"),
        Some(1)
    );
}

#[test]
fn a_question_fits_forty_columns() {
    let house = House::new();
    let long = format!("{}@example.com", "a-name-that-is-longer-than-any-line");
    house.run(&format!("send -q welcome --to {long}")).code(0);
    let mut typist = Typist::sit_down(&house, 40, &[], "send welcome");
    typist.sees("Recipient").sees("Recent").sees("Recipient");
    typist.types(&format!("{long}\n")).sees(ASKED).types("\n");
    let seen = typist.ends(2);
    let (_, typed) = seen.split_once("Enter takes").unwrap();
    for row in typed
        .split(MOVES)
        .map(plain)
        .filter(|row| row.starts_with("? "))
    {
        assert!(row.chars().count() <= 40, "{row:?}");
    }
}

#[test]
fn text_from_outside_cannot_steer_the_terminal_through_a_question() {
    let house = House::new();
    let harm = r#"'{"telegram":"a\u001b[2J\u0007\u202eb\nerror: lost"}'"#;
    let mut typist = Typist::sit_down(&house, 100, &[], &format!("send --to {harm}"));
    typist.sees("Event").types("welcome\n");
    typist.sees(ASKED).types("y\n");
    let first = typist.ends(0);
    // The second time it is offered.
    let mut typist = Typist::sit_down(&house, 100, &[], "send welcome");
    typist.sees("Recent").sees("telegram");
    let second = typist.gives_up();
    assert!(first.contains("a[2Jb error: lost"), "{first:?}");
    // An object is offered as it was typed, so that it stays the same recipient.
    let offered = r#"{"telegram":"a\u001b[2J\u0007"#;
    assert!(second.contains(offered), "{second:?}");
    for seen in [first, second] {
        for harm in ["\u{1b}[2J", "\u{7}", "\u{202e}", "\nerror: lost"] {
            assert!(!seen.contains(harm), "{seen:?}");
        }
    }
}

#[test]
fn nothing_is_asked_where_that_is_not_wanted() {
    let house = House::new();
    for (environment, arguments, names) in [
        (
            &[][..],
            "--no-input send",
            "sendivent send EVENT --to RECIPIENT",
        ),
        (
            &[("CI", "1")][..],
            "send",
            "sendivent send EVENT --to RECIPIENT",
        ),
        (&[("CI", "true")][..], "send welcome", "--to RECIPIENT"),
        (&[][..], "--no-input simulator reset", "--yes"),
        // Answers come from a pipe: there is nobody to ask.
        (
            &[][..],
            "send </dev/null",
            "sendivent send EVENT --to RECIPIENT",
        ),
        (&[][..], "send 2>/dev/null", ""),
    ] {
        let seen = Typist::sit_down(&house, 100, environment, arguments).ends(2);
        assert!(seen.contains(names), "{arguments}: {seen:?}");
        assert!(!seen.contains(MOVES), "{arguments}: {seen:?}");
    }
    assert_eq!(stored(&house), None);
}

#[test]
fn reset_asks_and_no_is_the_answer_that_is_offered() {
    let house = House::new();
    house.run("send -q welcome --to ada@example.com").code(0);
    let mut typist = Typist::sit_down(&house, 100, &[], "simulator reset");
    typist.sees("(y/N)").types("\n");
    typist.ends(2);
    assert_eq!(stored(&house), Some(1));
    let mut typist = Typist::sit_down(&house, 100, &[], "simulator reset");
    typist.sees("(y/N)").types("y\n");
    typist.ends(0);
    assert_eq!(stored(&house), Some(0));
}

/// What is sent to a terminal before a line is drawn again.
const MOVES: &str = "\u{1b}[2K";

/// Returns whether a line has a spinner in it.
fn moving(line: &str) -> bool {
    line.contains(|c| ('\u{2800}'..='\u{28ff}').contains(&c))
}

/// The lines that indicatif draws: what stands between two of its steps.
fn drawn(seen: &str) -> Vec<String> {
    let lines = seen.split(['\r', '\n']).map(plain);
    lines.filter(|line| !line.trim().is_empty()).collect()
}

#[test]
fn a_live_watch_shows_a_line_that_moves_and_ends_with_a_clean_one() {
    let house = House::new();
    let typist = Typist::sit_down(
        &house,
        120,
        &[],
        "send welcome --to delivered-2s@simulator.test --wait",
    );
    let seen = typist.ends(0);
    let lines = drawn(&seen);
    let spins = lines
        .iter()
        .filter(|line| line.contains("delivered-2s@simulator.test") && moving(line));
    assert!(spins.count() > 0, "{lines:#?}");
    let last = lines.last().unwrap().trim_end();
    assert!(
        last.starts_with("delivered") && last.ends_with("after 2 s"),
        "{lines:#?}"
    );
    assert!(seen.ends_with('\n'), "{seen:?}");
    // stdout is the result alone.
    let mut typist = Typist::sit_down(
        &house,
        120,
        &[],
        "send welcome --to ada@example.com --wait >result",
    );
    typist.sees("ada@example.com");
    typist.ends(0);
    let result = std::fs::read_to_string(house.home().join("result")).unwrap();
    assert!(!result.contains('\u{1b}'), "{result:?}");
    assert_eq!(result.lines().count(), 2, "{result}");
}

#[test]
fn a_live_watch_that_is_interrupted_leaves_the_terminal_in_order() {
    let house = House::new();
    let mut typist = Typist::sit_down(
        &house,
        100,
        &[],
        "send welcome --to queued@simulator.test --wait",
    );
    typist.sees(MOVES);
    typist.interrupts();
    let seen = typist.ends(130);
    assert!(
        seen.contains("resume with: sendivent --simulate watch"),
        "{seen:?}"
    );
    let mut typist = Typist::sit_down(&house, 100, &[], "watch --last");
    typist.sees(MOVES);
    typist
        .session
        .process_mut()
        .signal(Signal::SIGTERM)
        .unwrap();
    typist.ends(143);
}

#[test]
fn forty_columns_are_enough() {
    use unicode_width::UnicodeWidthStr;
    let house = House::new();
    let long = format!("{}@simulator.test", "queued+a-long-label-that-has-no-room");
    let mut typist = Typist::sit_down(
        &house,
        40,
        &[],
        &format!("send a-rather-long-event-name --to {long} --wait"),
    );
    typist.sees(MOVES).sees(MOVES);
    typist.interrupts();
    let seen = typist.ends(130);
    let redrawn: Vec<_> = drawn(&seen)
        .into_iter()
        .filter(|line| moving(line))
        .collect();
    assert!(!redrawn.is_empty());
    for line in redrawn {
        assert!(line.width() <= 40, "{} columns: {line}", line.width());
        assert!(line.contains("queued"), "{line}");
    }
    // A table has no room: each row is a block of lines.
    let seen = plain(&Typist::sit_down(&house, 40, &[], "activity").ends(0));
    let queued = seen
        .lines()
        .find(|line| line.starts_with("QUEUED"))
        .unwrap();
    assert!(!queued.contains("STATUS"), "{seen}");
    assert!(
        seen.lines()
            .any(|line| line.starts_with("RECIPIENT") && line.contains("queued+")),
        "{seen}"
    );
}

#[test]
fn a_terminal_that_can_do_little_gets_plain_lines() {
    let house = House::new();
    for environment in [("TERM", "dumb"), ("TERM", ""), ("CI", "1")] {
        let typist = Typist::sit_down(
            &house,
            100,
            &[environment],
            "--color auto send welcome --to ada@example.com --wait",
        );
        let seen = typist.ends(0);
        assert!(
            !seen.contains("[?25") && !moving(&seen) && !seen.contains("\u{1b}[2K"),
            "{environment:?}: {seen:?}"
        );
        if environment.0 == "TERM" {
            assert!(!seen.contains('\u{1b}'), "{environment:?}: {seen:?}");
        }
    }
    let typist = Typist::sit_down(
        &house,
        100,
        &[("NO_COLOR", "1")],
        "send welcome --to ada@example.com",
    );
    assert!(!typist.ends(0).contains("\u{1b}[3"));
}
