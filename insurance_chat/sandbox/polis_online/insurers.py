"""The fifteen emulated insurers and their habits (section 5 of the domain pack; habits are invented)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Insurer:
    """One insurer of the sandbox.

    Args:
        share: its base rate as a part of the upper bound of the corridor.
        answers_after: seconds until its offer arrives, before the time scale.
        pool_percent: how many of a hundred cars go to the reinsurance pool.
        draft_change_percent: how much dearer it becomes when the offer is chosen.
        youngest_driver: refuses younger drivers.
        strict: refuses a car that differs from the register.
        polls: works through operations that must be polled.
        silent_percent: how many of a hundred cars it does not answer about.
    """

    slug: str
    name: str
    share: Decimal
    answers_after: float = 3.0
    pool_percent: int = 0
    draft_change_percent: Decimal = Decimal(0)
    youngest_driver: int = 16
    strict: bool = False
    polls: bool = False
    silent_percent: int = 0
    pool_after_choice: bool = False


INSURERS: tuple[Insurer, ...] = (
    Insurer("reso", "САО «РЕСО-Гарантия»", Decimal("0.86"), 2.0),
    Insurer("alfa", "АО «АльфаСтрахование»", Decimal("0.80"), 2.5, pool_percent=10),
    Insurer("ingos", "СПАО «Ингосстрах»", Decimal("0.83"), 3.0),
    Insurer("rgs", "ПАО СК «Росгосстрах»", Decimal("0.88"), 15.0),
    Insurer("vsk", "САО «ВСК»", Decimal("0.90"), 4.0, polls=True),
    Insurer("sogaz", "АО «СОГАЗ»", Decimal("0.78"), 5.0, strict=True),
    Insurer(
        "tinsurance", "АО «Т-Страхование»", Decimal("0.75"), 1.5, draft_change_percent=Decimal(3)
    ),
    Insurer("renins", "ПАО «Группа Ренессанс Страхование»", Decimal("0.82"), 3.5),
    Insurer("soglasie", "ООО «СК «Согласие»", Decimal("0.84"), 4.5),
    Insurer("maks", "АО «МАКС»", Decimal("0.92"), 6.0),
    Insurer("ugoria", "АО «ГСК «Югория»", Decimal("0.81"), 5.5, pool_after_choice=True),
    Insurer("sovcom", "АО «Совкомбанк страхование»", Decimal("0.79"), 3.0),
    Insurer("zetta", "АО «Зетта Страхование»", Decimal("0.87"), 7.0),
    Insurer("absolut", "ООО «Абсолют Страхование»", Decimal("0.85"), 4.0, youngest_driver=22),
    Insurer("energogarant", "ПАО «САК «ЭНЕРГОГАРАНТ»", Decimal("0.95"), 10.0, silent_percent=33),
)

BY_SLUG = {insurer.slug: insurer for insurer in INSURERS}


def license_of(slug: str) -> str:
    """Number of a licence that is visibly not a real one."""
    number = [insurer.slug for insurer in INSURERS].index(slug) + 1
    return f"ОС № 00{number:02d}-03 (песочница)"
