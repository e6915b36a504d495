use std::io::{BufRead, Read};
use std::time::Duration;

use nix::sys::signal::Signal;

use crate::hostile::{Act, Caller, Deaf, Hostile, ID, RECEIPT, Seen, answer, json, notification};

fn look(status: &str) -> Act {
    Act::Answer(json(200, &notification(ID, status)))
}

/// Returns how often one text stands in another.
fn count(text: &str, part: &str) -> usize {
    text.matches(part).count()
}

#[test]
fn an_outage_of_every_kind_is_two_lines_and_the_verdict_is_true() {
    let port = Deaf::new();
    let caller = Caller::new(port.url());
    let mut process = caller.start(&format!("watch {ID} --interval 50ms --timeout 1m"));
    let mut stderr = process.stderr();
    let mut told = String::new();
    stderr.read_line(&mut told).unwrap();
    assert!(told.contains("refused the connection"), "{told}");
    let acts = vec![
        Act::Answer(json(503, "{}")),
        Act::Answer(answer(429, &["Retry-After: 1"], "{}")),
        Act::Reset(vec![]),
        Act::Close(b"HTTP/1.1 2".to_vec()),
        Act::Answer(answer(502, &["Content-Type: text/html"], "<html>")),
        Act::Answer(answer(302, &["Location: https://login.example.net/"], "")),
        Act::Answer(json(200, "{\"id\":")),
        look("queued"),
        look("sent"),
        look("delivered"),
    ];
    let server = port.listens(move |seen| acts[seen.number.min(acts.len() - 1)].clone());
    let done = process.end().code(0);
    stderr.read_to_string(&mut told).unwrap();
    assert_eq!(count(&told, "still trying"), 1, "{told}");
    assert_eq!(count(&told, "news again"), 1, "{told}");
    let seen = server.seen();
    assert_eq!(seen.len(), 10);
    let waited = seen[2].at - seen[1].at;
    assert!(
        waited >= Duration::from_millis(950),
        "Retry-After: {waited:?}"
    );
    for status in ["queued", "sent", "delivered"] {
        assert!(done.stdout.contains(status), "{done:#?}");
    }
}

#[test]
fn two_outages_are_told_apart() {
    let acts = [
        Act::Answer(json(503, "{}")),
        look("queued"),
        Act::Answer(json(500, "{}")),
        Act::Reset(vec![]),
        look("failed"),
    ];
    let server = Hostile::playing(acts.to_vec());
    let done = Caller::new(server.url()).run(&format!("watch {ID} --interval 20ms"));
    let done = done.code(3);
    assert_eq!(count(&done.stderr, "still trying"), 2, "{done:#?}");
    assert_eq!(count(&done.stderr, "news again"), 2, "{done:#?}");
}

#[test]
fn a_watch_gives_up_after_so_many_errors_in_a_row_and_not_before() {
    let acts = [
        Act::Answer(json(503, "{}")),
        Act::Answer(json(503, "{}")),
        look("queued"),
        Act::Answer(json(503, "{}")),
    ];
    let server = Hostile::playing(acts.to_vec());
    let caller = Caller::new(server.url());
    let done = caller.run(&format!("watch {ID} --interval 20ms --max-errors 3"));
    done.code(69)
        .says(&["gave up", "resume with: sendivent watch"]);
    assert_eq!(server.seen().len(), 6);
}

#[test]
fn a_deadline_after_some_news_is_124_and_without_any_there_is_no_verdict() {
    let unavailable = || Act::Answer(json(503, "{}"));
    let resume = format!("resume with: sendivent watch {ID}");
    for (acts, code, says) in [
        (vec![unavailable()], 69, "gave up after 1 s: "),
        (vec![Act::Hang(vec![])], 69, "no answer within"),
        (vec![Act::Answer(json(200, "{}"))], 69, "is not the JSON"),
        (vec![look("sent")], 124, "1 message still pending after 1 s"),
        (
            vec![look("sent"), unavailable()],
            124,
            "with no news: the service failed",
        ),
    ] {
        let server = Hostile::playing(acts);
        let caller = Caller::new(server.url());
        let done = caller.run(&format!("watch {ID} --timeout 1s"));
        let done = done.code(code).says(&[&resume, says]);
        assert!(count(&done.stderr, "still trying") <= 1, "{done:#?}");
    }
}

