//! The `backplane` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    backplane::cli::main()
}
