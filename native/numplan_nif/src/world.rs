//! The world's numbering plans: region, type and validity of numbers, reading and writing them.

use crate::atoms::Atoms;
use crate::call::Call;
use crate::codec;
use crate::localities;
use crate::numbers;
use crate::refused::{Answer, Refused};
use numplan::bulk::lines;
use numplan_world::{Form, Lookup, Match, NumberType, ParseError, PhoneNumber, Source, World};
use rustler::Term;
use rustler::sys::ErlNifTerm;
use rustler::types::tuple;

/// The longest text that may have the 250 characters that are read at most, in bytes.
const MOST_BYTES: usize = 4 * 250;

/// The work of reading or writing a number, in the unit of [`Call::used`].
const READING: usize = 1_000;

/// The work on a line besides reading its bytes, in the unit of [`Call::spend`].
const LINE: usize = 50;

/// What is known of a number that was normalised; `None` for what is not a number, and for what no
/// rule has normalised to one, such as a `tel:` URI.
#[inline]
fn identified<'w>(world: &'w World<'static>, number: &[u8]) -> Option<Lookup<'w>> {
    let is_number = number.first() == Some(&b'+') && number.len() <= MOST_BYTES;
    is_number.then(|| world.identify(number)).flatten()
}

/// What `answer` makes of the number: `inactive` where the caller must normalise it.
#[inline]
fn of_number<'a>(call: &Call<'a>, answer: impl FnOnce(&'a World<'static>, Option<Lookup<'a>>) -> Answer) -> Answer {
    let world = localities::known(call)?.world();
    match numbers::normalized(call)? {
        None => Ok(call.atoms().inactive),
        Some(number) => answer(world, identified(world, &number)),
    }
}

/// The region of a number, or `undefined`.
pub(crate) fn region(call: Call<'_>) -> Answer {
    of_number(&call, |_, number| {
        let region = number.and_then(Lookup::region);
        Ok(region.map_or(call.atoms().undefined, |region| {
            call.make_binary(&[region.name().as_bytes()])
        }))
    })
}

/// The type of a number, or `undefined` for what is not a number.
pub(crate) fn number_type(call: Call<'_>) -> Answer {
    of_number(&call, |_, number| {
        Ok(number.map_or(call.atoms().undefined, |number| {
            call.make_binary(&[number.number_type().name().as_bytes()])
        }))
    })
}

pub(crate) fn is_valid(call: Call<'_>) -> Answer {
    of_number(
        &call,
        |_, number| Ok(call.boolean(number.is_some_and(Lookup::is_valid))),
    )
}

/// Whether a number is valid in a region.
pub(crate) fn is_valid_in(call: Call<'_>) -> Answer {
    let name = text(&call, 1)?.unwrap_or_default();
    of_number(&call, |world, number| {
        let is_valid = number.is_some_and(|number| {
            let region = match name {
                "001" => number.region().filter(|region| region.is_global()),
                name => world.region(name),
            };
            region.is_some_and(|region| number.is_valid_for(region))
        });
        Ok(call.boolean(is_valid))
    })
}

/// An argument as text; `None` for `undefined`, and for bytes that are not UTF-8 or too many, which
/// are the name of nothing.
fn text<'a>(call: &Call<'a>, at: usize) -> Result<Option<&'a str>, Refused> {
    if call.is_atom(call.term(at)?, call.atoms().undefined)? {
        return Ok(None);
    }
    Ok(short(call.binary(at)?))
}

fn short(bytes: &[u8]) -> Option<&str> {
    let is_short = bytes.len() <= MOST_BYTES;
    is_short.then(|| std::str::from_utf8(bytes).ok()).flatten()
}

/// A text as people write it in a region or `undefined`, as a tuple whose places `numplan_world`
/// names; or `{error, Reason}`.
pub(crate) fn parse(call: Call<'_>) -> Answer {
    let bytes = call.binary(0)?;
    let region = text(&call, 1)?;
    let world = localities::known(&call)?.world();
    call.used(READING);
    let read = match short(bytes) {
        Some(text) => world.parse(text, region),
        None if bytes.len() > MOST_BYTES => Err(ParseError::TooLong),
        None => Err(ParseError::NotANumber),
    };
    match read {
        Ok(number) => parsed(&call, world, &number),
        Err(error) => Ok(call.make_tuple(&[call.atoms().error, reason(call.atoms(), error)])),
    }
}

