//! The data that the tests of Rust, Erlang and Elixir share.

use numplan::config::preset::Preset;
use std::error::Error;
use std::fs;
use std::path::PathBuf;

/// A file or folder of the data.
pub(crate) fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../testdata")
        .join(name)
}

/// A configuration's name and JSON text.
type Named = (String, Vec<u8>);

/// The presets, the operators' configurations, and those written for what operators' lack.
pub(crate) fn configurations() -> Result<Vec<Named>, Box<dyn Error>> {
    let presets = Preset::ALL
        .iter()
        .map(|preset| (preset.name().to_owned(), preset.text().as_bytes().to_vec()));
    let mut texts: Vec<Named> = presets.collect();
    for folder in ["configs", "plans"] {
        for entry in fs::read_dir(path(folder))? {
            let file = entry?.path();
            let name = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
            if file.extension().is_some_and(|extension| extension == "json") {
                texts.push((name.to_owned(), fs::read(&file)?));
            }
        }
    }
    Ok(texts)
}

/// The bytes that a cell stands for: `\x0A` is a newline.
pub(crate) fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\\x") {
        bytes.extend(before.as_bytes());
        let (hex, after) = after.split_at(2);
        bytes.push(u8::from_str_radix(hex, 16).unwrap_or_default());
        rest = after;
    }
    bytes.extend(rest.as_bytes());
    bytes
}
