//! Rows of the store's tables, as bytes: the caller knows what they mean.

/// The record of a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Number {
    /// The number in E.164.
    pub id: Vec<u8>,
    /// The account that it is assigned to.
    pub account: Option<Vec<u8>>,
    /// Its state.
    pub state: Vec<u8>,
    /// What it is used by.
    pub used_by: Option<Vec<u8>>,
    /// When it was created, in Gregorian seconds.
    pub created: i64,
    /// When it was last changed; never before `created`.
    pub modified: i64,
    /// How often it was written.
    pub revision: i64,
    /// Sixteen bytes that identify the content.
    pub digest: Vec<u8>,
    /// True if the account's list has it, as it is here.
    pub listed: bool,
    /// All other fields, as JSON.
    pub fields: Vec<u8>,
}

/// An account's copy of a number, where it differs from the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copy {
    /// The number in E.164.
    pub id: Vec<u8>,
    /// All fields, as JSON.
    pub fields: Vec<u8>,
}

/// An account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: Vec<u8>,
    /// Its fields, as JSON.
    pub fields: Vec<u8>,
}

/// A configuration document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Its id.
    pub id: Vec<u8>,
    /// Its revision.
    pub revision: Vec<u8>,
    /// Its content, as JSON.
    pub content: Vec<u8>,
}
