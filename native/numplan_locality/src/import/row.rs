//! Reads a row of a file: data on a code, a block or a company.

use super::column::{Column, Columns};
use super::company;
use crate::snapshot::{Holder, Place};

/// Why a row is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rejected {
    /// Nobody holds the code or block.
    Unassigned,
    /// The row is wrong.
    Because(&'static str),
}

use Rejected::{Because, Unassigned};

/// A postal code and its share of the code as a sort key: the smallest comes first.
pub(super) type Postal = ((i64, i64), String);

/// A row of a file.
pub(super) enum Row {
    /// Data on a code, or on one of its blocks (0 to 9).
    Code {
        code: u32,
        block: Option<u32>,
        place: Box<Place<String>>,
        holder: Box<Holder<String>>,
        postal: Vec<Postal>,
    },
    /// Data on a company, by its OCN.
    Company(Box<Holder<String>>),
}

/// Words for codes and blocks without a holder or not in service.
const UNASSIGNED: [&str; 12] = [
    "UA",
    "AV",
    "RT",
    "RV",
    "RS",
    "PR",
    "VC",
    "UNASSIGNED",
    "AVAILABLE",
    "RESERVED",
    "PROTECTED",
    "INACTIVE",
];

/// Canada's provinces and territories, which CNAC's files name in full.
const PROVINCES: [(&str, &str); 13] = [
    ("ALBERTA", "AB"),
    ("BRITISH COLUMBIA", "BC"),
    ("MANITOBA", "MB"),
    ("NEW BRUNSWICK", "NB"),
    ("NEWFOUNDLAND AND LABRADOR", "NL"),
    ("NORTHWEST TERRITORIES", "NT"),
    ("NOVA SCOTIA", "NS"),
    ("NUNAVUT", "NU"),
    ("ONTARIO", "ON"),
    ("PRINCE EDWARD ISLAND", "PE"),
    ("QUEBEC", "QC"),
    ("SASKATCHEWAN", "SK"),
    ("YUKON", "YT"),
];

impl Row {
    pub(super) fn read(columns: &mut Columns, line: &str) -> Result<Self, Rejected> {
        let cells = columns.cells(line).ok_or(Because("quote without end"))?;
        let cell = |column| columns.cell(&cells, column);
        if !columns.has(Column::Nxx) && !columns.has(Column::NpaNxx) {
            let holder = holder(cell)?;
            return match holder.ocn.is_empty() {
                true => Err(Because("no OCN")),
                false => Ok(Self::Company(Box::new(holder))),
            };
        }
        if cell(Column::Status).is_some_and(|status| UNASSIGNED.contains(&status.to_uppercase().as_str())) {
            return Err(Unassigned);
        }
        Ok(Self::Code {
            code: code(cell)?,
            block: block(cell)?,
            place: Box::new(place(cell)?),
            holder: Box::new(holder(cell)?),
            postal: postal(cell)?,
        })
    }
}

fn code<'a>(cell: impl Fn(Column) -> Option<&'a str>) -> Result<u32, Rejected> {
    let (npa, nxx) = match (cell(Column::Npa), cell(Column::Nxx), cell(Column::NpaNxx)) {
        (Some(npa), Some(nxx), _) => (npa, nxx),
        (_, _, Some(both)) => {
            let nxx = both.get(3..).ok_or(Because("NPA-NXX that is not six digits"))?;
            (both.get(..3).unwrap_or_default(), nxx.strip_prefix('-').unwrap_or(nxx))
        }
        _ => return Err(Because("no NPA and NXX")),
    };
    let npa = code_part(npa).ok_or(Because("NPA that is not 200 to 999"))?;
    let nxx = code_part(nxx).ok_or(Because("NXX that is not 200 to 999"))?;
    Ok(npa * 1_000 + nxx)
}

fn code_part(digits: &str) -> Option<u32> {
    let is_one = digits.len() == 3 && digits.bytes().all(|digit| digit.is_ascii_digit());
    digits.parse().ok().filter(|number| is_one && *number >= 200)
}

/// The block that a row is on; `None` for the whole code, which has no block or `A`.
fn block<'a>(cell: impl Fn(Column) -> Option<&'a str>) -> Result<Option<u32>, Rejected> {
    match cell(Column::Block) {
        None | Some("A" | "a") => Ok(None),
        Some(block) if block.len() == 1 => block
            .parse()
            .map(Some)
            .map_err(|_| Because("block that is not 0 to 9 or A")),
        Some(_) => Err(Because("block that is not 0 to 9 or A")),
    }
}

