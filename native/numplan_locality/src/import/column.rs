//! Recognises the columns of a file by the names in its header.

use csv_core::{ReadFieldResult, Reader, ReaderBuilder};

/// The meaning of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Npa,
    Nxx,
    NpaNxx,
    Block,
    Status,
    Country,
    Province,
    RateCenter,
    City,
    Lata,
    Ocn,
    Company,
    Dba,
    Category,
    LineType,
    Switch,
    Latitude,
    Longitude,
    PostalCode,
    PostalCodeShare,
    PostalCodeRank,
}

use Column::{
    Block, Category, City, Company, Country, Dba, Lata, Latitude, LineType, Longitude, Npa, NpaNxx, Nxx, Ocn,
    PostalCode, PostalCodeRank, PostalCodeShare, Province, RateCenter, Status, Switch,
};

/// The names of columns, letters and digits only. Of two columns with one meaning, the one whose
/// name is first in this list is used.
const NAMES: [(&str, Column); 51] = [
    ("npa", Npa),
    ("nxx", Nxx),
    ("cocodenxx", Nxx),
    ("cocode", Nxx),
    ("npanxx", NpaNxx),
    ("block", Block),
    ("blockid", Block),
    ("thousandsblock", Block),
    ("x", Block),
    ("use", Status),
    ("blockstatus", Status),
    ("status", Status),
    ("country", Country),
    ("state", Province),
    ("province", Province),
    ("locstate", Province),
    ("ratecenter", RateCenter),
    ("rc", RateCenter),
    ("rcabbre", RateCenter),
    ("exchangearea", RateCenter),
    ("city", City),
    ("cityname", City),
    ("lata", Lata),
    ("blockholderocn", Ocn),
    ("ocn", Ocn),
    ("ocnnum", Ocn),
    ("operatingcompanynumber", Ocn),
    ("assignedto", Company),
    ("blockholder", Company),
    ("company", Company),
    ("companyname", Company),
    ("ocnname", Company),
    ("operatingcompanyname", Company),
    ("commonname", Dba),
    ("dba", Dba),
    ("category", Category),
    ("companytype", Category),
    ("type", Category),
    ("ltype", LineType),
    ("nxxusetype", LineType),
    ("nxxtype", LineType),
    ("switchclli", Switch),
    ("switch", Switch),
    ("latitude", Latitude),
    ("weightedlat", Latitude),
    ("longitude", Longitude),
    ("weightedlon", Longitude),
    ("zipcode", PostalCode),
    ("zip", PostalCode),
    ("zipcodefreq", PostalCodeShare),
    ("zipcodecount", PostalCodeRank),
];

/// The only format of files without a header: area code, code, city, state.
pub const HEADERLESS: &str = "npa_nxx_city_state";

pub(super) struct Columns {
    /// The reader of rows, which is reused: making one takes longer than reading a row.
    reader: Reader,
    /// The position of each column.
    places: Vec<(Column, usize)>,
    layout: &'static str,
}

impl Columns {
    /// The columns of files without a header.
    pub(super) fn headerless() -> Self {
        Self {
            reader: reader(b','),
            places: vec![(Npa, 0), (Nxx, 1), (City, 2), (Province, 3)],
            layout: HEADERLESS,
        }
    }

    /// The columns that a line names, and a date among the names; `None` if it is no header.
    pub(super) fn named_by(line: &str) -> Option<(Self, Option<String>)> {
        let mut reader = reader(delimiter(line));
        let cells = cells(line, &mut reader)?;
        let names: Vec<String> = cells.iter().map(|cell| plain(cell)).collect();
        let mut places: Vec<(Column, usize)> = Vec::new();
        for (name, column) in NAMES {
            let place = names.iter().position(|found| found == name);
            if let Some(place) = place.filter(|_| places.iter().all(|(taken, _)| *taken != column)) {
                places.push((column, place));
            }
        }
        let has = |wanted: Column| places.iter().any(|(column, _)| *column == wanted);
        let layout = match () {
            () if (has(Npa) && has(Nxx) || has(NpaNxx)) && has(Block) => "blocks",
            () if has(Npa) && has(Nxx) || has(NpaNxx) => "codes",
            () if has(Ocn) && has(Company) => "companies",
            () => return None,
        };
        let as_of = cells.iter().find_map(|cell| date(cell));
        Some((Self { reader, places, layout }, as_of))
    }

    pub(super) fn layout(&self) -> &'static str {
        self.layout
    }

    /// The cells of a row, without the space around them.
    pub(super) fn cells(&mut self, line: &str) -> Option<Vec<String>> {
        cells(line, &mut self.reader)
    }

    /// The cell of `column`, if it is present and not empty.
    pub(super) fn cell<'a>(&self, cells: &'a [String], column: Column) -> Option<&'a str> {
        let (_, place) = self.places.iter().find(|(found, _)| *found == column)?;
        cells.get(*place).map(String::as_str).filter(|cell| !cell.is_empty())
    }

    pub(super) fn has(&self, column: Column) -> bool {
        self.places.iter().any(|(found, _)| *found == column)
    }
}

/// The usual delimiter that is most frequent in a header.
fn delimiter(header: &str) -> u8 {
    let count = |delimiter: &u8| header.bytes().filter(|byte| byte == delimiter).count();
    [b',', b'\t', b';', b'|'].into_iter().max_by_key(count).unwrap_or(b',')
}

fn plain(name: &str) -> String {
    name.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_lowercase())
        .collect()
}

/// `mm/dd/yyyy` anywhere in a name, as `yyyy-mm-dd`.
fn date(name: &str) -> Option<String> {
    name.split_whitespace().find_map(|word| {
        let parts: Vec<&str> = word.split('/').collect();
        let [month, day, year] = parts.as_slice() else {
            return None;
        };
        let all = [month, day, year].iter().all(|part| part.parse::<u16>().is_ok());
        (all && year.len() == 4).then(|| format!("{year}-{month:0>2}-{day:0>2}"))
    })
}

fn reader(delimiter: u8) -> Reader {
    ReaderBuilder::new().delimiter(delimiter).build()
}

/// The cells of a line, which may be quoted. `None` where a quote is not closed.
fn cells(line: &str, reader: &mut Reader) -> Option<Vec<String>> {
    reader.reset();
    let mut rest = line.trim_end_matches(['\r', '\n']).as_bytes();
    let mut cells = Vec::new();
    let mut cell = vec![0; rest.len() + 1];
    loop {
        let (result, read, written) = reader.read_field(rest, &mut cell);
        rest = rest.get(read..).unwrap_or_default();
        match result {
            ReadFieldResult::Field { record_end } => {
                let text = std::str::from_utf8(cell.get(..written)?).ok()?;
                cells.push(bare(text));
                if record_end {
                    return Some(cells);
                }
            }
            // The next, empty input tells the reader that the line is complete.
            ReadFieldResult::InputEmpty => {
                let (_, _, more) = reader.read_field(&[], cell.get_mut(written..)?);
                let text = std::str::from_utf8(cell.get(..written + more)?).ok()?;
                let is_open = line.bytes().filter(|byte| *byte == b'"').count() % 2 == 1;
                cells.push(bare(text));
                return (!is_open).then_some(cells);
            }
            ReadFieldResult::OutputFull | ReadFieldResult::End => return None,
        }
    }
}

/// Without space and quotes around it.
fn bare(cell: &str) -> String {
    cell.trim().trim_matches('"').trim().to_owned()
}
