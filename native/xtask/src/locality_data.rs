//! Makes the tables of `numplan_locality` from libphonenumber's, in PyPI's `phonenumbers`, and from
//! GeoNames' postal codes.

use crate::fallible::Result;
use crate::python::{Value, assigned};
use numplan_locality::postal;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::fs;
use std::io::{Cursor, Read};
use std::path::Path;
use zip::ZipArchive;

/// A table before it is packed.
type Rows = BTreeMap<String, String>;

const PACKAGE: &str = "phonenumbers";
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../numplan_locality/data");

/// Canada's provinces and territories, and names that libphonenumber writes unlike the post.
const PROVINCES: [(&str, &str); 17] = [
    ("Alberta", "AB"),
    ("British Columbia", "BC"),
    ("British Colombia", "BC"),
    ("Manitoba", "MB"),
    ("New Brunswick", "NB"),
    ("Newfoundland and Labrador", "NL"),
    ("Newfoundland", "NL"),
    ("Northwest Territories", "NT"),
    ("Nova Scotia", "NS"),
    ("Nunavut", "NU"),
    ("Ontario", "ON"),
    ("Prince Edward Island", "PE"),
    ("Quebec", "QC"),
    ("Saskatchewan", "SK"),
    ("Yukon", "YT"),
    ("Washington State", "WA"),
    ("Washington D.C.", "DC"),
];

/// Writes all tables, and `manifest.tsv` with their sources and sizes.
pub(crate) fn make(wheel: &Path, postal: &Path) -> Result<()> {
    let wheel_bytes = fs::read(wheel)?;
    let postal_text = fs::read_to_string(postal)?;
    let mut archive = ZipArchive::new(Cursor::new(&wheel_bytes))?;
    let version = version(&archive)?;
    let cities = Cities::read(&postal_text)?;
    let geocodes = english(&mut archive, "geodata")?;
    let tables = [
        ("provinces", provinces(&geocodes, &cities.states)),
        ("geocodes", geocodes),
        ("carriers", english(&mut archive, "carrierdata")?),
        ("time_zones", time_zones(&mut archive)?),
        ("countries", countries(&mut archive)?),
    ];
    let mut manifest = format!("source\t{PACKAGE} {version}\t{}\n", hash(&wheel_bytes));
    writeln!(manifest, "source\tGeoNames US.txt\t{}", hash(postal_text.as_bytes()))?;
    for (name, rows) in &tables {
        write_table(&mut manifest, name, rows)?;
    }
    cities.write(&mut manifest)?;
    fs::write(Path::new(FOLDER).join("manifest.tsv"), &manifest)?;
    print!("{manifest}");
    Ok(())
}

fn version(archive: &ZipArchive<Cursor<&Vec<u8>>>) -> Result<String> {
    let folder = archive
        .file_names()
        .find_map(|name| name.strip_suffix(".dist-info/METADATA"));
    let version = folder.and_then(|folder| folder.strip_prefix("phonenumbers-"));
    Ok(version
        .ok_or("the wheel has no phonenumbers-VERSION.dist-info")?
        .to_owned())
}

fn read(archive: &mut ZipArchive<Cursor<&Vec<u8>>>, name: &str) -> Result<String> {
    let mut text = String::new();
    archive.by_name(name)?.read_to_string(&mut text)?;
    Ok(text)
}

/// The values that the modules of a package assign to `data`.
fn data(archive: &mut ZipArchive<Cursor<&Vec<u8>>>, package: &str) -> Result<Vec<(String, Value)>> {
    let start = format!("{PACKAGE}/{package}/data");
    let names: Vec<String> = archive
        .file_names()
        .filter(|name| name.starts_with(&start))
        .map(str::to_owned)
        .collect();
    let mut members = Vec::new();
    for name in names.iter().filter(|name| name.ends_with(".py")) {
        match assigned(&read(archive, name)?, "data")? {
            Value::Dictionary(found) => members.extend(found),
            _ => return Err(format!("{name} holds no dictionary").into()),
        }
    }
    Ok(members)
}

fn english(archive: &mut ZipArchive<Cursor<&Vec<u8>>>, package: &str) -> Result<Rows> {
    let rows = data(archive, package)?;
    Ok(rows
        .into_iter()
        .filter_map(|(prefix, names)| Some((prefix, names.get("en")?.text()?.to_owned())))
        .collect())
}

