//! Applications of Erlang/OTP and Elixir, and the runtime system, in the folder of a release.

use std::path::Path;

use crate::component::Component;
use crate::error;

const ELIXIR: [&str; 6] = ["elixir", "eex", "ex_unit", "iex", "logger", "mix"];

/// The applications in `release`, the numplan application itself left out.
pub(crate) fn components(release: &Path) -> Result<Vec<Component>, String> {
    let mut names = folders(&release.join("lib"))?;
    names.extend(folders(release)?.into_iter().filter(|name| name.starts_with("erts-")));
    names.sort();
    let found: Vec<_> = names.iter().filter_map(|name| name.split_once('-')).collect();
    if found.len() < 2 {
        return Err(format!(
            "{} is no release: it has no lib/kernel-VERSION and no erts-VERSION",
            release.display()
        ));
    }
    Ok(found
        .into_iter()
        .filter(|(name, _)| *name != "numplan")
        .map(|(name, version)| application(name, version))
        .collect())
}

fn folders(path: &Path) -> Result<Vec<String>, String> {
    let entries = std::fs::read_dir(path).map_err(|error| error::at(path, &error))?;
    let names = entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
    names
        .collect::<Result<_, std::io::Error>>()
        .map_err(|error| error::at(path, &error))
}

fn application(name: &str, version: &str) -> Component {
    let purl = format!("pkg:otp/{name}@{version}");
    let repository = if ELIXIR.contains(&name) {
        "elixir-lang/elixir"
    } else {
        "erlang/otp"
    };
    Component {
        reference: purl.clone(),
        kind: "library",
        name: name.into(),
        version: version.into(),
        licence: "Apache-2.0".into(),
        purl: Some(purl),
        sha256: None,
        repository: Some(format!("https://github.com/{repository}")),
        shipped: true,
        needs: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_is_no_release_is_refused_by_name() {
        let error = components(Path::new("src/none")).map_err(|error| error.contains("src/none"));
        assert_eq!(error, Err(true));
    }
}
