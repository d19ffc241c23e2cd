//! Makes the data files that are committed.
//!
//! `cargo xtask locality-data WHEEL US.txt` makes `native/numplan_locality/data` of PyPI's
//! `phonenumbers` and GeoNames' US postal codes; `make locality-data` fetches both and runs it.

mod locality_data;
mod python;

use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask locality-data PHONENUMBERS.whl US.txt";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["locality-data", wheel, postal] => locality_data::make(wheel.as_ref(), postal.as_ref()),
        ["--help"] => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        _ => Err(USAGE.into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
