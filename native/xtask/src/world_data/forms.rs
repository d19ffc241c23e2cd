//! The ways to write numbers: groups of digits, and templates that they are put into.

use super::metadata::text;
use super::pattern::Pattern;
use crate::fallible::Result;
use crate::python::Value;
use numplan_world::layout::{format::MOST_GROUPS, template};

/// The least and the most digits of each group of a format's pattern.
pub(crate) fn groups(pattern: &str) -> Result<Vec<u8>> {
    let Pattern::Sequence(parts) = Pattern::parse(pattern)? else {
        return Err(format!("{pattern} is no row of groups").into());
    };
    let mut groups = Vec::new();
    for part in &parts {
        let Pattern::Group(_, part) = part else {
            return Err(format!("{pattern} has digits outside of groups").into());
        };
        groups.push(u8::try_from(part.shortest())?);
        groups.push(u8::try_from(part.longest())?);
    }
    if groups.len() > 2 * MOST_GROUPS {
        return Err(format!("{pattern} has more than {MOST_GROUPS} groups").into());
    }
    groups.resize(2 * MOST_GROUPS, 0);
    Ok(groups)
}

/// The templates of a format.
pub(crate) struct Templates {
    /// Within the country.
    pub(crate) national: Vec<u8>,
    /// From abroad.
    pub(crate) international: Vec<u8>,
    /// Within the country, with a carrier code.
    pub(crate) carrier: Option<Vec<u8>>,
}

pub(crate) fn templates(format: &Value) -> Result<Templates> {
    let plain = text(format, "format").ok_or("a format without a text")?;
    let with = |rule: Option<&str>| rule.filter(|rule| !rule.is_empty()).map(|rule| with_rule(plain, rule));
    let national = with(text(format, "national_prefix_formatting_rule")).unwrap_or_else(|| plain.to_owned());
    let carrier = with(text(format, "domestic_carrier_code_formatting_rule"));
    let carrier = carrier.as_deref().map(template).transpose()?;
    Ok(Templates {
        national: template(&national)?,
        international: template(plain)?,
        carrier,
    })
}

/// A format whose first group is written by a rule, in which `\1` is that group.
fn with_rule(format: &str, rule: &str) -> String {
    let Some((before, rest)) = format.split_once('\\') else {
        return format.to_owned();
    };
    let (group, behind) = rest.split_at(rest.len().min(1));
    format!("{before}{}{behind}", rule.replace("\\1", &format!("\\{group}")))
}

/// A template of the data file, of one with `\1` for the first group and `$CC` for the carrier
/// code.
pub(crate) fn template(text: &str) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        bytes.push(match letter {
            '\\' => {
                let group = letters
                    .next()
                    .and_then(|group| group.to_digit(10))
                    .filter(|group| (1..=5).contains(group));
                template::GROUP + u8::try_from(group.ok_or_else(|| format!("{text} has a strange group"))?)? - 1
            }
            '$' if letters.as_str().starts_with("CC") => {
                letters.nth(1);
                template::CARRIER
            }
            ' '..='~' if letter != '$' => u8::try_from(letter)?,
            _ => return Err(format!("{text} holds {letter:?}").into()),
        });
    }
    Ok(bytes)
}
