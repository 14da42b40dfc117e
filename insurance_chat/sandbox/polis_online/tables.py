"""Tariff tables of the emulated insurers (section 1 of the domain pack, directive 7204-У)."""

from __future__ import annotations

from decimal import Decimal

BASE_MIN = Decimal(1399)
BASE_MAX = Decimal(8665)
UNLIMITED_DRIVERS = Decimal("3.16")

#: КБМ by class; "М" is the worst, "13" the best.
KBM_BY_CLASS: dict[str, Decimal] = {
    klass: Decimal(value)
    for klass, value in {
        "М": "3.92", "0": "2.94", "1": "2.25", "2": "1.76", "3": "1.17", "4": "1.00",
        "5": "0.91", "6": "0.83", "7": "0.78", "8": "0.74", "9": "0.68", "10": "0.63",
        "11": "0.57", "12": "0.52", "13": "0.46",
    }.items()
}  # fmt: skip

#: Youngest age of each row of КВС, full years.
AGE_FROM = (16, 22, 25, 30, 35, 40, 50, 60)
#: Shortest experience of each column of КВС, full years.
EXPERIENCE_FROM = (0, 1, 2, 3, 5, 7, 10, 15)

_KVS_ROWS = """
2.27 1.92 1.84 1.65 1.62 - - -
1.88 1.72 1.71 1.13 1.10 1.09 - -
1.72 1.60 1.54 1.09 1.08 1.07 1.02 -
1.56 1.50 1.48 1.05 1.04 1.01 0.97 0.95
1.54 1.47 1.46 1.00 0.97 0.95 0.94 0.93
1.50 1.44 1.43 0.96 0.95 0.94 0.93 0.91
1.46 1.40 1.39 0.93 0.92 0.91 0.90 0.86
1.43 1.36 1.35 0.91 0.90 0.89 0.88 0.83
"""

#: КВС by row of age and column of experience; None is an impossible combination.
KVS: tuple[tuple[Decimal | None, ...], ...] = tuple(
    tuple(None if cell == "-" else Decimal(cell) for cell in row.split())
    for row in _KVS_ROWS.strip().splitlines()
)

#: КМ: largest power in hp (inclusive) and the value; above the last edge it is 1.6.
KM_UP_TO = (
    (Decimal(50), Decimal("0.6")),
    (Decimal(70), Decimal("1.0")),
    (Decimal(100), Decimal("1.1")),
    (Decimal(120), Decimal("1.2")),
    (Decimal(150), Decimal("1.4")),
)
KM_ABOVE = Decimal("1.6")

#: КС by months of use; ten months and more cost the full price.
KS_BY_MONTHS = {
    3: Decimal("0.50"),
    4: Decimal("0.60"),
    5: Decimal("0.65"),
    6: Decimal("0.70"),
    7: Decimal("0.80"),
    8: Decimal("0.90"),
    9: Decimal("0.95"),
    10: Decimal("1.00"),
    11: Decimal("1.00"),
    12: Decimal("1.00"),
}
