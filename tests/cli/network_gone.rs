use std::net::ToSocketAddrs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::hostile::{Caller, ID};
use crate::process::{Done, skipped};

/// How long a run may take beyond what it was allowed: this machine may be busy.
const SLACK: Duration = Duration::from_secs(15);

/// A name that is never given to anybody (RFC 6761).
const NOBODY: &str = "https://nobody.invalid";

#[test]
fn a_name_that_nobody_has_is_said_to_be_so_within_the_limit() {
    let asked = Instant::now();
    let found = ("nobody.invalid", 443).to_socket_addrs();
    if found.is_ok() || asked.elapsed() > Duration::from_millis(500) {
        skipped("the DNS server of this system is slow, or knows names that there are not");
        return;
    }
    for url in [NOBODY, "http://nobody.invalid"] {
        let caller = Caller::new(url);
        let start = Instant::now();
        let send = "--allow-http send welcome --to ada@example.com --timeout 2s";
        caller.run(send).code(69).says(&[
            "outcome unknown: the name nobody.invalid could not be resolved (DNS)",
            "sendivent doctor",
            "--idempotency-key",
        ]);
        assert!(start.elapsed() < Duration::from_secs(2) + SLACK);
        let done = caller.run("--allow-http doctor").code(69);
        assert!(done.stdout.contains("dns"), "{done:#?}");
        let watch = format!("--allow-http watch {ID} --timeout 1s");
        let done = caller.run(&watch).code(69).says(&["resume with: "]);
        assert_eq!(done.stderr.matches("still trying").count(), 1, "{done:#?}");
    }
}

#[test]
fn plain_http_to_another_machine_is_refused_before_anything_is_looked_up() {
    let caller = Caller::new("http://nobody.invalid");
    caller
        .run("send welcome --to ada@example.com")
        .code(2)
        .says(&["is not encrypted", "--allow-http"]);
}

/// A network of a process's own.
#[derive(Clone, Copy)]
enum Network {
    /// Nothing is there.
    None,
    /// Everything is there, and nothing ever comes back; the DNS server is such a thing.
    Dark,
}

impl Network {
    /// Returns what makes it, as a line for the shell. Nothing of it is seen by any other process.
    fn line(self) -> &'static str {
        match self {
            Self::None => ":",
            Self::Dark => {
                "ip link set lo up && ip route add default dev lo src 127.0.0.1 && \
                 echo nameserver 192.0.2.1 > resolv.conf && mount --bind resolv.conf /etc/resolv.conf"
            }
        }
    }

    /// Runs a command there; nothing where the system gives nobody a network of their own.
    fn run(self, command: &Command, folder: &Path) -> Option<Done> {
        let within = |line: &str| {
            let mut within = Command::new("/usr/bin/unshare");
            within
                .args([
                    "--user",
                    "--map-root-user",
                    "--net",
                    "--mount",
                    "/bin/sh",
                    "-c",
                ])
                .arg(format!("{} && {line}", self.line()))
                .env_clear()
                .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
                .current_dir(folder)
                .stdin(Stdio::null());
            within
        };
        let probe = within("/bin/true").output();
        if !probe.is_ok_and(|output| output.status.success()) {
            skipped("this system gives nobody a network of their own");
            return None;
        }
        let mut alone = within("exec \"$0\" \"$@\"");
        alone.arg(command.get_program()).args(command.get_args());
        for (name, value) in command.get_envs() {
            if let Some(value) = value {
                alone.env(name, value);
            }
        }
        Some(Done::of(alone.output().unwrap()))
    }
}

#[test]
fn no_network_at_all_and_one_that_swallows_everything() {
    for (network, url, says) in [
        (Network::None, NOBODY, "could not be resolved (DNS)"),
        (
            Network::None,
            "https://192.0.2.1",
            "192.0.2.1:443 could not be reached",
        ),
        (Network::None, "http://127.0.0.1:9", "127.0.0.1:9"),
        (
            Network::Dark,
            NOBODY,
            "nobody.invalid:443 could not be reached: no connection within",
        ),
        (
            Network::Dark,
            "https://192.0.2.1",
            "192.0.2.1:443 could not be reached: no connection within",
        ),
    ] {
        let caller = Caller::new(url);
        let send = caller.command("send welcome --to ada@example.com --timeout 2s");
        let start = Instant::now();
        let Some(done) = network.run(&send, caller.house.home()) else {
            return;
        };
        let took = start.elapsed();
        done.code(69)
            .says(&["outcome unknown", says, "--idempotency-key", "hint: "]);
        assert!(took < Duration::from_secs(2) + SLACK, "{url}: {took:?}");
        let watch = caller.command(&format!("watch {ID} --timeout 2s"));
        let done = network.run(&watch, caller.house.home()).unwrap();
        done.code(69).says(&["resume with: "]);
    }
}
