//! A real terminal: prompts, input, Ctrl-C and spinners.

use std::process::{Command, Stdio};

use nix::sys::signal::Signal;
use rexpect::process::WaitStatus;
use rexpect::session::{Options, PtySession, spawn_with_options};

use crate::process::{PROGRAM, ProcessEnv, query_number, wait_until};

/// Timeout for an expected text in milliseconds, so that a failing test does not hang.
const PATIENCE: u64 = 30_000;

/// The program at a terminal, and what a user types.
pub struct TerminalSession {
    session: PtySession,
    /// All output so far.
    screen: String,
}

impl TerminalSession {
    /// Starts the program at a terminal with this many columns.
    pub fn start_at_terminal(
        env: &ProcessEnv,
        columns: u16,
        environment: &[(&str, &str)],
        arguments: &str,
    ) -> Self {
        let line = format!("exec \"$0\" {arguments}");
        Self::start_shell_at_terminal(env, columns, environment, &line)
    }

    /// Starts a shell command at such a terminal; `"$0"` is the program.
    pub fn start_shell_at_terminal(
        env: &ProcessEnv,
        columns: u16,
        environment: &[(&str, &str)],
        line: &str,
    ) -> Self {
        let mut command = Command::new("/bin/sh");
        env.configure(&mut command);
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
            screen: String::new(),
        }
    }

    /// Waits until a text is displayed. It must be ASCII: the terminal is read byte by byte.
    #[track_caller]
    pub fn wait_for(&mut self, text: &str) -> &mut Self {
        match self.session.exp_string(text) {
            Ok(before) => {
                self.screen.push_str(&before);
                self.screen.push_str(text);
            }
            Err(error) => panic!("no `{text}`: {error}\nafter {:?}", self.screen),
        }
        self
    }

    /// Types keys.
    pub fn type_keys(&mut self, keys: &str) -> &mut Self {
        self.session.send(keys).unwrap();
        self.session.flush().unwrap();
        self
    }

    /// Types Ctrl-C.
    fn interrupts(&mut self) -> &mut Self {
        self.session.send_control('c').unwrap();
        self
    }

    /// Types Ctrl-C until the program exits: between two keys the terminal turns it into a signal, which a prompt
    /// handles only after input.
    #[track_caller]
    pub fn interrupt_and_end(mut self) -> String {
        let mut end = None;
        wait_until("the end", || {
            // Fails for a program that has exited.
            drop(self.session.send_control('c'));
            std::thread::sleep(std::time::Duration::from_millis(20));
            end = self.session.process().status();
            end != Some(WaitStatus::StillAlive)
        });
        self.assert_ended(end, 130)
    }

    /// Sends SIGTERM until the program exits.
    #[track_caller]
    pub fn wait_for_signal_end(mut self) -> String {
        let mut end = None;
        wait_until("the end", || {
            // Fails for a program that has exited.
            drop(self.session.process_mut().signal(Signal::SIGTERM));
            std::thread::sleep(std::time::Duration::from_millis(20));
            end = self.session.process().status();
            end != Some(WaitStatus::StillAlive)
        });
        self.assert_ended(end, 143)
    }

    /// Waits for the exit and returns all output.
    #[track_caller]
    pub fn wait_for_exit(mut self, code: i32) -> String {
        let rest = self.session.exp_eof().unwrap();
        self.screen.push_str(&rest);
        let end = self.session.process().wait().ok();
        self.assert_ended(end, code)
    }

    #[track_caller]
    fn assert_ended(mut self, end: Option<WaitStatus>, code: i32) -> String {
        self.screen
            .push_str(&self.session.exp_eof().unwrap_or_default());
        // The output was read byte by byte.
        let bytes: Vec<u8> = self
            .screen
            .chars()
            .map(|c| u8::try_from(c).unwrap())
            .collect();
        self.screen = String::from_utf8(bytes).unwrap();
        assert!(
            matches!(end, Some(WaitStatus::Exited(_, found)) if found == code),
            "{end:?}\n{:?}",
            self.screen
        );
        assert!(!self.screen.contains("panicked"), "{:?}", self.screen);
        assert_eq!(
            is_cursor_hidden(&self.screen),
            0,
            "the cursor is visible again: {:?}",
            self.screen
        );
        self.screen
    }
}