fn parsed(call: &Call<'_>, world: &World<'static>, number: &PhoneNumber) -> Answer {
    let atoms = call.atoms();
    let lookup = number.lookup(world).ok_or(Refused::BadArgument)?;
    let or_undefined = |text: &str| match text {
        "" => atoms.undefined,
        text => call.make_binary(&[text.as_bytes()]),
    };
    let mut e164 = Vec::with_capacity(24);
    lookup.push(Form::E164, "", &mut e164);
    Ok(call.make_tuple(&[
        call.make_binary(&[&e164]),
        call.encode(number.calling_code()),
        call.make_binary(&[number.national().digits()]),
        or_undefined(number.extension()),
        or_undefined(number.carrier_code()),
        source(atoms, number.source()),
        or_undefined(lookup.region().map_or("", |region| region.name())),
        call.make_binary(&[lookup.number_type().name().as_bytes()]),
        call.boolean(lookup.is_valid()),
    ]))
}

fn source(atoms: &Atoms, source: Source) -> ErlNifTerm {
    match source {
        Source::NumberWithPlusSign => atoms.from_number_with_plus_sign,
        Source::NumberWithIdd => atoms.from_number_with_idd,
        Source::NumberWithoutPlusSign => atoms.from_number_without_plus_sign,
        Source::DefaultCountry | Source::Unspecified => atoms.from_default_country,
    }
}

fn reason(atoms: &Atoms, error: ParseError) -> ErlNifTerm {
    match error {
        ParseError::InvalidCountryCode => atoms.invalid_country_code,
        ParseError::NotANumber => atoms.not_a_number,
        ParseError::TooShortAfterIdd => atoms.too_short_after_idd,
        ParseError::TooShortNsn => atoms.too_short_nsn,
        ParseError::TooLong => atoms.too_long,
    }
}

/// A number in a form, or `undefined` where it has none; `inactive` where the caller must normalise
/// it. The number is a binary, or of parts: `{CallingCode, NationalNumber, Extension | undefined,
/// CarrierCode | undefined}`.
pub(crate) fn write(call: Call<'_>) -> Answer {
    let world = localities::known(&call)?.world();
    let number = if call.term(0)?.is_tuple() {
        Some(of_parts(&call)?)
    } else {
        match numbers::normalized(&call)? {
            None => return Ok(call.atoms().inactive),
            Some(number) => short(&number)
                .filter(|number| number.starts_with('+'))
                .and_then(|number| world.parse(number, None).ok()),
        }
    };
    call.used(READING);
    let written = match number {
        None => String::new(),
        Some(number) => in_form(&call, world, &number)?,
    };
    Ok(match written.as_str() {
        "" => call.atoms().undefined,
        written => call.make_binary(&[written.as_bytes()]),
    })
}

fn of_parts(call: &Call<'_>) -> Result<PhoneNumber, Refused> {
    let &[code, national, extension, carrier] = call.tuple(0)? else {
        return Err(Refused::BadArgument);
    };
    // A map that a caller has made could hold anything, which would stand in a URI as it is. An
    // extension keeps the digits of any script in which it was written.
    let digits = |text: &&str| text.chars().all(char::is_numeric);
    let part = |term| match call.is_atom(call.wrap(term), call.atoms().undefined)? {
        true => Ok(""),
        false => short(call.bytes(term)?).filter(digits).ok_or(Refused::BadArgument),
    };
    // As u16 it would be cut off to its last bits.
    let code: u32 = call.wrap(code).decode().map_err(|_| Refused::BadArgument)?;
    let code = u16::try_from(code).map_err(|_| Refused::BadArgument)?;
    let national = numplan_world::National::new(call.bytes(national)?).ok_or(Refused::BadArgument)?;
    Ok(PhoneNumber::from_parts(code, national, part(extension)?).with_carrier_code(part(carrier)?))
}

/// The number in the form that the second argument names.
fn in_form(call: &Call<'_>, world: &World<'static>, number: &PhoneNumber) -> Result<String, Refused> {
    let (form, atoms) = (call.argument(1)?, call.atoms());
    let forms = [
        (atoms.e164, Form::E164),
        (atoms.international, Form::International),
        (atoms.national, Form::National),
        (atoms.rfc3966, Form::Rfc3966),
    ];
    if let Some((_, form)) = forms.into_iter().find(|(atom, _)| *atom == form) {
        return Ok(world.format(number, form));
    }
    let &[kind, value] = call.elements(form)? else {
        return Err(Refused::BadArgument);
    };
    let value = short(call.bytes(value)?).unwrap_or_default();
    Ok(match kind {
        kind if kind == atoms.from => world.format_out_of_country(number, Some(value)),
        kind if kind == atoms.mobile => world.format_for_mobile_dialling(number, value, true),
        kind if kind == atoms.carrier => world.format_with_carrier(number, value),
        _ => return Err(Refused::BadArgument),
    })
}

