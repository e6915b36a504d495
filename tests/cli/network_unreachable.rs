use std::net::ToSocketAddrs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::fault_server::{ID, ServiceEnv};
use crate::process::{ProcessOutput, report_skipped};

/// Tolerance beyond the timeout, for a busy machine.
const SLACK: Duration = Duration::from_secs(15);

/// A name that never resolves (RFC 6761).
const UNRESOLVABLE: &str = "https://nobody.invalid";

#[test]
fn an_unresolvable_host_is_reported_within_the_timeout() {
    let requests = Instant::now();
    let found = ("nobody.invalid", 443).to_socket_addrs();
    if found.is_ok() || requests.elapsed() > Duration::from_millis(500) {
        report_skipped("the DNS server of this system is slow, or knows names that there are not");
        return;
    }
    for url in [UNRESOLVABLE, "http://nobody.invalid"] {
        let client = ServiceEnv::new(url);
        let start = Instant::now();
        let send = "--allow-http send welcome --to ada@example.com --timeout 2s";
        client.run(send).assert_code(69).assert_stderr_contains(&[
            "outcome unknown: the name nobody.invalid could not be resolved (DNS)",
            "sendivent doctor",
            "--idempotency-key",
        ]);
        assert!(start.elapsed() < Duration::from_secs(2) + SLACK);
        let output = client.run("--allow-http doctor").assert_code(69);
        assert!(output.stdout.contains("dns"), "{output:#?}");
        let watch = format!("--allow-http watch {ID} --timeout 1s");
        let output = client
            .run(&watch)
            .assert_code(69)
            .assert_stderr_contains(&["resume with: "]);
        assert_eq!(output.stderr.matches("retrying").count(), 1, "{output:#?}");
    }
}

#[test]
fn plain_http_to_another_host_is_rejected_before_name_resolution() {
    let client = ServiceEnv::new("http://nobody.invalid");
    client
        .run("send welcome --to ada@example.com")
        .assert_code(2)
        .assert_stderr_contains(&["is not encrypted", "--allow-http"]);
}

/// A network namespace for a process.
#[derive(Clone, Copy)]
enum Network {
    /// No interface is up.
    None,
    /// All packets are dropped, those to the DNS server too.
    Dark,
}

impl Network {
    /// Returns the shell commands that set it up inside the namespace.
    fn network_script(self) -> &'static str {
        match self {
            Self::None => ":",
            Self::Dark => {
                "ip link set lo up && ip route add default dev lo src 127.0.0.1 && \
                 echo nameserver 192.0.2.1 > resolv.conf && mount --bind resolv.conf /etc/resolv.conf"
            }
        }
    }

    /// Runs a command in it; `None` where the system allows no network namespaces.
    fn run_in_network(self, command: &Command, directory: &Path) -> Option<ProcessOutput> {
        let namespace_command = |script: &str| {
            let mut command = Command::new("/usr/bin/unshare");
            command
                .args([
                    "--user",
                    "--map-root-user",
                    "--net",
                    "--mount",
                    "/bin/sh",
                    "-c",
                ])
                .arg(format!("{} && {script}", self.network_script()))
                .env_clear()
                .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
                .current_dir(directory)
                .stdin(Stdio::null());
            command
        };
        let probe = namespace_command("/bin/true").output();
        if !probe.is_ok_and(|output| output.status.success()) {
            report_skipped("this system does not allow network namespaces");
            return None;
        }
        let mut alone = namespace_command("exec \"$0\" \"$@\"");
        alone.arg(command.get_program()).args(command.get_args());
        for (name, value) in command.get_envs() {
            if let Some(value) = value {
                alone.env(name, value);
            }
        }
        Some(ProcessOutput::of(alone.output().unwrap()))
    }
}

#[test]
fn missing_network_and_dropped_packets() {
    for (network, url, expected) in [
        (Network::None, UNRESOLVABLE, "could not be resolved (DNS)"),
        (
            Network::None,
            "https://192.0.2.1",
            "192.0.2.1:443 could not be reached",
        ),
        (Network::None, "http://127.0.0.1:9", "127.0.0.1:9"),
        (
            Network::Dark,
            UNRESOLVABLE,
            "nobody.invalid:443 could not be reached: no connection within",
        ),
        (
            Network::Dark,
            "https://192.0.2.1",
            "192.0.2.1:443 could not be reached: no connection within",
        ),
    ] {
        let client = ServiceEnv::new(url);
        let send = client.command("send welcome --to ada@example.com --timeout 2s");
        let start = Instant::now();
        let Some(output) = network.run_in_network(&send, client.env.home()) else {
            return;
        };
        let took = start.elapsed();
        output.assert_code(69).assert_stderr_contains(&[
            "outcome unknown",
            expected,
            "--idempotency-key",
            "hint: ",
        ]);
        assert!(took < Duration::from_secs(2) + SLACK, "{url}: {took:?}");
        let watch = client.command(&format!("watch {ID} --timeout 2s"));
        let output = network.run_in_network(&watch, client.env.home()).unwrap();
        output
            .assert_code(69)
            .assert_stderr_contains(&["resume with: "]);
    }
}
