//! The program: builds the outside world, runs, and returns the code.

use std::process::ExitCode;

use sendivent::world::World;

fn main() -> ExitCode {
    let world = World::real();
    ExitCode::from(sendivent::app::run(&world).code())
}
