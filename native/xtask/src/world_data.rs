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
/// The folders with the modules of metadata.
const FOLDERS: [&str; 2] = ["data", "shortdata"];
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../numplan_world/data");

/// Makes the data that is committed, and `manifest.tsv` with its source and sizes.
pub(crate) fn make(wheel: &Path) -> Result<()> {
    let manifest = make_at(wheel, &Path::new(FOLDER).join("world.bin"))?;
    fs::write(Path::new(FOLDER).join("manifest.tsv"), &manifest)?;
    Ok(())
}

/// Makes the data file of a wheel elsewhere, or of a folder with the modules of `data` and
/// `shortdata`.
pub(crate) fn make_at(source: &Path, target: &Path) -> Result<String> {
    let source = if source.is_dir() {
        Source::of_folder(source)?
    } else {
        Source::of_wheel(&fs::read(source)?)?
    };
    let written = file::write(&source.name, &metadata::read(&source.modules)?)?;
    fs::write(target, &written.bytes)?;
    let mut manifest = format!("source\t{PACKAGE} {}\t{}\n", source.name, source.sum);
    writeln!(manifest, "date\t{}", source.date)?;
    writeln!(manifest, "world.bin\t{}\t{}", written.bytes.len(), hash(&written.bytes))?;
    for (name, rows) in written.rows {
        writeln!(manifest, "{name}\t{rows}")?;
    }
    print!("{manifest}");
    Ok(manifest)
}

/// Modules of metadata, and where they are from.
struct Source {
    /// The version of a wheel, or the path of a folder.
    name: String,
    /// The hash of a wheel.
    sum: String,
    /// The day on which a wheel was packed.
    date: String,
    modules: metadata::Modules,
}

impl Source {
    fn of_wheel(wheel: &[u8]) -> Result<Self> {
        let mut archive = ZipArchive::new(Cursor::new(wheel))?;
        let names: Vec<String> = archive.file_names().map(str::to_owned).collect();
        let version = names.iter().find_map(|name| {
            let folder = name.strip_suffix(".dist-info/METADATA")?;
            folder.strip_prefix(PACKAGE)?.strip_prefix('-')
        });
        let version = version.ok_or("the wheel has no phonenumbers-VERSION.dist-info")?;
        let mut date = String::new();
        let mut modules = metadata::Modules::new();
        for name in &names {
            let mut file = archive.by_name(name)?;
            if let Some(packed) = file.last_modified() {
                date = date.max(format!("{}-{:02}-{:02}", packed.year(), packed.month(), packed.day()));
            }
            let Some(path) = name.strip_prefix(PACKAGE).and_then(|path| path.strip_prefix('/')) else {
                continue;
            };
            if path.ends_with(".py") && FOLDERS.iter().any(|folder| path.split('/').next() == Some(folder)) {
                let mut text = String::new();
                file.read_to_string(&mut text)?;
                modules.insert(path.to_owned(), text);
            }
        }
        Ok(Self {
            name: version.to_owned(),
            sum: hash(wheel),
            date,
            modules,
        })
    }

    fn of_folder(folder: &Path) -> Result<Self> {
        let mut modules = metadata::Modules::new();
        for inner in FOLDERS.into_iter().filter(|inner| folder.join(inner).is_dir()) {
            for entry in fs::read_dir(folder.join(inner))? {
                let entry = entry?;
                let name = entry
                    .file_name()
                    .into_string()
                    .map_err(|name| format!("{name:?} is no name"))?;
                if name.ends_with(".py") {
                    modules.insert(format!("{inner}/{name}"), fs::read_to_string(entry.path())?);
                }
            }
        }
        Ok(Self {
            name: folder.display().to_string(),
            sum: String::new(),
            date: String::new(),
            modules,
        })
    }
}

fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
