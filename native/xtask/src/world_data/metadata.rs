//! libphonenumber's metadata, as the modules of Python's `phonenumbers` hold it.

use crate::fallible::Result;
use crate::python::{Value, assigned};
use std::collections::BTreeMap;

/// The members of a region's metadata that describe types, in the order of `NumberType`. A number
/// that may be of a fixed line or a mobile has the description of a fixed line.
pub(crate) const TYPES: [&str; 12] = [
    "fixed_line",
    "mobile",
    "fixed_line",
    "toll_free",
    "premium_rate",
    "shared_cost",
    "voip",
    "personal_number",
    "pager",
    "uan",
    "voicemail",
    "general_desc",
];

/// The members of the metadata of short numbers, in the order of the flags in `layout::short`.
pub(crate) const SHORT: [&str; 8] = [
    "general_desc",
    "toll_free",
    "premium_rate",
    "emergency",
    "short_code",
    "standard_rate",
    "carrier_specific",
    "sms_services",
];

/// All modules: their paths below the folder of metadata, and their text.
pub(crate) type Modules = BTreeMap<String, String>;

/// A calling code with its regions, the main one first.
pub(crate) struct Code {
    pub(crate) code: u16,
    pub(crate) regions: Vec<Region>,
}

/// A region with its metadata.
pub(crate) struct Region {
    pub(crate) name: String,
    pub(crate) metadata: Value,
    pub(crate) short: Option<Value>,
}

/// What describes numbers of one kind.
pub(crate) struct Description<'a> {
    pub(crate) pattern: Option<&'a str>,
    pub(crate) lengths: Vec<u32>,
    pub(crate) local_lengths: Vec<u32>,
    pub(crate) example: Option<&'a str>,
}

/// Reads all regions, in the order of their calling codes.
pub(crate) fn read(modules: &Modules) -> Result<Vec<Code>> {
    let index = module(modules, "data/__init__.py")?;
    let codes = assigned(index, "_COUNTRY_CODE_TO_REGION_CODE")?;
    let mut read = Vec::new();
    for (code, names) in codes.members() {
        let names = names.elements().iter().filter_map(Value::text);
        let regions: Result<Vec<Region>> = names.map(|name| region(modules, code, name)).collect();
        read.push(Code {
            code: code.parse()?,
            regions: regions?,
        });
    }
    read.sort_by_key(|code| code.code);
    Ok(read)
}

fn region(modules: &Modules, code: &str, name: &str) -> Result<Region> {
    let key = if name == "001" { code } else { name };
    let variable = format!("PHONE_METADATA_{key}");
    let metadata = assigned(module(modules, &format!("data/region_{key}.py"))?, &variable)?;
    let short = modules.get(&format!("shortdata/region_{key}.py"));
    let short = short.map(|source| assigned(source, &variable)).transpose()?;
    Ok(Region {
        name: name.to_owned(),
        metadata,
        short,
    })
}

fn module<'a>(modules: &'a Modules, path: &str) -> Result<&'a str> {
    Ok(modules.get(path).ok_or_else(|| format!("there is no {path}"))?)
}

/// A member that is a text; `None` where there is none.
pub(crate) fn text<'a>(metadata: &'a Value, member: &str) -> Option<&'a str> {
    metadata.get(member)?.text()
}

/// A description of a region's metadata; `None` where there are no such numbers, for which the
/// length -1 may stand too.
pub(crate) fn description<'a>(metadata: &'a Value, member: &str) -> Option<Description<'a>> {
    let found = metadata
        .get(member)
        .filter(|found| matches!(found, Value::Dictionary(_)))?;
    let numbers = |member: &str| -> Vec<u32> {
        let elements = found.get(member).map(Value::elements).unwrap_or_default();
        elements
            .iter()
            .filter_map(Value::number)
            .filter_map(|number| u32::try_from(number).ok())
            .collect()
    };
    let length = found
        .get("possible_length")
        .and_then(|lengths| lengths.elements().first()?.number());
    if length == Some(-1) {
        return None;
    }
    Some(Description {
        pattern: text(found, "national_number_pattern"),
        lengths: numbers("possible_length"),
        local_lengths: numbers("possible_length_local_only"),
        example: text(found, "example_number"),
    })
}
