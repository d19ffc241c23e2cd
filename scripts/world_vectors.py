#!/usr/bin/env python3
"""Writes what PyPI's phonenumbers answers for numbers of all regions, to test native/numplan_world.

    pip install phonenumbers==9.0.43
    scripts/world_vectors.py                     # writes vectors.tsv.gz, regions.tsv and codes.tsv into testdata/world
    scripts/world_vectors.py 1000000 7 > FILE    # a million rows, by the seed 7

    WORLD_ROWS=FILE cargo test --release -p numplan_world --test vectors -- --ignored

Numbers come from each region's own patterns: valid ones, some with a digit changed, too short and too long, short numbers,
all of them as people write them. Columns: the text, the region it is read in, another region, another text, and the answers
of `answers`. Bytes that would break rows are escaped.
"""

import gzip
import random
import re
import re._parser as parser
import sys
from pathlib import Path

import phonenumbers as p
from phonenumbers import PhoneMetadata, PhoneNumberFormat, PhoneNumberType, re_util, shortnumberinfo
from phonenumbers.phonenumber import CountryCodeSource
from phonenumbers.phonenumberutil import NumberParseException, ValidationResult, MatchType

FOLDER = Path(__file__).parent.parent / "testdata/world"
ROWS, SEED = 30_000, 43
TYPES = ("fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost", "voip", "personal_number", "pager", "uan", "voicemail",
         "general_desc")
SHORT = ("general_desc", "short_code", "emergency", "toll_free", "premium_rate", "standard_rate", "carrier_specific", "sms_services")
COSTS = ("TOLL_FREE", "STANDARD_RATE", "PREMIUM_RATE", "UNKNOWN_COST")
ERRORS = {NumberParseException.INVALID_COUNTRY_CODE: "INVALID_COUNTRY_CODE", NumberParseException.NOT_A_NUMBER: "NOT_A_NUMBER",
          NumberParseException.TOO_SHORT_AFTER_IDD: "TOO_SHORT_AFTER_IDD", NumberParseException.TOO_SHORT_NSN: "TOO_SHORT_NSN",
          NumberParseException.TOO_LONG: "TOO_LONG"}
REASONS = {ValidationResult.IS_POSSIBLE: "p", ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "l", ValidationResult.TOO_SHORT: "s",
           ValidationResult.INVALID_LENGTH: "i", ValidationResult.TOO_LONG: "t", ValidationResult.INVALID_COUNTRY_CODE: "c"}
SOURCES = {CountryCodeSource.FROM_NUMBER_WITH_PLUS_SIGN: "+", CountryCodeSource.FROM_NUMBER_WITH_IDD: "i",
           CountryCodeSource.FROM_NUMBER_WITHOUT_PLUS_SIGN: "c", CountryCodeSource.FROM_DEFAULT_COUNTRY: "d",
           CountryCodeSource.UNSPECIFIED: "u"}
KINDS = [kind for kind in PhoneNumberType.values()]
DIGITS = ["０１２３４５６７８９", "٠١٢٣٤٥٦٧٨٩", "०१२३४५६७८९", "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗"]
PIECES = ["+", "＋", "++", "00", "011", "0", "1", "15", "9", "-", " ", "  ", "(", ")", "(0)", ".", "/", "\\", "x", "X", "/x", "/ x", "ext", "ext.",
          " ext. ", "EXT:", "extn", "xtn", "extension", "extensión", "extensio\u0301n", "ＥＸＴ", "ｘ", "ｉｎｔ", "int", " int ", "anexo", "доб",
          "ДОБ.", "#", "＃", "~", "～", ",", ",,", ",,,", ";", ";ext=", ";EXT=", ";isub=", ";phone-context=", "tel:", "Tel: ", "\t", "\u00a0",
          "\u2060", "\u200b", "\u00ad", "ー", "、", "*", "_", "a", "abc", "FLOWERS", "ſ", "ı", "K", "é", "²", "①", "\u0301", "\n", ":", "=", "example.com",
          "+44", "+1", "+39", "+54", "12", "345", "6789", "०", "٥", "７", "\U0001d7d8", "[", "]", "）", "（", "‐", "−", "1-800", "@", "%", "&"]


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
            text += "".join(generated(inner, chance) for _ in range(chance.randint(low, min(high, low + 6))))
        elif kind == "SUBPATTERN":
            text += generated(value[-1], chance)
        elif kind == "BRANCH":
            text += generated(chance.choice(value[1]), chance)
        elif kind != "AT":
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


class Place:
    """A region with the patterns of its numbers."""

    def __init__(self, metadata, short):
        self.name, self.code = metadata.id, metadata.country_code
        self.patterns = self.parsed(metadata, TYPES)
        self.short = self.parsed(short, SHORT) if short else []
        self.idd = parser.parse(metadata.international_prefix) if metadata.international_prefix else []
        prefix = metadata.national_prefix_for_parsing
        self.prefix = parser.parse(prefix) if prefix else []
        self.national_prefix = metadata.national_prefix or ""

    @staticmethod
    def parsed(metadata, names):
        found = [getattr(metadata, name) for name in names]
        return [parser.parse(one.national_number_pattern) for one in found if one is not None and one.national_number_pattern]