#[test]
fn a_wait_that_never_had_an_answer_has_no_verdict() {
    for (status, says) in [
        (503, "the service failed (HTTP 503)"),
        (
            404,
            "the service does not know 550e8400-e29b-41d4-a716-446655440000 yet (HTTP 404)",
        ),
    ] {
        let acts = [json(200, RECEIPT), json(status, "{}")].map(Act::Answer);
        let server = Hostile::playing(acts.to_vec());
        let caller = Caller::new(server.url());
        let done = caller.run("send welcome --to ada@example.com --wait --timeout 2s");
        done.code(69).says(&[says, "resume with: "]);
    }
}

#[test]
fn what_looks_once_or_had_an_answer_claims_neither_silence_nor_another_try() {
    let acts = [answer(429, &[], r#"{"error":"Rate limit"}"#)].map(Act::Answer);
    let server = Hostile::playing(acts.to_vec());
    let caller = Caller::new(server.url());
    let once = caller.run(&format!("watch {ID} --timeout 0"));
    let once = once.code(69).says(&["Rate limit (HTTP 429)"]);
    assert!(!once.stderr.contains("still trying"), "{once:#?}");
    let done = caller.run(&format!("watch {ID} --timeout 1s"));
    let done = done
        .code(69)
        .says(&["no news, still trying: Rate limit (HTTP 429)"]);
    assert!(!done.stderr.contains("does not answer"), "{done:#?}");
}

#[test]
fn an_interrupt_in_the_middle_of_a_look_ends_the_watch_at_once() {
    for (signal, code) in [(Signal::SIGINT, 130), (Signal::SIGTERM, 143)] {
        let server = Hostile::playing(vec![Act::Hang(vec![])]);
        let caller = Caller::new(server.url());
        let process = caller.start(&format!("watch {ID}"));
        crate::process::until("asked", || server.seen().len() == 1);
        process.signal(signal);
        process.end().code(code).says(&["resume with: "]);
    }
}

#[test]
fn a_send_that_waits_gives_its_id_time_to_become_known() {
    let acts = [
        Act::Answer(json(200, RECEIPT)),
        Act::Answer(json(404, "{}")),
        Act::Answer(json(404, "{}")),
        look("delivered"),
    ];
    let server = Hostile::playing(acts.to_vec());
    let done = Caller::new(server.url()).run("send welcome --to ada@example.com --wait");
    let done = done.code(0);
    assert!(done.stdout.contains("accepted"), "{done:#?}");
    assert_eq!(server.seen().len(), 4);
}

fn ids() -> Vec<String> {
    (0..100)
        .map(|number| format!("550e8400-e29b-41d4-a716-{number:012}"))
        .collect()
}

/// Answers that the notification that was asked for is on its way.
fn under_way(headers: &'static [&'static str]) -> impl Fn(&Seen) -> Act {
    move |seen| {
        let id = seen.line().rsplit('/').next().unwrap();
        Act::Answer(answer(200, headers, &notification(id, "sent")))
    }
}

#[test]
fn a_watch_of_a_hundred_keeps_to_its_rate_and_to_one_pool_of_connections() {
    const RATE: usize = 10;
    let server = Hostile::new(under_way(&[]));
    let caller = Caller::new(server.url());
    let command = format!("watch {} --progress none --timeout 4s", ids().join(" "));
    caller.run(&command).code(124);
    let seen = server.seen();
    assert!(server.accepted() <= 8, "{} connections", server.accepted());
    let asked: Vec<&str> = seen.iter().map(Seen::line).collect();
    let mut unique = asked.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(
        unique.len(),
        asked.len(),
        "one was asked twice before others"
    );
    // In all: the first at once, and then ten a second. In any second: what was under way may come in one heap when
    // this machine is busy.
    let first = seen[0].at;
    for (index, request) in seen.iter().enumerate() {
        let after = (request.at - first).as_secs_f64();
        let allowed = 2.0 + after * 10.0 + 8.0;
        let count = u32::try_from(index + 1).unwrap();
        assert!(f64::from(count) <= allowed, "{count} after {after} s");
        let second = request.at + Duration::from_secs(1);
        let within = seen[index..].iter().filter(|other| other.at < second);
        let within = within.count();
        assert!(within <= 2 * RATE, "{within} within a second");
    }
    assert!(seen.len() >= 10, "only {} in four seconds", seen.len());
}

#[test]
fn whoever_says_that_it_is_simulated_has_no_rate() {
    let server = Hostile::new(under_way(&["X-Sendivent-Simulated: true"]));
    let caller = Caller::new(server.url());
    let command = format!("watch {} --progress none --timeout 5s", ids().join(" "));
    caller.run(&command).code(124).says(&["SIMULATED"]);
    assert!(server.accepted() <= 8, "{} connections", server.accepted());
    assert!(server.seen().len() >= 100, "{}", server.seen().len());
}
