//! Regions, calling codes, and the examples of numbers that regions have.

use crate::call::Call;
use crate::codec;
use crate::localities;
use crate::refused::{Answer, Refused};
use numplan_world::{CallingCode, NumberType, PhoneNumber, Region, World};
use rustler::sys::ErlNifTerm;

fn world<'a>(call: &Call<'a>) -> Result<&'a World<'static>, Refused> {
    Ok(localities::known(call)?.world())
}

/// The region that an argument names, if it has a numbering plan.
fn region<'a>(call: &Call<'a>) -> Result<Option<Region<'a>>, Refused> {
    let name = std::str::from_utf8(call.binary(0)?).unwrap_or_default();
    Ok(world(call)?.region(name))
}

/// The calling code in an argument, if it is in use.
fn code<'a>(call: &Call<'a>) -> Result<Option<CallingCode<'a>>, Refused> {
    let term = call.term(0)?;
    if !term.is_integer() {
        return Err(Refused::BadArgument);
    }
    // As u16 it would be cut off to its last bits. An integer of more bits is no code either.
    let code: Option<u16> = term.decode::<u32>().ok().and_then(|code| code.try_into().ok());
    let world = world(call)?;
    Ok(code.and_then(|code| world.calling_code(code)))
}

/// The names of all regions, sorted.
pub(crate) fn regions(call: Call<'_>) -> Answer {
    let mut names: Vec<&str> = world(&call)?.regions().map(Region::name).collect();
    names.sort_unstable();
    Ok(codec::binaries(&call, names).as_c_arg())
}

/// The names of the regions that share a calling code, the main one first.
pub(crate) fn regions_of(call: Call<'_>) -> Answer {
    let regions = code(&call)?.into_iter().flat_map(CallingCode::regions);
    Ok(codec::binaries(&call, regions.map(Region::name)).as_c_arg())
}

/// All calling codes, ascending.
pub(crate) fn calling_codes(call: Call<'_>) -> Answer {
    let codes = world(&call)?.calling_codes().map(CallingCode::number);
    Ok(call.encode(codes.collect::<Vec<u16>>()))
}

/// The calling code of a region, or `undefined`.
pub(crate) fn calling_code(call: Call<'_>) -> Answer {
    let code = region(&call)?.map(Region::calling_code);
    Ok(code.map_or(call.atoms().undefined, |code| call.encode(code)))
}

/// The names of the types of numbers that a region has.
pub(crate) fn number_types(call: Call<'_>) -> Answer {
    let types = region(&call)?.into_iter().flat_map(Region::number_types);
    Ok(codec::binaries(&call, types.map(NumberType::name)).as_c_arg())
}

/// An example of a type of number in a region, or `undefined`.
pub(crate) fn example(call: Call<'_>) -> Answer {
    let (region, name) = (region(&call)?, call.binary(1)?);
    let kind = NumberType::ALL.into_iter().find(|kind| kind.name().as_bytes() == name);
    let world = world(&call)?;
    let number = region
        .zip(kind)
        .and_then(|(region, kind)| world.example(region.name(), kind));
    Ok(e164(&call, number))
}

/// An example of a number with a calling code of no country, or `undefined`.
pub(crate) fn global_example(call: Call<'_>) -> Answer {
    let world = world(&call)?;
    let number = code(&call)?.and_then(|code| world.global_example(code.number()));
    Ok(e164(&call, number))
}

fn e164(call: &Call<'_>, number: Option<PhoneNumber>) -> ErlNifTerm {
    number.map_or(call.atoms().undefined, |number| {
        call.make_binary(&[number.to_string().as_bytes()])
    })
}