/// Returns whether the cursor is hidden at the end.
fn is_cursor_hidden(screen: &str) -> usize {
    let last_shown = screen.rfind("\u{1b}[?25h").unwrap_or(0);
    screen[last_shown..].matches("\u{1b}[?25l").count()
}

/// Removes escape sequences.
pub fn without_escapes(screen: &str) -> String {
    let mut parts = screen.split("\u{1b}[");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part
            .find(|c: char| c.is_ascii_alphabetic())
            .map_or(part.len(), |at| at + 1);
        text.push_str(&part[end..]);
    }
    text
}

fn stored_count(env: &ProcessEnv) -> Option<i64> {
    query_number(&env.simulator(), "SELECT count(*) FROM messages")
}

/// The confirmation before a send.
const QUESTION: &str = "Send it to the simulator?";

#[test]
fn send_prompts_for_missing_values_and_confirms_once() {
    let env = ProcessEnv::new();
    let mut session = TerminalSession::start_at_terminal(&env, 100, &[], "send");
    session.wait_for("Event").type_keys("welcome\n");
    session.wait_for("Recipient").type_keys("ada@example.com\n");
    session.wait_for(QUESTION);
    assert_eq!(
        stored_count(&env),
        None,
        "nothing is sent before the answer"
    );
    session.type_keys("y\n");
    let screen = without_escapes(&session.wait_for_exit(0));
    assert!(screen.contains("accepted"), "{screen:?}");
    for line in ["  Event     welcome", "  To        ada@example.com"] {
        assert!(
            screen.lines().any(|output_text| output_text == line),
            "{line}: {screen}"
        );
    }
    assert_eq!(stored_count(&env), Some(1));
}

#[test]
fn recent_values_are_suggested_and_can_be_edited() {
    let env = ProcessEnv::new();
    env.run("send -q welcome --to ada@example.com")
        .assert_code(0);
    env.run("send -q order-shipped --to bob@example.com")
        .assert_code(0);
    // Arrow keys select a suggestion, Enter alone the newest.
    let mut session = TerminalSession::start_at_terminal(&env, 100, &[], "send");
    session
        .wait_for("order-shipped")
        .wait_for("welcome")
        .wait_for("(order-shipped)")
        .type_keys("\u{1b}[A")
        .wait_for("order-shipped")
        .type_keys("\u{1b}[A")
        .wait_for("welcome")
        .type_keys("\n");
    session
        .wait_for("bob@example.com")
        .wait_for("ada@example.com")
        .wait_for("(bob@example.com)")
        .type_keys("\n");
    session.wait_for("  Event     welcome");
    session.wait_for("  To        bob@example.com");
    session.wait_for(QUESTION).type_keys("yes\n");
    session.wait_for_exit(0);
    assert_eq!(stored_count(&env), Some(3));

    // Typed text wins over a suggestion.
    let mut session = TerminalSession::start_at_terminal(&env, 100, &[], "send");
    session
        .wait_for("(welcome)")
        .type_keys("pay ment\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}ment\n");
    session
        .wait_for("(bob@example.com)")
        .type_keys("eve@example.com\n");
    session.wait_for("  Event     payment");
    session.wait_for("  To        eve@example.com");
    session.wait_for(QUESTION).type_keys("y\n");
    session.wait_for_exit(0);
    assert_eq!(stored_count(&env), Some(4));
}