/// What a text is as a short number that is dialled in a region, as a map.
pub(crate) fn short_number(call: Call<'_>) -> Answer {
    let dialled = short(call.binary(0)?).unwrap_or_default();
    let region = text(&call, 1)?.unwrap_or_default();
    let (world, atoms) = (localities::known(&call)?.world(), call.atoms());
    call.used(READING);
    let number = world.parse(dialled, Some(region)).ok();
    let number = number.as_ref().map(|number| world.short_number(number));
    let is = |asked: fn(numplan_world::ShortNumber<'_>, &str) -> bool| {
        call.boolean(number.is_some_and(|number| asked(number, region)))
    };
    let cost = number.map_or(numplan_world::Cost::Unknown, |number| number.cost_in(region));
    call.make_map(&[
        (atoms.is_possible, is(|number, region| number.is_possible_in(region))),
        (atoms.is_valid, is(|number, region| number.is_valid_in(region))),
        (atoms.cost, call.make_binary(&[cost.name().as_bytes()])),
        (
            atoms.is_carrier_specific,
            is(|number, region| number.is_carrier_specific_in(region)),
        ),
        (
            atoms.is_sms_service,
            is(|number, region| number.is_sms_service_in(region)),
        ),
        (atoms.is_emergency, call.boolean(world.is_emergency(dialled, region))),
        (
            atoms.connects_to_emergency,
            call.boolean(world.connects_to_emergency(dialled, region)),
        ),
    ])
}

/// How much two texts are alike as numbers.
pub(crate) fn number_match(call: Call<'_>) -> Answer {
    let (world, atoms) = (localities::known(&call)?.world(), call.atoms());
    let texts = (short(call.binary(0)?), short(call.binary(1)?));
    call.used(2 * READING);
    let (Some(one), Some(other)) = texts else {
        return Ok(atoms.not_a_number);
    };
    Ok(match world.is_number_match(one, other) {
        Match::NotANumber => atoms.not_a_number,
        Match::NoMatch => atoms.no_match,
        Match::ShortNsnMatch => atoms.short_nsn_match,
        Match::NsnMatch => atoms.nsn_match,
        Match::ExactMatch => atoms.exact_match,
    })
}

/// `{Regions, Types}`: the names that the places of [`lookup_lines`] count, each a tuple.
pub(crate) fn lookup_names(call: Call<'_>) -> Answer {
    let world = localities::known(&call)?.world();
    let regions: Vec<Term<'_>> = world.region_names().map(|name| codec::text(&call, name)).collect();
    let types: Vec<Term<'_>> = known_types().map(|kind| codec::text(&call, kind.name())).collect();
    let names = (
        tuple::make_tuple(call.env, &regions),
        tuple::make_tuple(call.env, &types),
    );
    Ok(call.encode(names))
}

fn known_types() -> impl Iterator<Item = NumberType> {
    NumberType::ALL.into_iter().filter(|kind| *kind != NumberType::Unknown)
}

/// The places of region and type of the numbers in a text of lines, normalised by a plan: two bytes
/// and one for each line, counted from 1; 0 where there is none.
pub(crate) fn lookup_lines(call: Call<'_>) -> Answer {
    let (plan, text) = (call.plan(0)?, call.binary(1)?);
    call.spend(text.len().saturating_mul(plan.cost().saturating_add(LINE)))?;
    let world = localities::known(&call)?.world();
    let mut places = Vec::with_capacity(text.len() / 4);
    for number in lines::numbers(text) {
        places.extend_from_slice(&line_places(world, &plan.normalize(number)));
    }
    Ok(call.make_binary(&[&places]))
}

/// The three bytes of [`lookup_lines`] for a number in E.164.
pub(crate) fn lookup_line(call: Call<'_>) -> Answer {
    let world = localities::known(&call)?.world();
    Ok(call.make_binary(&[&line_places(world, call.binary(0)?)]))
}

#[inline]
fn line_places(world: &World<'static>, number: &[u8]) -> [u8; 3] {
    let Some(number) = identified(world, number) else {
        return [0; 3];
    };
    let region = number.region().map_or(0, |region| region.place() + 1);
    let kind = match number.number_type() {
        NumberType::Unknown => 0,
        kind => kind as u8 + 1,
    };
    let [high, low] = region.to_be_bytes();
    [high, low, kind]
}
