//! Writes the bill of materials of a build, as CycloneDX 1.5 in JSON; `scripts/sbom` calls it.
//!
//! It holds the crates that are linked into the native libraries, those that only build them, the
//! data in them, and, of a release, Erlang's and Elixir's applications. What it holds follows from
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

const USAGE: &str =
    "usage: sbom --version VERSION --target TARGET --timestamp TIME [--store | --release FOLDER] OUT.json";

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
    let (libraries, mut others): (&[&str], _) = match &options.artefact {
        Artefact::Engine => (&[ENGINE], data::of_engine()),
        Artefact::Store => (&[STORE], data::of_store()),
        Artefact::Release(folder) => {
            let both = data::of_engine().into_iter().chain(data::of_store());
            (
                &[ENGINE, STORE],
                both.chain(applications::components(folder)?).collect(),
            )
        }
    };
    others.push(crates::standard_library()?);
    let text = document::render(&Build {
        crates: crates::linked(&options.target, libraries)?,
        version: options.version,
        target: options.target,
        timestamp: options.timestamp,
        others,
    })?;
    std::fs::write(&options.out, text).map_err(|error| error::at(&options.out, &error))
}

/// The native libraries: the engine's, which every build has, and that of the embedded store.
const ENGINE: &str = "numplan_nif";
const STORE: &str = "numplan_store_nif";

/// What the document describes.
enum Artefact {
    Engine,
    Store,
    /// A release in this folder, with both libraries.
    Release(PathBuf),
}

struct Options {
    version: String,
    target: String,
    timestamp: String,
    artefact: Artefact,
    out: PathBuf,
}

impl Options {
    fn read(mut arguments: impl Iterator<Item = String>) -> Result<Options, String> {
        let (mut version, mut target, mut timestamp, mut release, mut out) = (None, None, None, None, None);
        let mut store = false;
        while let Some(argument) = arguments.next() {
            let place = match argument.as_str() {
                "--version" => &mut version,
                "--target" => &mut target,
                "--timestamp" => &mut timestamp,
                "--release" => &mut release,
                "--store" => {
                    store = true;
                    continue;
                }
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
            artefact: match (store, release) {
                (false, None) => Artefact::Engine,
                (true, None) => Artefact::Store,
                (false, Some(folder)) => Artefact::Release(folder.into()),
                (true, Some(_)) => return Err(USAGE.into()),
            },
            out: out.ok_or(USAGE)?.into(),
        })
    }
}
