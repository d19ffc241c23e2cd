//! Makes the data of `numplan_world`: libphonenumber's metadata as one automaton over digits.

mod file;
mod forms;
mod metadata;
mod moore;
mod pack;
mod pattern;
mod plan;
mod program;
mod unicode;

use crate::fallible::Result;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::fs;
use std::io::{Cursor, Read};
use std::path::Path;
use zip::ZipArchive;

const PACKAGE: &str = "phonenumbers";
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../numplan_world/data");

/// Makes the data that is committed, and `manifest.tsv` with its source and sizes.
pub(crate) fn make(wheel: &Path) -> Result<()> {
    let manifest = make_at(wheel, &Path::new(FOLDER).join("world.bin"))?;
    fs::write(Path::new(FOLDER).join("manifest.tsv"), &manifest)?;
    Ok(())
}

/// Makes the data file of a wheel elsewhere.
pub(crate) fn make_at(wheel: &Path, target: &Path) -> Result<String> {
    let wheel_bytes = fs::read(wheel)?;
    let mut archive = ZipArchive::new(Cursor::new(&wheel_bytes))?;
    let (version, modules) = modules(&mut archive)?;
    let written = file::write(&version, &metadata::read(&modules)?)?;
    fs::write(target, &written.bytes)?;
    let mut manifest = format!("source\t{PACKAGE} {version}\t{}\n", hash(&wheel_bytes));
    writeln!(manifest, "world.bin\t{}\t{}", written.bytes.len(), hash(&written.bytes))?;
    for (name, rows) in written.rows {
        writeln!(manifest, "{name}\t{rows}")?;
    }
    print!("{manifest}");
    Ok(manifest)
}

/// The version of a wheel, and its modules of metadata.
fn modules(archive: &mut ZipArchive<Cursor<&Vec<u8>>>) -> Result<(String, metadata::Modules)> {
    let names: Vec<String> = archive.file_names().map(str::to_owned).collect();
    let version = names.iter().find_map(|name| {
        let folder = name.strip_suffix(".dist-info/METADATA")?;
        folder.strip_prefix(PACKAGE)?.strip_prefix('-')
    });
    let version = version
        .ok_or("the wheel has no phonenumbers-VERSION.dist-info")?
        .to_owned();
    let mut modules = metadata::Modules::new();
    for name in &names {
        let Some(path) = name.strip_prefix(PACKAGE).and_then(|path| path.strip_prefix('/')) else {
            continue;
        };
        if path.ends_with(".py") && (path.starts_with("data/") || path.starts_with("shortdata/")) {
            let mut text = String::new();
            archive.by_name(name)?.read_to_string(&mut text)?;
            modules.insert(path.to_owned(), text);
        }
    }
    Ok((version, modules))
}

fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
