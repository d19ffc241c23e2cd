#!/usr/bin/env python3
"""Writes what PyPI's phonenumbers makes of written numbers, as testdata/clean.tsv.

    pip install phonenumbers==9.0.43
    scripts/clean_vectors.py

Three kinds of rows, each a number as written and what cleaning must make of it:

- example numbers of all regions in phonenumbers' own written forms. Those that name the country must come to its E.164 form, the
  national ones to its digits (`normalize_digits_only`);
- random texts of digits of all scripts, libphonenumber's punctuation and plus signs: a plus if there is one before them, and
  `normalize_digits_only`. Its `x`, which begins an extension, is no punctuation here;
- each decimal digit of Unicode, by `unicodedata.decimal`.
"""

import random
import unicodedata
from pathlib import Path

import phonenumbers
from phonenumbers import PhoneNumberFormat, phonenumberutil

VECTORS = Path(__file__).parent.parent / "testdata/clean.tsv"
SEED = 15
RANDOM = 2_000
DASHES = range(0x2010, 0x2016)
PUNCTUATION = sorted((set("-\u2212\u30fc\uff0d\uff0e\uff0f \u00a0\u00ad\u200b\u2060\u3000()\uff08\uff09\uff3b\uff3d.[]/~"
                          "\u2053\u223c\uff5e") | {chr(code) for code in DASHES}))


def written():
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        for kind in (phonenumbers.PhoneNumberType.FIXED_LINE, phonenumbers.PhoneNumberType.MOBILE):
            number = phonenumbers.example_number_for_type(region, kind)
            if number is None:
                continue
            e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
            for form in (PhoneNumberFormat.INTERNATIONAL, PhoneNumberFormat.RFC3966):
                yield phonenumbers.format_number(number, form), e164
            national = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
            yield national, phonenumberutil.normalize_digits_only(national)


def texts(digits):
    chance = random.Random(SEED)
    for _ in range(RANDOM):
        plus = chance.choice(["", "", "+", "\uff0b"])
        body = "".join(chance.choice(PUNCTUATION if chance.random() < 0.4 else digits) for _ in range(chance.randint(1, 16)))
        yield plus + body, ("+" if plus else "") + phonenumberutil.normalize_digits_only(body)


def main():
    digits = [chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) == "Nd"]
    assert set(phonenumberutil._VALID_PUNCTUATION) - set(PUNCTUATION) <= set("x\\-\u2010\u2015\uff0d\uff0f"), "other punctuation"
    rows = [*written(), *texts("0123456789" * 40 + "".join(digits)),
            *((digit, str(unicodedata.decimal(digit))) for digit in digits)]
    VECTORS.write_text("written\tcleaned\n" + "".join(f"{text}\t{cleaned}\n" for text, cleaned in rows), encoding="utf-8")
    print(f"{len(rows)} rows in {VECTORS}")


if __name__ == "__main__":
    main()