#[test]
fn esc_cancels_and_later_input_sends_nothing() {
    let env = ProcessEnv::new();
    env.run("send -q welcome --to ada@example.com")
        .assert_code(0);
    for (arguments, question) in [
        ("send", "(welcome)"),
        ("send welcome", "(ada@example.com)"),
        ("send --to ada@example.com", "(welcome)"),
    ] {
        for keys in ["\u{1b}", "\u{4}", "\u{1b}echo rc=$?\n"] {
            let mut session = TerminalSession::start_at_terminal(&env, 100, &[], arguments);
            session.wait_for(question).type_keys(keys);
            let screen = session.wait_for_exit(2);
            assert!(
                screen.contains("cancelled: nothing was simulated"),
                "{arguments}: {screen:?}"
            );
        }
    }
    assert_eq!(stored_count(&env), Some(1));
}

#[test]
fn invalid_input_is_rejected_at_the_prompt() {
    let env = ProcessEnv::new();
    let mut session = TerminalSession::start_at_terminal(&env, 100, &[], "send");
    session.wait_for("Event").type_keys("echo rc=$?\n");
    session.wait_for("is not an event name: it contains a space");
    session.wait_for("Event").type_keys("\n");
    session.wait_for("it is empty");
    session.wait_for("Event").type_keys("welcome\n");
    session.wait_for("Recipient").type_keys("ada@\n");
    session.wait_for("`ada@` is not a recipient");
    session.wait_for("Recipient").type_keys("@nowhere.json\n");
    session.wait_for("`nowhere.json` cannot be read");
    session.wait_for("Recipient").type_keys("ada@example.com\n");
    session.wait_for(QUESTION).type_keys("n\n");
    session.wait_for_exit(2);
    // An invalid flag is reported before the first prompt.
    let screen = TerminalSession::start_at_terminal(&env, 100, &[], "send --channel pigeon")
        .wait_for_exit(2);
    assert!(!screen.contains("Event"), "{screen:?}");
    assert_eq!(stored_count(&env), None);
}

#[test]
fn only_an_explicit_yes_sends() {
    let env = ProcessEnv::new();
    for keys in ["\n", "n\n", "no\n", "\u{1b}", "\u{4}", "\u{1b}y\n", " \n"] {
        let mut session = TerminalSession::start_at_terminal(&env, 100, &[], "send welcome");
        session.wait_for("Recipient").type_keys("ada@example.com\n");
        session.wait_for(QUESTION).type_keys(keys);
        let screen = session.wait_for_exit(2);
        assert!(
            screen.contains("declined: nothing was simulated"),
            "{keys:?}: {screen:?}"
        );
    }
    // A word that contains `y` is no confirmation: the prompt repeats.
    let mut session = TerminalSession::start_at_terminal(&env, 100, &[], "send welcome");
    session.wait_for("Recipient").type_keys("ada@example.com\n");
    session.wait_for(QUESTION).type_keys("history\n");
    session
        .wait_for("Type y or n")
        .wait_for(QUESTION)
        .type_keys("\n");
    session.wait_for_exit(2);
    assert_eq!(stored_count(&env), None);
    let journal = env.journal();
    assert!(!journal.exists() || query_number(&journal, "SELECT count(*) FROM sends") == Some(0));
}