def places():
    regions = sorted(p.SUPPORTED_REGIONS)
    geographic = [Place(PhoneMetadata.metadata_for_region(name), PhoneMetadata.short_metadata_for_region(name)) for name in regions]
    codes = sorted(p.COUNTRY_CODES_FOR_NON_GEO_REGIONS)
    return geographic + [Place(PhoneMetadata.metadata_for_nongeo_region(code), None) for code in codes]


def changed(digits, chance):
    """Digits as they are, with one changed, shorter or longer."""
    way = chance.random()
    if way < 0.6 or not digits:
        return digits
    if way < 0.75:
        at = chance.randrange(len(digits))
        return digits[:at] + chance.choice("0123456789") + digits[at + 1:]
    if way < 0.87:
        return digits[:max(1, len(digits) - chance.randint(1, 4))]
    return digits + "".join(chance.choice("0123456789") for _ in range(chance.randint(1, 5)))


def spaced(digits, chance):
    """Digits with punctuation between some of them."""
    return "".join(digit + (chance.choice([" ", "-", ".", "/", ")", " (", "\u00a0", " - "]) if chance.random() < 0.2 else "") for digit in digits)


def scripted(text, chance):
    """ASCII digits as those of another script."""
    script = chance.choice(DIGITS)
    return "".join(script[int(letter)] if letter in "0123456789" and chance.random() < 0.9 else letter for letter in text)


def lettered(text, chance):
    """The last digits as letters of a keypad."""
    keys = ["", "", "abcABC", "defDEF", "ghiGHI", "jklJKL", "mnoMNO", "pqrsPQRS", "tuvTUV", "wxyzWXYZ"]
    head, tail = text[:-7], text[-7:]
    return head + "".join(chance.choice(keys[int(one)]) if one in "23456789" else one for one in tail)


def extended(text, chance):
    """A number with an extension."""
    digits = "".join(chance.choice("0123456789") for _ in range(chance.choice([1, 2, 3, 4, 6, 7, 9, 10, 15, 16, 20, 21])))
    label = chance.choice([" ext. ", " x", "x", ";ext=", "#", " # ", ",,", ",", ";", " ,, ", "ext ", " extn. ", " int ", " anexo ", " доб. ", " - ",
                           "～", " ＥＸＴ", " ｘ", " xtn:", " extensión ", "\textension: ", ",,,-", ";:", ",.", " X", "Ext.", "/x", " EXTENSIO\u0301N "])
    return text + label + digits + ("#" if chance.random() < 0.2 else "")


def surrounded(text, chance):
    """A number in other text, or in a URI."""
    return chance.choice(["Tel: {}", "tel:{}", "{} (home)", "call {}.", "{}/x99", "{} or 1", "<{}>", "{};isub=12", "{}_", "{}\n", "\u202a{}\u202c",
                          "tel:{};phone-context=+1", "{};phone-context=example.com", "tel:{};phone-context=+44;isub=1", "{}é", "{}²",
                          "{};phone-context=+", "{};phone-context=a_b", "x{}", "*{}", "{}*", "{} x", "{}#", "{}##"]).format(text)


def written(place, all_places, chance):
    """A text, and the region it is read in."""
    way = chance.random()
    region = chance.choices([place.name, chance.choice(all_places).name, "", "ZZ"], [70, 22, 6, 2])[0]
    if way < 0.1 and place.short:
        text = changed(generated(chance.choice(place.short), chance), chance)
    elif way < 0.15:
        text = "".join(chance.choice(PIECES) for _ in range(chance.randint(1, 9)))
    else:
        digits = changed(generated(chance.choice(place.patterns), chance), chance)
        other = chance.choice(all_places)
        text = chance.choices([
            lambda: f"+{place.code}{digits}",
            lambda: f"{place.national_prefix}{digits}",
            lambda: digits,
            lambda: generated(place.prefix, chance) + digits,
            lambda: f"{generated(other.idd, chance)}{place.code}{digits}",
            lambda: f"{place.code}{digits}",
            lambda: f"+{place.code}{place.national_prefix}{digits}",
            lambda: f"+{generated(place.idd, chance)}{place.code}{digits}",
        ], [40, 15, 12, 15, 7, 5, 5, 1])[0]()
        if text.startswith(tuple("0123456789")) and region not in ("", "ZZ") and chance.random() < 0.03:
            region = other.name
    for change, odds in ((spaced, 0.3), (lettered, 0.04), (scripted, 0.06), (extended, 0.12), (surrounded, 0.08)):
        if chance.random() < odds:
            text = change(text, chance)
    return text, region if region != "001" else ""


def truth(value):
    return "1" if value else "0"


def error(function, *arguments):
    try:
        return function(*arguments), ""
    except NumberParseException as refused:
        return None, ERRORS[refused.error_type]


