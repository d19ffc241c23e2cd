//! Derives line types and trade names from the names and kinds of companies.

/// The kind of a company as answers name it; PCS and resellers of wireless count as wireless.
pub(super) fn category(written: &str) -> String {
    match written.to_uppercase().as_str() {
        "PCS" | "W RESELLER" => "WIRELESS".to_owned(),
        other => other.to_owned(),
    }
}

/// `WIRELESS` or `LANDLINE` for the words and letters in files; empty for others.
pub(super) fn line_type(written: &str) -> &'static str {
    match written.to_uppercase().as_str() {
        "W" | "C" | "WIRELESS" | "CELLULAR" | "MOBILE" | "PCS" => "WIRELESS",
        "L" | "S" | "LANDLINE" | "WIRELINE" | "FIXED" => "LANDLINE",
        _ => "",
    }
}

/// `WIRELESS` or `LANDLINE`, by the company's kind, or by words in its name where the kind is
/// unknown; empty where both are missing.
pub(super) fn derived_line_type(category: &str, company: &str) -> &'static str {
    const WORDS: [&str; 12] = [
        "WIRELESS",
        "CELLULAR",
        "CELLCO",
        "PCS",
        "MOBILE",
        "CINGULAR",
        "OMNIPOINT",
        "POWERTEL",
        "SPRINT SPECTRUM",
        "NEXTEL",
        "METROPCS",
        "T-MOBILE",
    ];
    if company.is_empty() && category.is_empty() {
        return "";
    }
    let company = company.to_uppercase();
    let is_wireless = match category {
        "" => WORDS.iter().any(|word| company.contains(word)),
        category => category == "WIRELESS",
    };
    if is_wireless { "WIRELESS" } else { "LANDLINE" }
}

/// The trade name of a company: the part after "DBA", or else its name without a state at the end.
pub(super) fn dba(company: &str) -> &str {
    if let Some(at) = company.to_uppercase().find(" DBA ") {
        return company.get(at + 5..).unwrap_or(company).trim();
    }
    match company.rsplit_once(" - ") {
        Some((name, state)) if state.len() == 2 && state.bytes().all(|letter| letter.is_ascii_uppercase()) => name,
        _ => company,
    }
}
