//! Writes the imported data as a snapshot.

use super::company;
use super::draft::{Draft, Drafts, Key};
use crate::builtin::Known;
use crate::snapshot::{BLOCK_CELLS, BLOCKS, CODES, HASHED_FROM, HEADER, Holder, MAGIC, Place, SECTIONS, VERSION};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};

const DERIVED: &str = "derived";

pub(super) fn snapshot(mut drafts: Drafts, known: &Known) -> Vec<u8> {
    complete_holders(&mut drafts);
    complete_cities(&mut drafts, known);
    let codes = settled(&mut drafts);
    packed(&drafts, &codes)
}

/// Completes the companies, by values that follow from their names and kinds.
fn complete_holders(drafts: &mut Drafts) {
    let derived = drafts.text(DERIVED.to_owned()).unwrap_or_default();
    for number in 0..drafts.holders.values.len() {
        let Some(mut holder) = drafts.holders.values.get(number).copied() else {
            continue;
        };
        if let Some(company) = drafts.companies.get(&holder.ocn).filter(|_| holder.ocn != 0) {
            holder = holder.or(company);
        }
        let company = text(drafts, holder.company).to_owned();
        if holder.line_type == 0 {
            let kind = company::derived_line_type(text(drafts, holder.category), &company);
            holder.line_type = drafts.text(kind.to_owned()).unwrap_or_default();
            holder.line_type_by = if kind.is_empty() { 0 } else { derived };
        }
        if holder.dba == 0 {
            holder.dba = drafts.text(company::dba(&company).to_owned()).unwrap_or_default();
        }
        if let Some(place) = drafts.holders.values.get_mut(number) {
            *place = holder;
        }
    }
}

fn text(drafts: &Drafts, number: u32) -> &str {
    drafts
        .texts
        .values
        .get(number as usize)
        .map(String::as_str)
        .unwrap_or_default()
}

/// A province and a rate centre, by the indexes of their texts.
type RateCenter = (u32, u32);

/// Completes the cities of rate centres: by the city of the same name, or else by the geocode of
/// most of its codes.
fn complete_cities(drafts: &mut Drafts, known: &Known) {
    // In order, so that the same files always make the same snapshot.
    let mut votes: BTreeMap<RateCenter, BTreeMap<&'static str, u32>> = BTreeMap::new();
    for ((code, _), draft) in &drafts.codes {
        let Some(place) = drafts
            .places
            .values
            .get(draft.place as usize)
            .filter(|place| place.city == 0)
        else {
            continue;
        };
        let label = known
            .label(format!("1{code:06}").as_bytes())
            .and_then(|label| label.rsplit_once(", "));
        let cities = votes.entry((place.province, place.rate_center)).or_default();
        if let Some((city, _)) = label.filter(|(_, province)| *province == text(drafts, place.province)) {
            *cities.entry(city).or_default() += 1;
        }
    }
    let mut cities: HashMap<RateCenter, u32> = HashMap::new();
    for (rate_center, votes) in votes {
        let (province, name) = (text(drafts, rate_center.0), text(drafts, rate_center.1));
        let same_name = known.postal().city(province, name).map(|city| city.name);
        let most = || {
            votes
                .into_iter()
                .max_by_key(|(_, count)| *count)
                .map(|(city, _)| city.into())
        };
        if let Some(number) = same_name.or_else(most).and_then(|city| drafts.text(city.into_owned())) {
            cities.insert(rate_center, number);
        }
    }
    let derived = drafts.text(DERIVED.to_owned()).unwrap_or_default();
    for place in drafts
        .places
        .values
        .iter_mut()
        .filter(|place| place.city == 0 && place.rate_center != 0)
    {
        if let Some(city) = cities.get(&(place.province, place.rate_center)) {
            place.city = *city;
            place.city_by = derived;
        }
    }
}

/// Completes the location of each block from its code. A holder is never taken from the code.
fn settled(drafts: &mut Drafts) -> BTreeMap<Key, Draft> {
    let known: BTreeMap<Key, Draft> = drafts.codes.iter().map(|(key, draft)| (*key, *draft)).collect();
    let mut settled = BTreeMap::new();
    for (key, draft) in &known {
        let code = (key.0, 0);
        let place = drafts
            .places
            .values
            .get(draft.place as usize)
            .copied()
            .unwrap_or_default();
        let of_code = known
            .get(&code)
            .and_then(|code| drafts.places.values.get(code.place as usize));
        let mut place = of_code.map_or(place, |of_code| place.or(of_code));
        let postal = drafts
            .postal
            .get(key)
            .or_else(|| drafts.postal.get(&code))
            .cloned()
            .unwrap_or_default();
        let mut postal = postal
            .into_iter()
            .map(|(_, postal)| drafts.text(postal).unwrap_or_default());
        let cells = [
            &mut place.postal_code,
            &mut place.second_postal_code,
            &mut place.third_postal_code,
        ];
        for (cell, postal) in cells.into_iter().zip(&mut postal) {
            *cell = postal;
        }
        let place = drafts.places.number(place).unwrap_or(draft.place);
        settled.insert(*key, Draft { place, ..*draft });
    }
    settled
}

