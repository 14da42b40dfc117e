"""The machine-readable lines at the foot of a Russian passport: numbers with check digits.

Source: order of the Ministry of Internal Affairs 851 (appendix on the machine-readable record): line 2
holds three digits of the series, the number, its check digit, RUS, the birth date, sex; after the
filler stands the fourth digit of the series. A number whose check digit is wrong is not taken.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

_WEIGHTS = (7, 3, 1)
_LINE = re.compile(
    r"(?P<number>\d{9})(?P<check>\d)RUS(?P<born>\d{6})(?P<born_check>\d)[MF<](?P<rest>[0-9<]{7,16})"
)
_CONFUSED = str.maketrans("OОQIЗ", "00013")


@dataclass(frozen=True, slots=True)
class Zone:
    """What the lines say: `passport` as ten digits, the birth date."""

    passport: str
    born: date


def read_zone(text: str, today: date) -> Zone | None:
    """The record, None when there is none or a check digit is wrong."""
    for line in text.upper().split("\n"):
        tight = re.sub(r"[^0-9A-ZА-Я<]", "", line.replace("«", "<").replace("К", "<"))
        at = tight.find("RUS")
        if at < 10:
            continue
        tight = tight[:at].translate(_CONFUSED) + tight[at:]
        found = _LINE.search(tight)
        zone = _zone(found, today) if found else None
        if zone is not None:
            return zone
    return None


def check_digit(digits: str) -> int:
    """Weights 7, 3, 1 in turn, modulo ten (ICAO 9303)."""
    return sum(int(one) * _WEIGHTS[n % 3] for n, one in enumerate(digits)) % 10


def _zone(found: re.Match[str], today: date) -> Zone | None:
    number, born = found["number"], found["born"]
    if check_digit(number) != int(found["check"]) or check_digit(born) != int(found["born_check"]):
        return None
    rest = found["rest"].lstrip("<")
    if not rest or not rest[0].isdigit():
        return None
    century = 1900 if int(born[:2]) > today.year % 100 else 2000
    try:
        day = date(century + int(born[:2]), int(born[2:4]), int(born[4:6]))
    except ValueError:
        return None
    return Zone(f"{number[:3]}{rest[0]}{number[3:]}", day)