fn time_zones(archive: &mut ZipArchive<Cursor<&Vec<u8>>>) -> Result<Rows> {
    let rows = data(archive, "tzdata")?;
    let joined = |zones: &Value| {
        zones
            .elements()
            .iter()
            .filter_map(Value::text)
            .collect::<Vec<_>>()
            .join("&")
    };
    Ok(rows
        .into_iter()
        .map(|(prefix, zones)| (prefix, joined(&zones)))
        .collect())
}

/// The English name of each region. A name `*xx` in libphonenumber's table stands for the name in
/// the language `xx`, which replaces it here.
fn countries(archive: &mut ZipArchive<Cursor<&Vec<u8>>>) -> Result<Rows> {
    let locale = assigned(&read(archive, "phonenumbers/geodata/locale.py")?, "LOCALE_DATA")?;
    let name = |names: &Value| {
        let name = names.get("en")?.text()?;
        match name.strip_prefix('*') {
            Some(other) => Some(names.get(other)?.text()?.to_owned()),
            None => Some(name.to_owned()),
        }
    };
    Ok(locale
        .members()
        .iter()
        .filter_map(|(region, names)| Some((region.clone(), name(names)?)))
        .collect())
}

/// The states of area codes of the United States and Canada: by the area code's geocode, or else by
/// those of most of its cities.
fn provinces(geocodes: &Rows, states: &HashMap<String, String>) -> Rows {
    let mut votes: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
    for (prefix, name) in geocodes {
        let Some(npa) = prefix.strip_prefix('1').and_then(|digits| digits.get(..3)) else {
            continue;
        };
        let Some(code) = state_of(name, states) else { continue };
        let weight = if prefix.len() == 4 { usize::MAX / 2 } else { 1 };
        *votes.entry(npa).or_default().entry(code).or_default() += weight;
    }
    let most = |codes: BTreeMap<&str, usize>| {
        codes
            .into_iter()
            .max_by_key(|(_, votes)| *votes)
            .map(|(code, _)| code.to_owned())
    };
    votes
        .into_iter()
        .filter_map(|(npa, codes)| Some((npa.to_owned(), most(codes)?)))
        .collect()
}

fn state_of<'a>(name: &'a str, states: &'a HashMap<String, String>) -> Option<&'a str> {
    match name.rsplit_once(", ") {
        Some((_, code)) if code.len() == 2 => Some(code),
        _ => states.get(name).map(String::as_str),
    }
}

/// Writes keys and texts. Frequent texts have small indexes, which take the fewest bytes.
fn write_table(manifest: &mut String, name: &str, rows: &Rows) -> Result<()> {
    let mut uses: HashMap<&str, usize> = HashMap::new();
    for text in rows.values() {
        *uses.entry(text).or_default() += 1;
    }
    let mut texts: Vec<&str> = uses.keys().copied().collect();
    texts.sort_unstable_by_key(|text| (usize::MAX - uses.get(text).copied().unwrap_or_default(), *text));
    let numbers: HashMap<&str, u64> = texts.iter().copied().zip(0..).collect();
    let numbered = rows
        .iter()
        .map(|(key, text)| (key, numbers.get(text.as_str()).copied().unwrap_or_default()));
    write(
        manifest,
        &format!("{name}.fst"),
        rows.len(),
        &fst::Map::from_iter(numbered)?.into_fst().into_inner(),
    )?;
    write(manifest, &format!("{name}.texts"), texts.len(), &packed(&texts)?)
}

/// The texts in the layout of `numplan_locality::table::Texts`.
fn packed(texts: &[&str]) -> Result<Vec<u8>> {
    let mut packed = u32::try_from(texts.len())?.to_le_bytes().to_vec();
    let mut end = 0_u32;
    packed.extend(end.to_le_bytes());
    for text in texts {
        end += u32::try_from(text.len())?;
        packed.extend(end.to_le_bytes());
    }
    packed.extend(texts.concat().bytes());
    Ok(packed)
}

