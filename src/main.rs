//! The program: builds the outside world, runs, and returns the code.

use std::process::ExitCode;

use sendivent::host::Host;

fn main() -> ExitCode {
    let host = Host::real();
    ExitCode::from(sendivent::app::run(&host).code())
}