def short_answers(number, region):
    s = shortnumberinfo
    here = "".join([truth(s.is_possible_short_number_for_region(number, region)), truth(s.is_valid_short_number_for_region(number, region)),
                    truth(s.is_carrier_specific_for_region(number, region)), truth(s.is_sms_service_for_region(number, region))])
    anywhere = "".join([truth(s.is_possible_short_number(number)), truth(s.is_valid_short_number(number)), truth(s.is_carrier_specific(number))])
    return [here, COSTS[s.expected_cost_for_region(number, region)], anywhere, COSTS[s.expected_cost(number)]]


def answers(text, region, other, other_text):
    """What phonenumbers says of a text."""
    default = region or None
    # Only Python's port takes superscripts and the like for digits here.
    dialled = "".join(letter for letter in text if letter.isdecimal() or not letter.isdigit())
    emergency = [truth(p.is_emergency_number(dialled, region or "US")) + truth(p.connects_to_emergency_number(dialled, region or "US"))]
    match = [MatchType.to_string(p.is_number_match(text, other_text))]
    number, refused = error(p.parse, text, default)
    if number is None:
        return [refused] + emergency + match
    kept = p.parse(text, default, keep_raw_input=True)
    main = p.region_code_for_country_code(number.country_code)
    codes = p.region_codes_for_country_code(number.country_code)
    mobile = p.PhoneNumber()
    mobile.merge_from(number)
    mobile.preferred_domestic_carrier_code = kept.preferred_domestic_carrier_code
    return [
        "", p.format_number(number, PhoneNumberFormat.E164), number.extension or "", SOURCES[kept.country_code_source],
        kept.preferred_domestic_carrier_code or "", p.region_code_for_number(number) or "", PhoneNumberType.to_string(p.number_type(number)),
        truth(p.is_valid_number(number)), "".join(REASONS[p.is_possible_number_for_type_with_reason(number, kind)] for kind in KINDS),
        ",".join(code for code in codes if p.is_valid_number_for_region(number, code)),
        p.format_number(number, PhoneNumberFormat.NATIONAL), p.format_number(number, PhoneNumberFormat.INTERNATIONAL),
        p.format_number(number, PhoneNumberFormat.RFC3966), truth(p.is_number_geographical(number)), truth(p.can_be_internationally_dialled(number)),
        p.format_out_of_country_calling_number(number, region or "US"), p.format_out_of_country_calling_number(number, other),
        p.format_number_for_mobile_dialing(mobile, other, True), p.format_number_for_mobile_dialing(mobile, main, False),
        p.format_national_number_with_carrier_code(number, "15"),
    ] + short_answers(number, region if region in codes else codes[0]) + emergency + match


def escaped(text):
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def rows(count, seed):
    chance = random.Random(seed)
    all_places = places()
    regions = [place.name for place in all_places if place.name != "001"]
    last = "+1 415 886 7900"
    for number in range(count):
        text, region = written(all_places[number % len(all_places)], all_places, chance)
        other = chance.choice(regions)
        other_text = chance.choice([last, text[3:], "+" + text, re.sub(r"\D", "", text), text + " x1", text])
        yield "\t".join(map(escaped, [text, region, other, other_text] + answers(text, region, other, other_text))) + "\n"
        last = text


def regions():
    """What is asked of regions: calling code, national prefix, whether numbers are ported, and examples by type."""
    for name in sorted(p.SUPPORTED_REGIONS):
        examples = [(kind, p.example_number_for_type(name, kind)) for kind in sorted(p.supported_types_for_region(name))]
        written = [f"{PhoneNumberType.to_string(kind)}={p.format_number(number, PhoneNumberFormat.E164) if number else ''}" for kind, number in examples]
        yield [name, p.country_code_for_region(name), p.ndd_prefix_for_region(name, False) or "",
               truth(p.is_mobile_number_portable_region(name))] + written
    for code in sorted(p.COUNTRY_CODES_FOR_NON_GEO_REGIONS):
        yield ["001", code, p.format_number(p.example_number_for_non_geo_entity(code), PhoneNumberFormat.E164)]


def codes():
    """The regions of each calling code, the main one first."""
    for code in sorted(p.COUNTRY_CODE_TO_REGION_CODE):
        yield [code, ",".join(p.region_codes_for_country_code(code))]


def written_to(name, table):
    (FOLDER / name).write_text("".join("\t".join(map(str, row)) + "\n" for row in table))


def main(arguments):
    # Versions before 9.0.43 have no cache of patterns.
    getattr(re_util, "enable_pattern_cache", lambda: None)()
    if arguments:
        count, seed = map(int, arguments)
        sys.stdout.reconfigure(encoding="utf-8")
        sys.stdout.writelines(rows(count, seed))
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    written_to("regions.tsv", regions())
    written_to("codes.tsv", codes())
    with gzip.GzipFile(FOLDER / "vectors.tsv.gz", "wb", compresslevel=9, mtime=0) as file:
        file.write("".join(rows(ROWS, SEED)).encode())
    print(f"{ROWS} rows, phonenumbers {p.__version__}")


if __name__ == "__main__":
    main(sys.argv[1:])
