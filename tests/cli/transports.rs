use std::net::SocketAddr;
use std::sync::mpsc;
use std::thread::JoinHandle;

use sendivent::host::{Clock, Entropy};
use sendivent::simulator::{ListenOptions, Server, Simulator};
use sendivent::sqlite::DbLocation;
use tokio::sync::oneshot;

use crate::fault_server::KEY;
use crate::harness::TestEnv;

/// A server thread with the clock and the seed of an environment.
struct ServerThread {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl ServerThread {
    fn of(env: &TestEnv) -> Self {
        let location = DbLocation::File(env.path("service.db"));
        let clock = Clock::Manual(env.clock());
        let entropy = Entropy::Seeded(env.seed());
        let (stop, stopped) = oneshot::channel();
        let (ready, address) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            let mut runtime = tokio::runtime::Builder::new_current_thread();
            let runtime = runtime.enable_all().build().unwrap();
            runtime.block_on(async {
                let simulator =
                    Simulator::open_to_serve(&location, clock.clone(), entropy).unwrap();
                let listening = ListenOptions {
                    host: "127.0.0.1".to_owned(),
                    port: 0,
                    allow_remote: false,
                    accept_live_keys: false,
                };
                let server = Server::bind(simulator, &listening).await.unwrap();
                ready.send(server.address()).unwrap();
                let serving = server.start(None, clock);
                // Fails if the thread has ended with the failed test.
                drop(stopped.await);
                drop(serving);
            });
        });
        Self {
            address: address.recv().unwrap(),
            stop: Some(stop),
            thread: Some(thread),
        }
    }
}

impl Drop for ServerThread {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

/// Sends, polls, watches, errors and faults. `L` stands for the last id.
const SCENARIO: &[&str] = &[
    "send welcome --to ada@example.com",
    "status --last",
    "status --last --json",
    "watch --last",
    "status --last --exit-status",
    "send welcome --to ada@example.com -q --idempotency-key twice",
    "send welcome --to ada@example.com --idempotency-key twice",
    "send welcome --to bob@example.com --idempotency-key twice",
    "send welcome --to bounced@simulator.test --wait",
    "send welcome --to bounced@simulator.test --wait --json",
    "status --last --explain",
    "send alert --to '#general' --wait",
    "send alert --to +14155551234 --channel sms -p code=1 --wait=delivered",
    "send welcome --to bob@example.com --to http-402@simulator.test --to eve@example.com",
    "send welcome --to bob@example.com --to eve@example.com --one-request",
    "send welcome --broadcast",
    "send welcome --to http-400@simulator.test",
    "send welcome --to http-401@simulator.test",
    "send welcome --to http-402@simulator.test --json",
    "send welcome --to http-403@simulator.test",
    "send welcome --to http-404@simulator.test",
    "send welcome --to http-409@simulator.test",
    "send welcome --to http-422@simulator.test",
    "send welcome --to http-429@simulator.test",
    "send welcome --to http-429-2@simulator.test",
    "send welcome --to http-500@simulator.test",
    "send welcome --to http-502@simulator.test",
    "send welcome --to http-503@simulator.test --timeout 3s",
    "send welcome --to reset@simulator.test",
    "send welcome --to lostresponse@simulator.test",
    "send welcome --to emptybody@simulator.test",
    "send welcome --to htmlbody@simulator.test",
    "send welcome --to truncated@simulator.test",
    "send welcome --to scalarbody@simulator.test",
    "send welcome --to arraybody@simulator.test",
    "send welcome --to delivered-30s@simulator.test",
    "watch --last --timeout 10s",
    "watch --last",
    "send welcome --to queued@simulator.test -q",
    "cancel welcome --to queued@simulator.test",
    "status --last --exit-status",
    "watch --last --json",
    "status 00000000-0000-7000-8000-000000000000",
    "watch 00000000-0000-7000-8000-000000000000",
    "explain 00000000-0000-7000-8000-000000000000",
];

/// Runs the scenario and returns each command's normalized transcript.
fn run_scenario(env: &TestEnv) -> Vec<String> {
    SCENARIO
        .iter()
        .map(|command| normalize(&env.run(command).transcript()))
        .collect()
}

/// Removes what differs between transports: the service in printed commands; the key's source, which the simulator does
/// not need; and when the simulation is announced: at once with `--simulate`, with the first response from a server.
/// Everything else is the same, ids and times included.
fn normalize(transcript: &str) -> String {
    transcript
        .replace("sendivent --simulate ", "sendivent ")
        .replace(", key from SENDIVENT_API_KEY", "")
        .lines()
        .filter(|line| !line.starts_with("SIMULATED"))
        .map(|line| format!("{line}\n"))
        .collect::<String>()
        .replace("--- stderr\n--- exit", "--- exit")
}

#[test]
fn both_transports_produce_the_same_transcript() {
    let inside = run_scenario(&TestEnv::simulated());
    let env = TestEnv::bare();
    let service = ServerThread::of(&env);
    env.set("SENDIVENT_API_KEY", KEY);
    env.set("SENDIVENT_API_URL", &format!("http://{}", service.address));
    let outside = run_scenario(&env);
    for (inside, outside) in inside.iter().zip(&outside) {
        assert_eq!(inside, outside);
    }
    assert_eq!(inside.len(), SCENARIO.len());
}