fn place<'a>(cell: impl Fn(Column) -> Option<&'a str>) -> Result<Place<String>, Rejected> {
    let text = |column| cell(column).unwrap_or_default().to_owned();
    let rate_center = text(Column::RateCenter);
    if rate_center.starts_with("XXXX") || rate_center.eq_ignore_ascii_case("DIR ASST") {
        return Err(Unassigned);
    }
    let latitude = degrees(cell(Column::Latitude), 90.0)?;
    let longitude = degrees(cell(Column::Longitude), 180.0)?;
    let has_both = !latitude.is_empty() && !longitude.is_empty();
    let province = province(&text(Column::Province))?;
    Ok(Place {
        country: country(cell(Column::Country), &province),
        province,
        rate_center,
        city: text(Column::City),
        lata: text(Column::Lata),
        latitude: if has_both { latitude } else { String::new() },
        longitude: if has_both { longitude } else { String::new() },
        ..Place::default()
    })
}

fn country(written: Option<&str>, province: &str) -> String {
    match written.unwrap_or_default().to_uppercase().as_str() {
        code if code.len() == 2 => code.to_owned(),
        "USA" => "US".to_owned(),
        "CAN" | "CANADA" => "CA".to_owned(),
        _ if PROVINCES.iter().any(|(_, code)| *code == province) => "CA".to_owned(),
        _ => String::new(),
    }
}

fn province(written: &str) -> Result<String, Rejected> {
    let written = written.to_uppercase();
    match PROVINCES.iter().find(|(name, _)| *name == written) {
        Some((_, code)) => Ok((*code).to_owned()),
        None if written.is_empty() || written.len() == 2 => Ok(written),
        None => Err(Because("state or province that is not two letters")),
    }
}

/// A latitude or longitude as written, of `most` degrees at most; empty where it is unknown, as
/// which 0 counts, in files without empty cells.
fn degrees(written: Option<&str>, most: f64) -> Result<String, Rejected> {
    let Some(written) = written else {
        return Ok(String::new());
    };
    match written.parse::<f64>() {
        Ok(0.0) => Ok(String::new()),
        Ok(degrees) if degrees.abs() <= most => Ok(written.to_owned()),
        _ => Err(Because("latitude or longitude that is no such number of degrees")),
    }
}

fn holder<'a>(cell: impl Fn(Column) -> Option<&'a str>) -> Result<Holder<String>, Rejected> {
    let text = |column| cell(column).unwrap_or_default().to_owned();
    let ocn = text(Column::Ocn).to_uppercase();
    // Several companies hold it, and the file does not say which number belongs to which.
    if ocn == "MULT" {
        return Ok(Holder::default());
    }
    let is_ocn = ocn.len() == 4 && ocn.bytes().all(|letter| letter.is_ascii_alphanumeric());
    if !ocn.is_empty() && !is_ocn {
        return Err(Because("OCN that is not four letters or digits"));
    }
    Ok(Holder {
        ocn,
        company: text(Column::Company),
        dba: text(Column::Dba),
        category: company::category(&text(Column::Category)),
        line_type: company::line_type(&text(Column::LineType)).to_owned(),
        switch: text(Column::Switch).to_uppercase(),
        ..Holder::default()
    })
}

fn postal<'a>(cell: impl Fn(Column) -> Option<&'a str>) -> Result<Vec<Postal>, Rejected> {
    let rank = (
        share(cell(Column::PostalCodeShare)),
        -number(cell(Column::PostalCodeRank)),
    );
    let codes = cell(Column::PostalCode)
        .unwrap_or_default()
        .split(';')
        .map(str::trim)
        .filter(|code| !code.is_empty());
    let codes: Vec<Postal> = codes.map(|code| (rank, code.to_owned())).collect();
    match codes.iter().all(|(_, code)| (3..=10).contains(&code.len())) {
        true => Ok(codes),
        false => Err(Because("invalid postal code")),
    }
}

/// A postal code's sort key by its share: the largest above 0 % first, then -1, -2, and others.
fn share(written: Option<&str>) -> i64 {
    let share: f64 = written
        .and_then(|share| share.trim_end_matches('%').parse().ok())
        .unwrap_or(0.0);
    match share {
        share if share > 0.0 =>
        {
            #[expect(clippy::cast_possible_truncation, reason = "a share of a hundred, in millionths")]
            (-(share.min(100.0) * 1_000_000.0) as i64)
        }
        -1.0 => 1,
        -2.0 => 2,
        _ => 3,
    }
}

fn number(written: Option<&str>) -> i64 {
    written.and_then(|number| number.parse().ok()).unwrap_or(0)
}