fn write(manifest: &mut String, file: &str, rows: usize, bytes: &[u8]) -> Result<()> {
    fs::write(Path::new(FOLDER).join(file), bytes)?;
    Ok(writeln!(manifest, "{file}\t{rows}\t{}", hash(bytes))?)
}

fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A postal code, and its coordinates in ten-thousandths of a degree.
type Code = (u32, i64, i64);

struct Cities {
    /// Full names and postal codes, by key.
    cities: BTreeMap<String, (String, Vec<Code>)>,
    /// Codes of states, by name.
    states: HashMap<String, String>,
}

impl Cities {
    /// Reads GeoNames' columns: country, postal code, city, state, its code, county, its code,
    /// community, its code, latitude, longitude, accuracy.
    fn read(text: &str) -> Result<Self> {
        let mut cities: BTreeMap<String, (String, Vec<Code>)> = BTreeMap::new();
        let mut states: HashMap<String, String> = PROVINCES
            .iter()
            .map(|(name, code)| ((*name).to_owned(), (*code).to_owned()))
            .collect();
        for line in text.lines() {
            let columns: Vec<&str> = line.split('\t').collect();
            let [_, code, city, state, state_code, _, _, _, _, latitude, longitude, ..] = columns.as_slice() else {
                return Err(format!("a line of {} columns: {line}", columns.len()).into());
            };
            if state_code.len() != 2 {
                continue;
            }
            states
                .entry((*state).to_owned())
                .or_insert_with(|| (*state_code).to_owned());
            let place = (code.parse()?, ten_thousandths(latitude)?, ten_thousandths(longitude)?);
            let (_, codes) = cities
                .entry(postal::key(state_code, city))
                .or_insert_with(|| ((*city).to_owned(), Vec::new()));
            codes.push(place);
        }
        Ok(Self { cities, states })
    }

    /// Writes the cities in the layout of `numplan_locality::postal::Postal`.
    fn write(&self, manifest: &mut String) -> Result<()> {
        let keys = self.cities.keys().zip(0_u64..);
        let (mut places, mut others) = (Vec::new(), Vec::new());
        for ((_, codes), number) in self.cities.values().zip(0_u16..) {
            let (place, further) = place(codes)?;
            places.extend(place);
            if further.iter().any(|byte| *byte > 0) {
                others.extend(number.to_le_bytes());
                others.extend(further);
            }
        }
        let count = self.cities.len();
        u16::try_from(count)?;
        write(
            manifest,
            "cities.fst",
            count,
            &fst::Map::from_iter(keys)?.into_fst().into_inner(),
        )?;
        write(manifest, "cities.places", count, &places)?;
        write(manifest, "cities.others", others.len() / postal::OTHERS_BYTES, &others)?;
        let unusual = self
            .cities
            .iter()
            .filter(|(key, (name, _))| postal::usual_name(key) != *name);
        let names: Rows = unusual.map(|(key, (name, _))| (key.clone(), name.clone())).collect();
        write_table(manifest, "city_names", &names)
    }
}

fn ten_thousandths(degrees: &str) -> Result<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "degrees are less than 181")]
    Ok((degrees.parse::<f64>()? * 10_000.0).round() as i64)
}

/// The middle of `codes` and the code nearest to it; the two next ones, zeros where there are none.
fn place(codes: &[Code]) -> Result<(Vec<u8>, Vec<u8>)> {
    let count = i64::try_from(codes.len())?;
    let latitude = codes.iter().map(|(_, latitude, _)| latitude).sum::<i64>() / count;
    let longitude = codes.iter().map(|(_, _, longitude)| longitude).sum::<i64>() / count;
    let mut nearest = codes.to_vec();
    nearest.sort_unstable_by_key(|(code, y, x)| ((y - latitude).pow(2) + (x - longitude).pow(2), *code));
    let code = |number: usize| nearest.get(number).map_or(0, |(code, _, _)| *code);
    let bytes = |fields: &[u32]| -> Vec<u8> {
        let bytes = fields.iter().flat_map(|field| field.to_le_bytes().into_iter().take(3));
        bytes.collect()
    };
    let middle = [
        u32::try_from(latitude + 900_000)?,
        u32::try_from(longitude + 1_800_000)?,
    ];
    Ok((bytes(&[middle[0], middle[1], code(0)]), bytes(&[code(1), code(2)])))
}