#[test]
fn the_whole_request_is_shown_before_it_is_sent() {
    let env = ProcessEnv::new();
    let flags = "--to ada@example.com --to +14155550123 --channel sms --from hello@example.com --language sv \
                 --override sms.text=Hello -p amount:=199 -p name=Lovelace";
    let mut session = TerminalSession::start_at_terminal(&env, 100, &[], &format!("send {flags}"));
    session.wait_for("Event").type_keys("welcome\n");
    session.wait_for(QUESTION).type_keys("\n");
    let screen = without_escapes(&session.wait_for_exit(2));
    let summary = [
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
    assert!(screen.contains(&summary), "{screen}");

    let mut session =
        TerminalSession::start_at_terminal(&env, 100, &[], &format!("--no-pii send {flags}"));
    session.wait_for("Event").type_keys("welcome\n");
    session.wait_for(QUESTION).type_keys("\n");
    let screen = without_escapes(&session.wait_for_exit(2));
    let (_, summary) = screen.split_once("  Event     welcome").unwrap();
    for secret in ["ada@", "4155550", "hello@", "199", "Lovelace", "Hello"] {
        assert!(!summary.contains(secret), "{secret}: {screen}");
    }
    for masked in ["a***@e***", "+***23", "name=L***", "amount:=***"] {
        assert!(summary.contains(masked), "{masked}: {screen}");
    }
}

#[test]
fn no_pii_suggests_no_recipient_and_masks_the_input() {
    let env = ProcessEnv::new();
    env.run("send -q welcome --to bob@example.com")
        .assert_code(0);
    let mut session = TerminalSession::start_at_terminal(&env, 100, &[], "--no-pii send");
    session.wait_for("(welcome)").type_keys("\n");
    session
        .wait_for("Recipient")
        .type_keys("{\"email\":\"eve\"}\n");
    session
        .wait_for("`***`")
        .wait_for("Recipient")
        .type_keys("ada@example.com\n");
    session
        .wait_for("Recipient")
        .wait_for("a***@e***")
        .wait_for(QUESTION)
        .type_keys("y\n");
    let screen = session.wait_for_exit(0);
    assert!(!screen.contains("bob"), "{screen:?}");
}

#[test]
fn only_missing_values_are_prompted_for() {
    let env = ProcessEnv::new();
    let mut session = TerminalSession::start_at_terminal(&env, 100, &[], "send welcome");
    session.wait_for("Recipient").type_keys("ada@example.com\n");
    session.wait_for(QUESTION).type_keys("y\n");
    let screen = without_escapes(&session.wait_for_exit(0));
    assert!(!screen.contains("? Event"), "{screen}");

    let session =
        TerminalSession::start_at_terminal(&env, 100, &[], "send welcome --to bob@example.com");
    assert!(
        !session.wait_for_exit(0).contains('?'),
        "nothing is missing: nothing is asked"
    );
    assert_eq!(stored_count(&env), Some(2));
}

#[test]
fn a_signal_at_any_prompt_sends_nothing_and_restores_the_cursor() {
    let env = ProcessEnv::new();
    env.run("send -q welcome --to ada@example.com")
        .assert_code(0);
    // A text prompt, a suggestion, a confirmation.
    for (arguments, requests, keys) in [
        ("send", "(welcome)", "wel"),
        ("send welcome", "(ada@example.com)", ""),
        ("simulator reset", "(y/N)", "y"),
    ] {
        let mut session = TerminalSession::start_at_terminal(&env, 100, &[], arguments);
        session.wait_for(requests).type_keys(keys);
        session.interrupt_and_end();
        let mut session = TerminalSession::start_at_terminal(&env, 100, &[], arguments);
        session.wait_for(requests).type_keys(keys);
        session.wait_for_signal_end();
    }
    let mut session = TerminalSession::start_at_terminal(&env, 100, &[], "send welcome");
    session
        .wait_for("(ada@example.com)")
        .type_keys("\n")
        .wait_for(QUESTION);
    session.interrupt_and_end();
    assert_eq!(stored_count(&env), Some(1));
    assert_eq!(
        query_number(&env.journal(), "SELECT count(*) FROM sends"),
        Some(1)
    );
}

#[test]
fn prompts_fit_forty_columns() {
    let env = ProcessEnv::new();
    let long = format!("{}@example.com", "a-name-that-is-longer-than-any-line");
    env.run(&format!("send -q welcome --to {long}"))
        .assert_code(0);
    let mut session = TerminalSession::start_at_terminal(&env, 40, &[], "send welcome");
    session
        .wait_for("Recipient")
        .wait_for("Recent")
        .wait_for("Recipient");
    session
        .type_keys(&format!("{long}\n"))
        .wait_for(QUESTION)
        .type_keys("\n");
    let screen = session.wait_for_exit(2);
    let (_, typed) = screen.split_once("Enter selects").unwrap();
    for row in typed
        .split(CLEAR_LINE)
        .map(without_escapes)
        .filter(|row| row.starts_with("? "))
    {
        assert!(row.chars().count() <= 40, "{row:?}");
    }
}

#[test]
fn external_text_in_prompts_is_sanitized() {
    let env = ProcessEnv::new();
    let control_text = r#"'{"telegram":"a\u001b[2J\u0007\u202eb\nerror: lost"}'"#;
    let mut session =
        TerminalSession::start_at_terminal(&env, 100, &[], &format!("send --to {control_text}"));
    session.wait_for("Event").type_keys("welcome\n");
    session.wait_for(QUESTION).type_keys("y\n");
    let first = session.wait_for_exit(0);
    // The second time it is suggested.
    let mut session = TerminalSession::start_at_terminal(&env, 100, &[], "send welcome");
    session.wait_for("Recent").wait_for("telegram");
    let second = session.interrupt_and_end();
    assert!(first.contains("a[2Jb error: lost"), "{first:?}");
    // An object is suggested as it was typed, so that it stays the same recipient.
    let offered = r#"{"telegram":"a\u001b[2J\u0007"#;
    assert!(second.contains(offered), "{second:?}");
    for screen in [first, second] {
        for control_text in ["\u{1b}[2J", "\u{7}", "\u{202e}", "\nerror: lost"] {
            assert!(!screen.contains(control_text), "{screen:?}");
        }
    }
}

#[test]
fn no_prompt_appears_when_prompts_are_disabled() {
    let env = ProcessEnv::new();
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
        // stdin is a pipe, so no prompt is possible.
        (
            &[][..],
            "send </dev/null",
            "sendivent send EVENT --to RECIPIENT",
        ),
        (&[][..], "send 2>/dev/null", ""),
    ] {
        let screen =
            TerminalSession::start_at_terminal(&env, 100, environment, arguments).wait_for_exit(2);
        assert!(screen.contains(names), "{arguments}: {screen:?}");
        assert!(!screen.contains(CLEAR_LINE), "{arguments}: {screen:?}");
    }
    assert_eq!(stored_count(&env), None);
}

