#!/usr/bin/env python3
"""Writes what PyPI's phonenumbers answers for random numbers, as testdata/locality/vectors.tsv.gz.

Needs the package of the version that the tables were made from (native/numplan_locality/data/manifest.tsv):

    pip install phonenumbers==9.0.43
    scripts/locality_vectors.py

Numbers come from each region's and each non-geographic code's own patterns, by a fixed seed; one in twenty has a digit changed, and so
may be invalid. Columns: number, E.164 form where it is another, region, type, valid, geocode, carrier, time zones, national,
international and RFC 3966 form; the last three with # for each of the number's own last digits.
"""

import gzip
import random
import sre_parse
from pathlib import Path

import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumberFormat, PhoneNumberType, carrier, geocoder, timezone

VECTORS = Path(__file__).parent.parent / "testdata/locality/vectors.tsv.gz"
SEED = 43
VALID, CHANGED = 100_000, 5_000
EXAMPLES = ["+14158551292", "+14158867900", "+442079460000", "+33142685300", "+61293744000", "+819012345678",
            "+5511987654321", "+18005551212"]
DESCRIPTIONS = ("fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost", "personal_number", "voip", "pager", "uan",
                "voicemail")
FORMS = (PhoneNumberFormat.NATIONAL, PhoneNumberFormat.INTERNATIONAL, PhoneNumberFormat.RFC3966)


def generated(nodes, chance):
    """A text that a parsed regex matches."""
    text = ""
    for kind, value in nodes:
        kind = str(kind)
        if kind == "LITERAL":
            text += chr(value)
        elif kind == "IN":
            text += chance.choice([letter for part in value for letter in letters(part)])
        elif kind == "MAX_REPEAT":
            low, high, inner = value
            text += "".join(generated(inner, chance) for _ in range(chance.randint(low, min(high, low + 4))))
        elif kind == "SUBPATTERN":
            text += generated(value[-1], chance)
        elif kind == "BRANCH":
            text += generated(chance.choice(value[1]), chance)
        else:
            raise ValueError(kind)
    return text


def letters(part):
    kind, value = str(part[0]), part[1]
    if kind == "LITERAL":
        return [chr(value)]
    if kind == "RANGE":
        return [chr(code) for code in range(value[0], value[1] + 1)]
    if kind == "CATEGORY":
        return "0123456789"
    raise ValueError(kind)


def sources():
    """Calling codes with the regexes of what each region has."""
    regions = [PhoneMetadata.metadata_for_region(region) for region in sorted(phonenumbers.SUPPORTED_REGIONS)]
    codes = [code for code, names in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items() if names == ("001",)]
    for metadata in regions + [PhoneMetadata.metadata_for_nongeo_region(code) for code in sorted(codes)]:
        patterns = [getattr(metadata, name) for name in DESCRIPTIONS]
        parsed = [sre_parse.parse(found.national_number_pattern)
                  for found in patterns if found is not None and found.national_number_pattern]
        if parsed:
            yield metadata.country_code, parsed


def masked(form, e164):
    """The form with # for the digits at its end, as long as they are those at the number's end."""
    digits, masked = list(e164), list(form)
    for at in reversed(range(len(form))):
        if form[at].isdigit():
            if not digits or digits.pop() != form[at]:
                break
            masked[at] = "#"
    return "".join(masked)


def row(text, number):
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    forms = [masked(phonenumbers.format_number(number, form), e164) for form in FORMS]
    kind = phonenumbers.number_type(number)
    return [text, "" if e164 == text else e164, phonenumbers.region_code_for_number(number) or "",
            PhoneNumberType.to_string(kind), str(phonenumbers.is_valid_number(number)).lower(),
            geocoder.description_for_number(number, "en"), carrier.name_for_number(number, "en"),
            "&".join(timezone.time_zones_for_number(number))] + forms


def read(text):
    try:
        return phonenumbers.parse(text)
    except phonenumbers.NumberParseException:
        return None


def main():
    chance = random.Random(SEED)
    places = list(sources())
    texts = list(EXAMPLES)
    while len(texts) < VALID:
        code, patterns = places[len(texts) % len(places)]
        text = f"+{code}{generated(chance.choice(patterns), chance)}"
        number = read(text)
        if number is not None and phonenumbers.is_valid_number(number):
            texts.append(text)
    for _ in range(CHANGED):
        text = chance.choice(texts[:VALID])
        at = chance.randrange(1, len(text))
        texts.append(text[:at] + chance.choice("0123456789") + text[at + 1:])
    read_texts = ((text, read(text)) for text in sorted(texts))
    rows = [row(text, number) for text, number in read_texts if number is not None]
    lines = "".join("\t".join(cells) + "\n" for cells in rows)
    VECTORS.parent.mkdir(parents=True, exist_ok=True)
    with gzip.GzipFile(VECTORS, "wb", compresslevel=9, mtime=0) as file:
        file.write(lines.encode())
    print(f"{len(rows)} rows, phonenumbers {phonenumbers.__version__}")


if __name__ == "__main__":
    main()
