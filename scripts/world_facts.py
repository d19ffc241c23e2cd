#!/usr/bin/env python3
"""Records what libphonenumber's own unit tests, in the sources of PyPI's phonenumbers, call, and what they get.

    pip download --no-deps --no-binary :all: phonenumbers==9.0.43 && tar xzf phonenumbers-9.0.43.tar.gz
    scripts/world_facts.py phonenumbers-9.0.43

writes testdata/world/facts.tsv, and into tmp/world/synthetic the metadata that most of these tests are made for:
`cargo xtask world-data tmp/world/synthetic FILE` makes its data file, of which testdata/world/synthetic.bin.gz is one.

A row has the function, its arguments and its result. A number is its calling code, its
national digits, its extension and its carrier code, with blanks between them; numbers without a calling code in use or with
digits that none can have are left out, as are functions that native/numplan_world has not.
"""

import shutil
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).parent.parent
SOURCES = Path(sys.argv[1])
sys.path.insert(0, str(SOURCES))

import phonenumbers as p
from phonenumbers import MatchType, PhoneNumber, PhoneNumberFormat, PhoneNumberType, ValidationResult, phonenumberutil, shortnumberinfo
from phonenumbers.phonenumberutil import NumberParseException
import tests.phonenumberutiltest
import tests.shortnumberinfotest
from tests import testmetadatatest

ERRORS = {getattr(NumberParseException, name): name
          for name in ("INVALID_COUNTRY_CODE", "NOT_A_NUMBER", "TOO_SHORT_AFTER_IDD", "TOO_SHORT_NSN", "TOO_LONG")}
COSTS = ("TOLL_FREE", "STANDARD_RATE", "PREMIUM_RATE", "UNKNOWN_COST")
FORMS = ("E164", "INTERNATIONAL", "NATIONAL", "RFC3966")


class LeftOut(Exception):
    """An argument that has no counterpart."""


def number(value):
    national = p.national_significant_number(value)
    if not 2 <= len(national) <= 17 or value.country_code not in phonenumberutil.COUNTRY_CODE_TO_REGION_CODE:
        raise LeftOut
    if value.italian_leading_zero is None and value.national_number is None:
        raise LeftOut
    return " ".join([str(value.country_code), national, value.extension or "", value.preferred_domestic_carrier_code or ""])


def plain(value):
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, PhoneNumber):
        return number(value)
    return str(value)


def text(value):
    if not isinstance(value, str):
        raise LeftOut
    return value


# The arguments of each function, and its result.
FUNCTIONS = {
    "parse": ([text, plain], number),
    "format_number": ([number, lambda form: FORMS[form]], plain),
    "format_out_of_country_calling_number": ([number, plain], plain),
    "format_number_for_mobile_dialing": ([number, plain, plain], plain),
    "format_national_number_with_carrier_code": ([number, plain], plain),
    "is_valid_number": ([number], plain),
    "is_valid_number_for_region": ([number, plain], plain),
    "region_code_for_number": ([number], plain),
    "number_type": ([number], PhoneNumberType.to_string),
    "is_possible_number": ([number], plain),
    "is_possible_number_with_reason": ([number], ValidationResult.to_string),
    "is_possible_number_for_type_with_reason": ([number, PhoneNumberType.to_string], ValidationResult.to_string),
    "is_number_match": ([text, text], MatchType.to_string),
    "can_be_internationally_dialled": ([number], plain),
    "is_number_geographical": ([number], plain),
    "country_code_for_region": ([plain], plain),
    "region_code_for_country_code": ([plain], plain),
    "example_number_for_type": ([text, PhoneNumberType.to_string], number),
    "example_number_for_non_geo_entity": ([plain], number),
    "is_possible_short_number_for_region": ([number, plain], plain),
    "is_valid_short_number_for_region": ([number, plain], plain),
    "is_possible_short_number": ([number], plain),
    "is_valid_short_number": ([number], plain),
    "expected_cost_for_region": ([number, plain], lambda cost: COSTS[cost]),
    "expected_cost": ([number], lambda cost: COSTS[cost]),
    "is_carrier_specific": ([number], plain),
    "is_carrier_specific_for_region": ([number, plain], plain),
    "is_sms_service_for_region": ([number, plain], plain),
    "connects_to_emergency_number": ([text, plain], plain),
    "is_emergency_number": ([text, plain], plain),
}

facts = {}
depth = 0


def escaped(value):
    return value.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def recorded(name, function):
    """The function, whose calls from outside of the library are kept."""
    kinds, result = FUNCTIONS[name]

    def record(*arguments, **options):
        global depth
        depth += 1
        try:
            answer, error = function(*arguments, **options), None
        except NumberParseException as refused:
            answer, error = None, refused
        finally:
            depth -= 1
        if depth == 0 and not options.get("numobj"):
            keep(name, kinds, result, arguments, options, answer, error)
        if error:
            raise error
        return answer

    def keep(name, kinds, result, arguments, options, answer, error):
        given = list(arguments) + ([options["region"]] if "region" in options else [])
        given += [None] * (len(kinds) - len(given))
        try:
            cells = [kind(argument) for kind, argument in zip(kinds, given)]
            if name == "country_code_for_region" and given[0] is None or answer is None and result is number and not error:
                raise LeftOut
            said = "!" + ERRORS[error.error_type] if error else result(answer)
        except LeftOut:
            return
        if p.PhoneMetadata._region_metadata is not testmetadatatest.TEST_REGION_METADATA:
            return
        if name == "parse" and not options.get("keep_raw_input") and not error:
            # Without raw input Python keeps no carrier code.
            said = said.rsplit(" ", 1)[0] + " "
            cells.append("")
        elif name == "parse":
            cells.append("kept")
        facts["\t".join(map(escaped, [name] + cells + [said]))] = None

    return record


def main():
    modules = [p, phonenumberutil, shortnumberinfo, tests.phonenumberutiltest, tests.shortnumberinfotest]
    for name in FUNCTIONS:
        function = getattr(phonenumberutil, name, None) or getattr(shortnumberinfo, name)
        for module in modules:
            if getattr(module, name, None) is function:
                setattr(module, name, recorded(name, function) if module in (p, *modules[3:]) else function)
    suite = unittest.TestSuite(unittest.defaultTestLoader.loadTestsFromModule(module) for module in modules[3:])
    outcome = unittest.TextTestRunner(verbosity=0).run(suite)
    if not outcome.wasSuccessful():
        sys.exit("the tests fail in Python")
    (ROOT / "testdata/world/facts.tsv").write_text("".join(fact + "\n" for fact in facts))
    target = ROOT / "tmp/world/synthetic"
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(SOURCES / "tests/testdata", target / "data")
    # There is no synthetic metadata of short numbers.
    shutil.copytree(SOURCES / "phonenumbers/shortdata", target / "shortdata")
    print(f"{len(facts)} facts of {outcome.testsRun} tests")


if __name__ == "__main__":
    main()
