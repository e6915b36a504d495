//! The program `sendivent`: runs [`sendivent::app`] with this process as its host.

use std::process::ExitCode;

use sendivent::host::Host;

fn main() -> ExitCode {
    let host = Host::real();
    ExitCode::from(sendivent::app::run(&host).code())
}
