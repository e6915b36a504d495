use std::fs;
use std::path::{Path, PathBuf};

use crate::hostile::{Act, Caller, Deaf, Hostile, ID, KEY, RECEIPT, answer, json, notification};
use crate::process::Done;

/// Returns all files below a folder.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files(&path, found),
            false => found.push(path),
        }
    }
}

/// Returns whether bytes hold the key, in letters of any size: names of headers and hosts are in small ones.
fn leaks(bytes: &[u8]) -> bool {
    let small = bytes.to_ascii_lowercase();
    let key = KEY.to_ascii_lowercase();
    small.windows(key.len()).any(|part| part == key.as_bytes())
}

#[test]
fn a_leak_would_be_seen() {
    assert!(leaks(format!("Bearer {KEY}, he said").as_bytes()));
    assert!(leaks(KEY.to_ascii_uppercase().as_bytes()));
    assert!(!leaks(&KEY.as_bytes()[1..]));
}

/// Fails if the key is in what was printed, or in any file of the home.
#[track_caller]
fn keeps_the_key(done: &Done, home: &Path) {
    assert!(!leaks(done.stdout.as_bytes()), "{done:#?}");
    assert!(!leaks(done.stderr.as_bytes()), "{done:#?}");
    let mut found = Vec::new();
    files(home, &mut found);
    for path in found {
        let bytes = fs::read(&path).unwrap();
        assert!(!leaks(&bytes), "{}", path.display());
        assert!(
            !leaks(path.as_os_str().as_encoded_bytes()),
            "{}",
            path.display()
        );
    }
}

/// Returns the key as JSON may write it, too.
fn escaped() -> String {
    format!("\\u0074{}", &KEY[1..])
}

/// Answers that say the key wherever something can be said.
fn echoes() -> Vec<(&'static str, Vec<u8>)> {
    let headers = [
        format!("X-Request-Id: {KEY}"),
        format!("X-Echo: Bearer {KEY}"),
        format!("X-{KEY}: 1"),
        format!("Set-Cookie: key={KEY}"),
        format!("Location: https://{KEY}.example.com/{KEY}?k={KEY}"),
    ];
    let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
    let mut all = Vec::new();
    for key in [KEY.to_owned(), escaped()] {
        let error = format!(
            r#"{{"error":"bad key {key}","code":"{key}","field":"{key}","channel":"{key}","{key}":1}}"#
        );
        let errors = format!(r#"{{"errors":[{{"code":"{key}","message":"no {key}"}}]}}"#);
        for status in [400, 401, 402, 404, 429, 500, 302, 999] {
            all.push(("an error", answer(status, &headers, &error)));
        }
        let no = error.replace("{\"error", "{\"success\":false,\"error");
        all.push((
            "the older shape of an error",
            answer(422, &headers, &errors),
        ));
        all.push(("a success that says no", answer(200, &headers, &no)));
        let receipt = RECEIPT.replace("welcome", &key).replace("accepted", &key);
        all.push(("a receipt", answer(200, &headers, &receipt)));
        let id = RECEIPT.replace(ID, &format!("id-{key}"));
        all.push(("an id", answer(200, &headers, &id)));
        let old = format!(r#"{{"success":true,"deliveries":[{{"email":"{key}"}}]}}"#);
        all.push(("an id of the older shape", answer(200, &headers, &old)));
        let seen = notification(ID, "failed")
            .replace("Permanent bounce", &key)
            .replace("HARD_BOUNCE", &key)
            .replace("welcome", &key)
            .replace("ada@example.com", &key);
        all.push(("a notification", answer(200, &headers, &seen)));
        all.push(("no JSON", answer(200, &headers, &format!("<b>{key}"))));
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
fn a_server_that_repeats_the_key_everywhere_does_not_make_us_repeat_it() {
    let all = std::sync::Mutex::new(echoes());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let Some((what, bytes)) = all.lock().unwrap().pop() else {
                        return;
                    };
                    meet(what, &bytes);
                }
            });
        }
    });
}

/// Runs every command against a server that gives this answer.
fn meet(what: &str, bytes: &[u8]) {
    let server = Hostile::playing(vec![Act::Close(bytes.to_vec())]);
    let caller = Caller::new(server.url());
    for command in [
        "-v send welcome --to ada@example.com --timeout 1s --wait".to_owned(),
        "send welcome --to ada@example.com --timeout 1s --json".to_owned(),
        format!("-v watch {ID} --timeout 1s --max-errors 1"),
        format!("status {ID} {} -v --json", ID.replace("550e", "650e")),
        "-v doctor".to_owned(),
        "activity --json".to_owned(),
        "whoami".to_owned(),
    ] {
        // A look without an end of its own is tried again and again: these answers are looked at once.
        let slow = command.starts_with("status") && !bytes.starts_with(b"HTTP/1.1 4");
        if slow {
            continue;
        }
        let done = caller.run(&command);
        assert_ne!(done.status.code(), None, "{what}: {done:#?}");
        keeps_the_key(&done, caller.house.home());
        let shown = command.starts_with("-v send") && what == "an error";
        assert!(!shown || done.stderr.contains("[API key]"), "{done:#?}");
    }
    assert!(!server.seen().is_empty(), "{what}");
}

#[test]
fn a_request_that_holds_the_key_is_refused_before_anything_is_written_or_sent() {
    let server = Hostile::playing(vec![Act::Answer(json(200, RECEIPT))]);
    let caller = Caller::new(server.url());
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
        let done = caller.run(&command);
        let code = done.status.code();
        assert!(matches!(code, Some(2 | 6)), "{command}: {done:#?}");
        keeps_the_key(&done, caller.house.home());
    }
    assert_eq!(server.accepted(), 0);
}

#[test]
fn a_preview_does_not_show_it() {
    let caller = Caller::new(Deaf::new().url());
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
            let done = caller.run(&format!("send welcome --to ada@example.com {form} {more}"));
            keeps_the_key(&done, caller.house.home());
        }
    }
}

#[test]
fn where_the_key_is_kept_is_the_only_place() {
    let server = Hostile::playing(vec![Act::Answer(json(200, RECEIPT))]);
    let caller = Caller::new(server.url());
    let home = caller.house.home().to_owned();
    let secret = tempfile::NamedTempFile::new().unwrap();
    fs::write(secret.path(), format!("{KEY}\n")).unwrap();
    let file = secret.path().display().to_string();
    for command in [
        "whoami",
        "whoami --json",
        "-v send welcome --to ada@example.com",
        "doctor",
    ] {
        let mut command = caller.command(&format!("{command} --api-key-file {file}"));
        command.env_remove("SENDIVENT_API_KEY");
        let done = Done::of(command.output().unwrap());
        keeps_the_key(&done, &home);
        assert_eq!(done.status.code(), Some(0), "{done:#?}");
    }
    // One key in the environment, another in the file: neither is shown.
    let done = caller.run(&format!(
        "send welcome --to ada@example.com -p a={KEY} --api-key-file {file}"
    ));
    keeps_the_key(&done.code(2), &home);
}

#[test]
fn what_goes_wrong_on_the_way_does_not_show_it() {
    let deaf = Deaf::new();
    let hanging = Hostile::playing(vec![Act::Hang(vec![])]);
    for url in [deaf.url(), hanging.url()] {
        let caller = Caller::new(url);
        for command in [
            "-v send welcome --to ada@example.com --timeout 1s",
            "-v --json send welcome --to ada@example.com --timeout 1s",
            "status --last",
            "activity --offline",
        ] {
            let done = caller.run(command);
            keeps_the_key(&done, caller.house.home());
        }
    }
}
