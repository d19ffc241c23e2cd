//! Makes the data files that are committed, and looks at native libraries.
//!
//! `cargo xtask locality-data WHEEL US.txt` makes `native/numplan_locality/data` of PyPI's
//! `phonenumbers` and GeoNames' US postal codes; `make locality-data` fetches both and runs it.
//!
//! `cargo xtask world-data WHEEL` makes `native/numplan_world/data` of PyPI's `phonenumbers`; `make
//! world-data` fetches it and runs this. With a second argument it writes the file there instead,
//! and the first may be a folder of modules.
//!
//! `cargo xtask library-report FILE ...` says what native libraries need of a system, and fails
//! where one would not load on the oldest that an archive serves.

mod fallible;
mod library_report;
mod locality_data;
mod python;
mod world_data;

use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask locality-data PHONENUMBERS.whl US.txt
       cargo xtask world-data PHONENUMBERS.whl [FILE]
       cargo xtask library-report FILE ...";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["locality-data", wheel, postal] => locality_data::make(wheel.as_ref(), postal.as_ref()),
        ["world-data", wheel] => world_data::make(wheel.as_ref()),
        ["world-data", wheel, file] => world_data::make_at(wheel.as_ref(), file.as_ref()).map(|_| ()),
        ["library-report", files @ ..] if !files.is_empty() => library_report::report(files),
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
