//! The document: CycloneDX 1.5, in JSON.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::component::Component;

/// A build and what it holds.
pub(crate) struct Build {
    pub(crate) version: String,
    pub(crate) target: String,
    /// When the build's source was committed, as RFC 3339 writes it.
    pub(crate) timestamp: String,
    pub(crate) crates: Vec<Component>,
    /// Data, the standard library, and applications.
    pub(crate) others: Vec<Component>,
}

/// The text of the document. Its serial number follows from the rest of it.
pub(crate) fn render(build: &Build) -> Result<String, String> {
    let mut document = document(build);
    let digest = Sha256::digest(document.to_string());
    document["serialNumber"] = json!(format!("urn:uuid:{}", uuid(&digest)));
    let text = serde_json::to_string_pretty(&document).map_err(|error| error.to_string())?;
    Ok(text + "\n")
}

fn document(build: &Build) -> Value {
    let root = format!("numplan@{}", build.version);
    let all = || build.crates.iter().chain(&build.others);
    // What nothing else needs is needed by the whole.
    let mut needed: Vec<&str> = build.others.iter().map(|other| other.reference.as_str()).collect();
    needed.extend(
        build
            .crates
            .iter()
            .map(|found| found.reference.as_str())
            .filter(|reference| {
                !build
                    .crates
                    .iter()
                    .any(|other| other.needs.iter().any(|need| need == reference))
            }),
    );
    let mut dependencies = vec![json!({"ref": root, "dependsOn": needed})];
    dependencies.extend(all().map(|found| json!({"ref": found.reference, "dependsOn": found.needs})));
    json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "timestamp": build.timestamp,
            "tools": {"components": [{"type": "application", "name": "sbom", "version": env!("CARGO_PKG_VERSION")}]},
            "component": {
                "type": "application",
                "bom-ref": root,
                "name": "numplan",
                "version": build.version,
                "supplier": {"name": "The Numplan developers"},
                "licenses": [{"license": {"id": "Apache-2.0"}}],
                "properties": [{"name": "numplan:target", "value": build.target}],
            },
        },
        "components": all().map(component).collect::<Vec<_>>(),
        "dependencies": dependencies,
    })
}

fn component(found: &Component) -> Value {
    let mut value = json!({
        "type": found.kind,
        "bom-ref": found.reference,
        "name": found.name,
        "version": found.version,
        "scope": if found.shipped { "required" } else { "excluded" },
        "licenses": [{"expression": found.licence}],
    });
    if let Some(purl) = &found.purl {
        value["purl"] = json!(purl);
    }
    if let Some(sha256) = &found.sha256 {
        value["hashes"] = json!([{"alg": "SHA-256", "content": sha256}]);
    }
    if let Some(repository) = &found.repository {
        value["externalReferences"] = json!([{"type": "vcs", "url": repository}]);
    }
    value
}

/// A UUID of version 8 (RFC 9562: its bits are the application's own) from a digest.
fn uuid(digest: &[u8]) -> String {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(version: &str) -> Build {
        let (target, timestamp) = ("x86_64-unknown-linux-gnu".into(), "2026-01-01T00:00:00Z".into());
        Build {
            version: version.into(),
            target,
            timestamp,
            crates: Vec::new(),
            others: crate::data::of_engine(),
        }
    }

    #[test]
    fn equal_builds_have_equal_documents_and_others_another_serial_number() -> Result<(), String> {
        let serial = |text: String| text.lines().find(|line| line.contains("urn:uuid:")).map(str::to_owned);
        assert_eq!(render(&build("1.0.0"))?, render(&build("1.0.0"))?);
        let [one, other] = [serial(render(&build("1.0.0"))?), serial(render(&build("1.0.1"))?)];
        assert!(one.is_some() && one != other);
        Ok(())
    }

    #[test]
    fn a_serial_number_is_a_uuid() {
        assert_eq!(uuid(&[0xff; 32]), "ffffffff-ffff-8fff-bfff-ffffffffffff");
    }
}