#[test]
fn reset_asks_for_confirmation_and_defaults_to_no() {
    let env = ProcessEnv::new();
    env.run("send -q welcome --to ada@example.com")
        .assert_code(0);
    let mut session = TerminalSession::start_at_terminal(&env, 100, &[], "simulator reset");
    session.wait_for("(y/N)").type_keys("\n");
    session.wait_for_exit(2);
    assert_eq!(stored_count(&env), Some(1));
    let mut session = TerminalSession::start_at_terminal(&env, 100, &[], "simulator reset");
    session.wait_for("(y/N)").type_keys("y\n");
    session.wait_for_exit(0);
    assert_eq!(stored_count(&env), Some(0));
}

/// The escape sequence before a line is redrawn.
const CLEAR_LINE: &str = "\u{1b}[2K";

/// Returns whether a line contains a spinner.
fn has_spinner(line: &str) -> bool {
    line.contains(|c| ('\u{2800}'..='\u{28ff}').contains(&c))
}

/// Returns the lines that indicatif draws between two clears.
fn drawn_lines(screen: &str) -> Vec<String> {
    let lines = screen.split(['\r', '\n']).map(without_escapes);
    lines.filter(|line| !line.trim().is_empty()).collect()
}

#[test]
fn a_watch_shows_a_spinner_and_clears_it() {
    let env = ProcessEnv::new();
    let session = TerminalSession::start_at_terminal(
        &env,
        120,
        &[],
        "send welcome --to delivered-2s@simulator.test --wait",
    );
    let screen = session.wait_for_exit(0);
    let lines = drawn_lines(&screen);
    let spins = lines
        .iter()
        .filter(|line| line.contains("delivered-2s@simulator.test") && has_spinner(line));
    assert!(spins.count() > 0, "{lines:#?}");
    let last = lines.last().unwrap().trim_end();
    assert!(
        last.starts_with("delivered") && last.ends_with("after 2 s"),
        "{lines:#?}"
    );
    assert!(screen.ends_with('\n'), "{screen:?}");
    // stdout contains only the result.
    let mut session = TerminalSession::start_at_terminal(
        &env,
        120,
        &[],
        "send welcome --to ada@example.com --wait >result",
    );
    session.wait_for("ada@example.com");
    session.wait_for_exit(0);
    let result = std::fs::read_to_string(env.home().join("result")).unwrap();
    assert!(!result.contains('\u{1b}'), "{result:?}");
    assert_eq!(result.lines().count(), 2, "{result}");
}

