use std::path::Path;

use crate::harness::TestEnv;

/// Runs every `console` block of the README in one environment, in order, and compares the output.
/// `UPDATE_EXPECT=1 cargo test readme` updates the README.
#[test]
fn the_readme_matches_the_commands_output() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let written = std::fs::read_to_string(&path).unwrap();
    let real = replay(&written);
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, real).unwrap();
        return;
    }
    for (number, (written, real)) in written.lines().zip(real.lines()).enumerate() {
        let line = number + 1;
        assert_eq!(
            written, real,
            "README.md:{line} is not what the command prints; refresh it: UPDATE_EXPECT=1 cargo test readme"
        );
    }
    assert_eq!(written.lines().count(), real.lines().count());
}

/// Returns the README with the actual output of each command.
fn replay(readme: &str) -> String {
    let env = TestEnv::bare();
    let mut last = 0;
    let mut id = String::new();
    let mut text = String::new();
    let mut in_block = false;
    for line in readme.lines() {
        match line {
            "```console" => in_block = true,
            "```" if in_block => in_block = false,
            _ => {}
        }
        // Inside a block only the commands are input; the output is regenerated.
        if !in_block || line == "```console" {
            text.push_str(line);
            text.push('\n');
        } else if let Some(command) = line.strip_prefix("$ ") {
            text.push_str(line);
            text.push('\n');
            match command
                .strip_prefix("ID=$(")
                .and_then(|rest| rest.strip_suffix(')'))
            {
                Some(command) => id = env.ok(split_arguments(command)),
                None => text.push_str(&run_command(&env, &command.replace("$ID", &id), &mut last)),
            }
        }
    }
    text
}

fn run_command(env: &TestEnv, command: &str, last: &mut u8) -> String {
    if command == "echo $?" {
        return format!("{last}\n");
    }
    if let Some(seconds) = command.strip_prefix("sleep ") {
        env.advance(seconds.parse::<i64>().unwrap() * 1000);
        return String::new();
    }
    let stages: Vec<&str> = command.split(" | ").collect();
    let (last_stage, inputs) = stages.split_last().unwrap();
    for stage in inputs {
        let output = env.run(split_arguments(stage));
        env.stdin(&output.stdout);
    }
    let output = env.run_merged(split_arguments(last_stage));
    *last = output.code;
    let home = env.home().display().to_string();
    output.stdout.replace(&home, "~")
}

fn split_arguments(command: &str) -> &str {
    command
        .strip_prefix("sendivent ")
        .unwrap_or_else(|| panic!("the README runs something else: {command}"))
}
