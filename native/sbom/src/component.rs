//! One thing that a build holds.

/// A component, with what a reader needs to find it and its licence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Component {
    /// Its identity in the document: the package URL where there is one.
    pub(crate) reference: String,
    /// What CycloneDX calls its type: `library` or `data`.
    pub(crate) kind: &'static str,
    pub(crate) name: String,
    pub(crate) version: String,
    /// An SPDX expression.
    pub(crate) licence: String,
    /// The package URL; none for what no registry has.
    pub(crate) purl: Option<String>,
    /// The SHA-256 of the package as the registry serves it, in hex.
    pub(crate) sha256: Option<String>,
    /// Where its source is.
    pub(crate) repository: Option<String>,
    /// Whether it is part of what is shipped, and not only needed to build it.
    pub(crate) shipped: bool,
    /// The references of the components that it needs.
    pub(crate) needs: Vec<String>,
}
