//! Writes the bill of materials of a build, as CycloneDX 1.5 in JSON; `scripts/sbom` calls it.
//!
//! It holds the crates that are linked into the native library, those that only build it, the data
//! in it, and, of a release, Erlang's and Elixir's applications. What it holds follows from
//! `Cargo.lock`, cargo's own resolution of features, and the release's folder; so two builds of one
//! commit for one target have equal documents.

mod applications;
mod component;
mod crates;
mod data;
mod document;
mod error;

use std::path::PathBuf;
use std::process::ExitCode;

use crate::document::Build;

const USAGE: &str = "usage: sbom --version VERSION --target TARGET --timestamp TIME [--release FOLDER] OUT.json";

fn main() -> ExitCode {
    match run(std::env::args().skip(1)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("sbom: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: impl Iterator<Item = String>) -> Result<(), String> {
    let options = Options::read(arguments)?;
    let mut build = Build {
        version: options.version,
        target: options.target,
        timestamp: options.timestamp,
        crates: Vec::new(),
        others: data::components(),
    };
    build.crates = crates::linked(&build.target, options.release.is_some())?;
    build.others.push(crates::standard_library()?);
    if let Some(release) = &options.release {
        build.others.extend(applications::components(release)?);
    }
    let text = document::render(&build)?;
    std::fs::write(&options.out, text).map_err(|error| error::at(&options.out, &error))
}

struct Options {
    version: String,
    target: String,
    timestamp: String,
    release: Option<PathBuf>,
    out: PathBuf,
}

impl Options {
    fn read(mut arguments: impl Iterator<Item = String>) -> Result<Options, String> {
        let (mut version, mut target, mut timestamp, mut release, mut out) = (None, None, None, None, None);
        while let Some(argument) = arguments.next() {
            let place = match argument.as_str() {
                "--version" => &mut version,
                "--target" => &mut target,
                "--timestamp" => &mut timestamp,
                "--release" => &mut release,
                _ if argument.starts_with('-') || out.is_some() => return Err(USAGE.into()),
                _ => {
                    out = Some(argument);
                    continue;
                }
            };
            *place = Some(arguments.next().ok_or(USAGE)?);
        }
        Ok(Options {
            version: version.ok_or(USAGE)?,
            target: target.ok_or(USAGE)?,
            timestamp: timestamp.ok_or(USAGE)?,
            release: release.map(PathBuf::from),
            out: out.ok_or(USAGE)?.into(),
        })
    }
}
