use std::fs;
use std::path::{Path, PathBuf};

use crate::fault_server::{
    Action, ClosedPort, FaultServer, ID, KEY, RECEIPT, ServiceEnv, json_response, notification,
    response,
};
use crate::process::ProcessOutput;

/// Returns all files below a directory.
fn files(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files(&path, found),
            false => found.push(path),
        }
    }
}

/// Returns whether bytes contain the key in any case: header and host names are lowercased.
fn find_leaks(bytes: &[u8]) -> bool {
    let small = bytes.to_ascii_lowercase();
    let key = KEY.to_ascii_lowercase();
    small.windows(key.len()).any(|part| part == key.as_bytes())
}

#[test]
fn a_leak_is_detected() {
    assert!(find_leaks(format!("Bearer {KEY}, he said").as_bytes()));
    assert!(find_leaks(KEY.to_ascii_uppercase().as_bytes()));
    assert!(!find_leaks(&KEY.as_bytes()[1..]));
}

/// Fails if the key is in the output or in any file of the home directory.
#[track_caller]
fn assert_no_leak(output: &ProcessOutput, home: &Path) {
    assert!(!find_leaks(output.stdout.as_bytes()), "{output:#?}");
    assert!(!find_leaks(output.stderr.as_bytes()), "{output:#?}");
    let mut found = Vec::new();
    files(home, &mut found);
    for path in found {
        let bytes = fs::read(&path).unwrap();
        assert!(!find_leaks(&bytes), "{}", path.display());
        assert!(
            !find_leaks(path.as_os_str().as_encoded_bytes()),
            "{}",
            path.display()
        );
    }
}

/// Returns the key with JSON escapes.
fn escape_key() -> String {
    format!("\\u0074{}", &KEY[1..])
}

/// Responses that contain the key in every possible place.
fn echo_responses() -> Vec<(&'static str, Vec<u8>)> {
    let headers = [
        format!("X-Request-Id: {KEY}"),
        format!("X-Echo: Bearer {KEY}"),
        format!("X-{KEY}: 1"),
        format!("Set-Cookie: key={KEY}"),
        format!("Location: https://{KEY}.example.com/{KEY}?k={KEY}"),
    ];
    let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
    let mut all = Vec::new();
    for key in [KEY.to_owned(), escape_key()] {
        let error = format!(
            r#"{{"error":"bad key {key}","code":"{key}","field":"{key}","channel":"{key}","{key}":1}}"#
        );
        let errors = format!(r#"{{"errors":[{{"code":"{key}","message":"no {key}"}}]}}"#);
        for status in [400, 401, 402, 404, 429, 500, 302, 999] {
            all.push(("an error", response(status, &headers, &error)));
        }
        let no = error.replace("{\"error", "{\"success\":false,\"error");
        all.push((
            "the older shape of an error",
            response(422, &headers, &errors),
        ));
        all.push(("a success that says no", response(200, &headers, &no)));
        let receipt = RECEIPT.replace("welcome", &key).replace("accepted", &key);
        all.push(("a receipt", response(200, &headers, &receipt)));
        let id = RECEIPT.replace(ID, &format!("id-{key}"));
        all.push(("an id", response(200, &headers, &id)));
        let old = format!(r#"{{"success":true,"deliveries":[{{"email":"{key}"}}]}}"#);
        all.push(("an id of the older shape", response(200, &headers, &old)));
        let failed = notification(ID, "failed")
            .replace("Permanent bounce", &key)
            .replace("HARD_BOUNCE", &key)
            .replace("welcome", &key)
            .replace("ada@example.com", &key);
        all.push(("a notification", response(200, &headers, &failed)));
        all.push(("no JSON", response(200, &headers, &format!("<b>{key}"))));
        let unclosed = format!("HTTP/1.1 200 {KEY}\r\nContent-Length: 999\r\n\r\n{{\"id\":\"{key}");
        all.push(("a body that is cut", unclosed.into_bytes()));
    }
    all.push(("no HTTP", format!("{KEY} {KEY}\r\n\r\n").into_bytes()));
    all.push((
        "a status that is the key",
        format!("HTTP/1.1 {KEY}\r\n\r\n").into_bytes(),
    ));
    all
}

#[test]
fn a_key_echoed_by_the_server_is_redacted() {
    let all = std::sync::Mutex::new(echo_responses());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let Some((what, bytes)) = all.lock().unwrap().pop() else {
                        return;
                    };
                    run_against(what, &bytes);
                }
            });
        }
    });
}

/// Runs every command against a server with this response.
fn run_against(what: &str, bytes: &[u8]) {
    let server = FaultServer::with_actions(vec![Action::Close(bytes.to_vec())]);
    let client = ServiceEnv::new(server.url());
    for command in [
        "-v send welcome --to ada@example.com --timeout 1s --wait".to_owned(),
        "send welcome --to ada@example.com --timeout 1s --json".to_owned(),
        format!("-v watch {ID} --timeout 1s --max-errors 1"),
        format!("status {ID} {} -v --json", ID.replace("550e", "650e")),
        "-v doctor".to_owned(),
        "activity --json".to_owned(),
        "whoami".to_owned(),
    ] {
        // A watch would retry these responses for ever, so each is polled once.
        let slow = command.starts_with("status") && !bytes.starts_with(b"HTTP/1.1 4");
        if slow {
            continue;
        }
        let output = client.run(&command);
        assert_ne!(output.status.code(), None, "{what}: {output:#?}");
        assert_no_leak(&output, client.env.home());
        let is_redacted = command.starts_with("-v send") && what == "an error";
        assert!(
            !is_redacted || output.stderr.contains("[API key]"),
            "{output:#?}"
        );
    }
    assert!(!server.requests().is_empty(), "{what}");
}