#[test]
fn an_interrupted_watch_restores_the_terminal() {
    let env = ProcessEnv::new();
    let mut terminal = TerminalSession::start_at_terminal(
        &env,
        100,
        &[],
        "send welcome --to queued@simulator.test --wait",
    );
    terminal.wait_for(CLEAR_LINE);
    terminal.interrupts();
    let screen = terminal.wait_for_exit(130);
    assert!(
        screen.contains("resume with: sendivent --simulate watch"),
        "{screen:?}"
    );
    let mut terminal = TerminalSession::start_at_terminal(&env, 100, &[], "watch --last");
    terminal.wait_for(CLEAR_LINE);
    terminal
        .session
        .process_mut()
        .signal(Signal::SIGTERM)
        .unwrap();
    terminal.wait_for_exit(143);
}

#[test]
fn a_watch_fits_forty_columns() {
    use unicode_width::UnicodeWidthStr;
    let env = ProcessEnv::new();
    let long = format!("{}@simulator.test", "queued+a-long-label-that-has-no-room");
    let mut session = TerminalSession::start_at_terminal(
        &env,
        40,
        &[],
        &format!("send a-rather-long-event-name --to {long} --wait"),
    );
    session.wait_for(CLEAR_LINE).wait_for(CLEAR_LINE);
    session.interrupts();
    let screen = session.wait_for_exit(130);
    let redrawn: Vec<_> = drawn_lines(&screen)
        .into_iter()
        .filter(|line| has_spinner(line))
        .collect();
    assert!(!redrawn.is_empty());
    for line in redrawn {
        assert!(line.width() <= 40, "{} columns: {line}", line.width());
        assert!(line.contains("queued"), "{line}");
    }
    // Too narrow for a table: each row is a block of lines.
    let screen = without_escapes(
        &TerminalSession::start_at_terminal(&env, 40, &[], "activity").wait_for_exit(0),
    );
    let queued = screen
        .lines()
        .find(|line| line.starts_with("QUEUED"))
        .unwrap();
    assert!(!queued.contains("STATUS"), "{screen}");
    assert!(
        screen
            .lines()
            .any(|line| line.starts_with("RECIPIENT") && line.contains("queued+")),
        "{screen}"
    );
}

#[test]
fn a_dumb_terminal_gets_plain_lines() {
    let env = ProcessEnv::new();
    for environment in [("TERM", "dumb"), ("TERM", ""), ("CI", "1")] {
        let session = TerminalSession::start_at_terminal(
            &env,
            100,
            &[environment],
            "--color auto send welcome --to ada@example.com --wait",
        );
        let screen = session.wait_for_exit(0);
        assert!(
            !screen.contains("[?25") && !has_spinner(&screen) && !screen.contains("\u{1b}[2K"),
            "{environment:?}: {screen:?}"
        );
        if environment.0 == "TERM" {
            assert!(!screen.contains('\u{1b}'), "{environment:?}: {screen:?}");
        }
    }
    let session = TerminalSession::start_at_terminal(
        &env,
        100,
        &[("NO_COLOR", "1")],
        "send welcome --to ada@example.com",
    );
    assert!(!session.wait_for_exit(0).contains("\u{1b}[3"));
}
