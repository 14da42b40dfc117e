"""Banks as data: how much above the balance they want, whom they accept, how they get the policy."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cache
from pathlib import Path

from insurance_chat.core.yaml_files import read_yaml

FRESH = timedelta(days=31)
_DATA = Path(__file__).parent / "data" / "banks.yml"
_WORD = re.compile(r"[а-яa-z0-9]+")
_ENDING = re.compile(r"(?:ом|е|а|у|ы|и)$")
_LONGEST_NAME = 3


@dataclass(frozen=True, slots=True)
class Bank:
    """One bank of our list.

    Args:
        uplift: per cent above the balance, from memory; None when it is not known. Only a suggestion
            that the client confirms by their agreement.
        accredited: slugs of insurers of the bank's list.
        checked_at: when a person compared the list with the bank's page; None: nobody has.
        sends_policy: `yes`, `no` or `unknown`: whether the bank gets the policy from the insurer.
    """

    code: str
    name: str
    uplift: Decimal | None
    aliases: tuple[str, ...]
    checked_at: date | None
    sends_policy: str
    accredited: tuple[str, ...]


class Acceptance(StrEnum):
    """What we know of an insurer at a bank; only `LISTED` with a fresh date may be told as a fact."""

    LISTED = "listed"
    NOT_LISTED = "not_listed"
    NOT_CHECKED = "not_checked"
    UNKNOWN_BANK = "unknown_bank"


@cache
def all_banks() -> tuple[Bank, ...]:
    """Banks in the order of the file."""
    rows = read_yaml(_DATA)["banks"]
    return tuple(
        Bank(
            code=row["code"],
            name=row["name"],
            uplift=None if row["uplift"] is None else Decimal(str(row["uplift"])),
            aliases=tuple(row["aliases"]),
            checked_at=row["checked_at"],
            sends_policy=row["sends_policy"],
            accredited=tuple(row["accredited"]),
        )
        for row in rows
    )


def get_bank(code: str | None) -> Bank | None:
    """The bank with this code."""
    return next((bank for bank in all_banks() if bank.code == code), None)


def find_bank(text: str) -> Bank | None:
    """The bank that the client names, «ипотека в сбере»; None when there is none or several."""
    words = [_root(word) for word in _WORD.findall(text.lower().replace("ё", "е"))]
    found: set[str] = set()
    used: set[int] = set()
    for size in range(min(_LONGEST_NAME, len(words)), 0, -1):
        for start in range(len(words) - size + 1):
            span = range(start, start + size)
            code = _names().get(" ".join(words[start : start + size]))
            if code and used.isdisjoint(span):
                used.update(span)
                found.add(code)
    return get_bank(found.pop()) if len(found) == 1 else None


def acceptance(bank: Bank | None, company: str, today: date) -> Acceptance:
    """Whether the bank's list has the insurer, if the list is fresh enough to say so.

    Source: domain notes 4.4, «never promise acceptance unless the bank list is fresh».
    """
    if bank is None:
        return Acceptance.UNKNOWN_BANK
    if bank.checked_at is None or today - bank.checked_at > FRESH:
        return Acceptance.NOT_CHECKED
    return Acceptance.LISTED if company in bank.accredited else Acceptance.NOT_LISTED


def acceptance_text(bank: Bank | None, company: str, title: str, today: date) -> str:
    """The same for the client, without a promise that we cannot keep.

    Args:
        title: name of the insurer.
    """
    known = acceptance(bank, company, today)
    if known is Acceptance.UNKNOWN_BANK or bank is None:
        return (
            "Этого банка нет в нашем списке. Полис оформить можно, но до оплаты уточните в банке, "
            f"принимает ли он полисы компании «{title}» и какую страховую сумму требует."
        )
    if known is Acceptance.LISTED and bank.checked_at is not None:
        checked = bank.checked_at.strftime("%d.%m.%Y")
        return f"{title} есть в списке страховых банка {bank.name} (проверено {checked})."
    if known is Acceptance.NOT_LISTED:
        return f"{title} нет в списке страховых банка {bank.name}: до оплаты уточните в банке."
    return (
        f"Список страховых банка {bank.name} у нас давно не сверялся. "
        f"До оплаты уточните в банке, принимает ли он полисы компании «{title}»."
    )


def delivery_text(bank: Bank | None) -> str:
    """How the policy gets to the bank, told after the issue."""
    if bank is not None and bank.sends_policy == "yes":
        return f"Страховая сама сообщит банку {bank.name} о полисе. Проверьте, что банк его принял."
    name = f" {bank.name}" if bank is not None else ""
    return (
        f"Отправьте полис и чек в банк{name} (обычно это можно сделать в приложении банка) "
        "и проверьте в банке, что полис принят."
    )


@cache
def _names() -> dict[str, str]:
    return {
        " ".join(_root(word) for word in _WORD.findall(name.lower().replace("ё", "е"))): bank.code
        for bank in all_banks()
        for name in (bank.name, *bank.aliases)
    }


def _root(word: str) -> str:
    return _ENDING.sub("", word) if len(word) > 3 else word