#[test]
fn a_request_containing_the_key_is_rejected_before_any_write() {
    let server = FaultServer::with_actions(vec![Action::Respond(json_response(200, RECEIPT))]);
    let client = ServiceEnv::new(server.url());
    for command in [
        format!("send welcome --to ada@example.com --idempotency-key {KEY}"),
        format!("send welcome --to ada@example.com --idempotency-key a-{KEY}-b"),
        format!("send welcome --to {KEY}@example.com"),
        format!("send welcome --to {KEY}"),
        format!("send welcome --to '{{\"email\":\"ada@example.com\",\"name\":\"{KEY}\"}}'"),
        format!("send welcome --to ada@example.com -p token={KEY}"),
        format!("send welcome --to ada@example.com -p token:='[\"{KEY}\"]'"),
        format!("send welcome --to ada@example.com -p {KEY}=1"),
        format!("send welcome --to ada@example.com --payload '{{\"a\":\"{KEY}\"}}'"),
        format!("send welcome --to ada@example.com --from {KEY}@example.com"),
        format!("send welcome --to ada@example.com --language {KEY}"),
        format!("send welcome --to ada@example.com --override email.subject={KEY}"),
        format!("send {KEY} --to ada@example.com"),
        format!("cancel welcome --to {KEY}"),
        format!("cancel {KEY} --to ada@example.com"),
        format!("status {KEY}"),
        format!("watch {KEY}"),
        format!("explain {KEY}"),
        format!("send welcome --to ada@example.com --{KEY}"),
        KEY.to_owned(),
        format!(
            "--api-url {}/{KEY} send welcome --to ada@example.com",
            server.url()
        ),
        format!("--api-url http://{KEY}.localhost send welcome --to ada@example.com"),
        format!("--api-url https://{KEY}@example.com whoami"),
        format!("--api-url https://{KEY} --tz {KEY} send welcome --to ada@example.com"),
        format!("--output {KEY} status --last"),
        format!("--profile {KEY} status --last"),
        format!("--json --profile {KEY} status --last"),
    ] {
        let output = client.run(&command);
        let code = output.status.code();
        assert!(matches!(code, Some(2 | 6)), "{command}: {output:#?}");
        assert_no_leak(&output, client.env.home());
    }
    assert_eq!(server.connection_count(), 0);
}

#[test]
fn a_preview_redacts_the_key() {
    let client = ServiceEnv::new(ClosedPort::new().url());
    for form in [
        "--dry-run",
        "--dry-run=curl",
        "--dry-run --json",
        "-v --dry-run=curl",
    ] {
        for more in [
            "",
            &format!("-p token={KEY}"),
            &format!("--idempotency-key {KEY}"),
        ] {
            let output = client.run(&format!("send welcome --to ada@example.com {form} {more}"));
            assert_no_leak(&output, client.env.home());
        }
    }
}

#[test]
fn the_key_is_stored_only_in_its_file() {
    let server = FaultServer::with_actions(vec![Action::Respond(json_response(200, RECEIPT))]);
    let client = ServiceEnv::new(server.url());
    let home = client.env.home().to_owned();
    let secret = tempfile::NamedTempFile::new().unwrap();
    fs::write(secret.path(), format!("{KEY}\n")).unwrap();
    let file = secret.path().display().to_string();
    for command in [
        "whoami",
        "whoami --json",
        "-v send welcome --to ada@example.com",
        "doctor",
    ] {
        let mut command = client.command(&format!("{command} --api-key-file {file}"));
        command.env_remove("SENDIVENT_API_KEY");
        let process_output = ProcessOutput::of(command.output().unwrap());
        assert_no_leak(&process_output, &home);
        assert_eq!(process_output.status.code(), Some(0), "{process_output:#?}");
    }
    // One key in the environment, another in the file: neither is printed.
    let process_output = client.run(&format!(
        "send welcome --to ada@example.com -p a={KEY} --api-key-file {file}"
    ));
    assert_no_leak(&process_output.assert_code(2), &home);
}

#[test]
fn errors_do_not_contain_the_key() {
    let closed_port = ClosedPort::new();
    let hanging = FaultServer::with_actions(vec![Action::Hang(vec![])]);
    for url in [closed_port.url(), hanging.url()] {
        let client = ServiceEnv::new(url);
        for command in [
            "-v send welcome --to ada@example.com --timeout 1s",
            "-v --json send welcome --to ada@example.com --timeout 1s",
            "status --last",
            "activity --offline",
        ] {
            let output = client.run(command);
            assert_no_leak(&output, client.env.home());
        }
    }
}