fn packed(drafts: &Drafts, codes: &BTreeMap<Key, Draft>) -> Vec<u8> {
    let (npas, codes_table, blocks) = tables(codes);
    let entries = codes
        .values()
        .flat_map(|draft| [draft.place, draft.holder, draft.file])
        .collect::<Vec<_>>();
    let files: Vec<u32> = drafts
        .files
        .iter()
        .flat_map(|(layout, as_of)| [*layout, *as_of])
        .collect();
    let places: Vec<u32> = drafts.places.values.iter().copied().flat_map(Place::cells).collect();
    let holders: Vec<u32> = drafts.holders.values.iter().copied().flat_map(Holder::cells).collect();
    let mut sections: [Vec<u8>; SECTIONS] = Default::default();
    let cells = [files, places, holders, entries, npas, codes_table, blocks];
    sections[0] = texts(&drafts.texts.values);
    for (section, cells) in sections.iter_mut().skip(1).zip(&cells) {
        section.extend(cells.iter().flat_map(|cell| cell.to_le_bytes()));
    }
    joined(&sections)
}

/// A page table of three levels, area code, exchange code and thousands block, in the layout of
/// [`crate::snapshot::Section`]. Its cells are numbers of entries, which follow the order of the
/// keys; 0 is none.
fn tables(codes: &BTreeMap<Key, Draft>) -> (Vec<u32>, Vec<u32>, Vec<u32>) {
    let mut npas = vec![0; CODES];
    let (mut table, mut blocks): (Vec<u32>, Vec<u32>) = (Vec::new(), Vec::new());
    for (entry, (code, block)) in (1..).zip(codes.keys()) {
        let (npa, nxx) = ((code / 1_000) as usize, (code % 1_000) as usize);
        let Some(page) = npas.get_mut(npa) else { continue };
        if *page == 0 {
            table.resize(table.len() + CODES, 0);
            *page = next_page(&table, CODES) + 1;
        }
        let Some(cell) = table.get_mut((*page as usize - 1) * CODES + nxx) else {
            continue;
        };
        if *block == 0 {
            *cell = entry;
            continue;
        }
        if *cell & BLOCKS == 0 {
            blocks.resize(blocks.len() + BLOCK_CELLS, 0);
            let page = next_page(&blocks, BLOCK_CELLS);
            if let Some(whole) = blocks.get_mut(page as usize * BLOCK_CELLS) {
                *whole = *cell;
            }
            *cell = BLOCKS | page;
        }
        if let Some(place) = blocks.get_mut((*cell ^ BLOCKS) as usize * BLOCK_CELLS + *block as usize) {
            *place = entry;
        }
    }
    (npas, table, blocks)
}

/// The index of the page that was added last. It fits: there are fewer than a million codes.
fn next_page(pages: &[u32], width: usize) -> u32 {
    u32::try_from(pages.len() / width).unwrap_or_default().saturating_sub(1)
}

fn texts(texts: &[String]) -> Vec<u8> {
    let mut packed = count(texts.len()).to_le_bytes().to_vec();
    let mut end = 0;
    packed.extend(count(end).to_le_bytes());
    for text in texts {
        end += text.len();
        packed.extend(count(end).to_le_bytes());
    }
    packed.extend(texts.concat().bytes());
    packed
}

/// A size as it is written. Sizes are below four gigabytes: a line adds few bytes, and equal texts
/// are stored once. A larger one would make a snapshot that fails its check, not one with wrong
/// data.
fn count(size: usize) -> u32 {
    u32::try_from(size).unwrap_or(u32::MAX)
}

fn joined(sections: &[Vec<u8>; SECTIONS]) -> Vec<u8> {
    let mut body = Vec::new();
    let mut start = HEADER;
    for section in sections {
        body.extend(count(start).to_le_bytes());
        body.extend(count(section.len()).to_le_bytes());
        start += section.len();
    }
    for section in sections {
        body.extend(section);
    }
    let mut file = MAGIC.to_vec();
    file.extend(VERSION.to_le_bytes());
    file.extend(((HASHED_FROM + body.len()) as u64).to_le_bytes());
    file.extend(Sha256::digest(&body));
    file.extend(body);
    file
}
