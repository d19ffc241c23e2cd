//! The crates of native libraries, as `cargo tree` resolves them.
//!
//! `cargo metadata` would list what the tests of the workspace turn on as well: features, and with
//! them crates, that are in no library.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use crate::component::Component;
use crate::error;

const FORMAT: &str = "{p}\t{l}\t{r}";

/// The crates that are in the `libraries` for `target`, and those that only build them.
pub(crate) fn linked(target: &str, libraries: &[&str]) -> Result<Vec<Component>, String> {
    let lock = std::fs::read_to_string("Cargo.lock").map_err(|error| error::at("Cargo.lock".as_ref(), &error))?;
    let checksums = checksums(&lock);
    let shipped: BTreeSet<String> = parse(&tree(target, libraries, "normal,no-proc-macro")?, &checksums)?
        .into_iter()
        .map(|crate_| crate_.reference)
        .collect();
    let mut all = parse(&tree(target, libraries, "normal,build")?, &checksums)?;
    for crate_ in &mut all {
        crate_.shipped = shipped.contains(&crate_.reference);
    }
    Ok(all)
}

/// Rust's standard library, which is linked into each native library.
pub(crate) fn standard_library() -> Result<Component, String> {
    let printed = output(Command::new("rustc").arg("--version"))?;
    let version = printed.split(' ').nth(1).ok_or("rustc --version prints no version")?;
    Ok(Component {
        reference: format!("rust-std@{version}"),
        kind: "library",
        name: "rust-std".into(),
        version: version.into(),
        licence: "MIT OR Apache-2.0".into(),
        purl: None,
        sha256: None,
        repository: Some("https://github.com/rust-lang/rust".into()),
        shipped: true,
        needs: Vec::new(),
    })
}

fn tree(target: &str, libraries: &[&str], edges: &str) -> Result<String, String> {
    output(
        Command::new("cargo")
            .args(["tree", "--locked", "--prefix", "depth", "--format", FORMAT])
            .args(libraries.iter().flat_map(|library| ["--package", library]))
            .args(["--target", target, "--edges", edges]),
    )
}

fn output(command: &mut Command) -> Result<String, String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| format!("{program}: {error}"))?;
    if !output.status.success() {
        return Err(format!(
            "{program} failed: {}",
            String::from_utf8_lossy(&output.stderr).trim_end()
        ));
    }
    String::from_utf8(output.stdout).map_err(|error| format!("{program}: {error}"))
}

/// The crates of a tree. Each line has its depth; the last one of the depth before needs it.
fn parse(tree: &str, checksums: &BTreeMap<(String, String), String>) -> Result<Vec<Component>, String> {
    let mut crates: BTreeMap<String, Component> = BTreeMap::new();
    let mut path: Vec<String> = Vec::new();
    for line in tree.lines().filter(|line| !line.is_empty()) {
        let unread = || format!("cargo tree printed a line that is not understood: {line}");
        let digits = line.bytes().take_while(u8::is_ascii_digit).count();
        let (depth, rest) = line.split_at(digits);
        let depth: usize = depth.parse().map_err(|_| unread())?;
        let mut fields = rest.strip_suffix(" (*)").unwrap_or(rest).split('\t');
        let (package, licence, repository) = (fields.next(), fields.next(), fields.next());
        let mut words = package.ok_or_else(unread)?.split(' ');
        let (name, version) = words.next().zip(words.next()).ok_or_else(unread)?;
        let version = version.strip_prefix('v').ok_or_else(unread)?;
        let checksum = checksums.get(&(name.to_owned(), version.to_owned()));
        // No registry has a crate of this workspace; somebody else's may have its name.
        let purl = checksum.map(|_| format!("pkg:cargo/{name}@{version}"));
        let reference = purl.clone().unwrap_or_else(|| format!("crate:{name}@{version}"));
        path.truncate(depth);
        if let Some(parent) = path.last().and_then(|parent| crates.get_mut(parent)) {
            parent.needs.push(reference.clone());
        }
        path.push(reference.clone());
        crates.entry(reference.clone()).or_insert_with(|| Component {
            reference,
            kind: "library",
            name: name.into(),
            version: version.into(),
            licence: spdx(licence.unwrap_or_default()),
            purl,
            sha256: checksum.cloned(),
            repository: repository
                .filter(|repository| !repository.is_empty())
                .map(str::to_owned),
            shipped: true,
            needs: Vec::new(),
        });
    }
    let mut crates: Vec<Component> = crates.into_values().collect();
    for crate_ in &mut crates {
        crate_.needs.sort();
        crate_.needs.dedup();
    }
    Ok(crates)
}

/// The SPDX expression of a licence; older crates separate alternatives by a slash.
fn spdx(licence: &str) -> String {
    licence.split('/').map(str::trim).collect::<Vec<_>>().join(" OR ")
}

/// The SHA-256 of each package from a registry, by name and version, in the text of a `Cargo.lock`.
fn checksums(lock: &str) -> BTreeMap<(String, String), String> {
    let value = |package: &str, key: &str| {
        let line = package
            .lines()
            .find_map(|line| line.strip_prefix(key)?.strip_prefix(" = "))?;
        Some(line.trim_matches('"').to_owned())
    };
    lock.split("[[package]]")
        .filter_map(|package| {
            Some((
                (value(package, "name")?, value(package, "version")?),
                value(package, "checksum")?,
            ))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nsource = \"registry\"\n\
        checksum = \"00ff\"\n\n[[package]]\nname = \"numplan_nif\"\nversion = \"0.1.0\"\n";

    #[test]
    fn a_tree_becomes_crates_and_what_each_needs() -> Result<(), String> {
        let tree = "0numplan_nif v0.1.0 (/src)\tApache-2.0\t\n1a v1.0.0\tMIT/Apache-2.0\thttps://example.com\n\
            2b v2.0.0 (proc-macro)\tMIT\t\n1b v2.0.0 (proc-macro)\tMIT\t (*)\n";
        let crates = parse(tree, &checksums(LOCK))?;
        let needs: Vec<_> = crates
            .iter()
            .map(|crate_| (crate_.reference.as_str(), crate_.needs.join(",")))
            .collect();
        assert_eq!(
            needs,
            [
                ("crate:b@2.0.0", String::new()),
                ("crate:numplan_nif@0.1.0", "crate:b@2.0.0,pkg:cargo/a@1.0.0".into()),
                ("pkg:cargo/a@1.0.0", "crate:b@2.0.0".into()),
            ]
        );
        let a = &crates[2];
        assert_eq!(
            (a.licence.as_str(), a.sha256.as_deref()),
            ("MIT OR Apache-2.0", Some("00ff"))
        );
        assert_eq!(a.repository.as_deref(), Some("https://example.com"));
        Ok(())
    }

    #[test]
    fn a_line_that_is_not_understood_is_an_error_that_shows_it() {
        assert_eq!(
            parse("0numplan_nif", &BTreeMap::new()).err().as_deref(),
            Some("cargo tree printed a line that is not understood: 0numplan_nif")
        );
    }
}
