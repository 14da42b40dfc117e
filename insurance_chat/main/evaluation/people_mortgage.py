"""Randomly generated borrowers that look like real ones and belong to nobody.

All of them can be insured without a person's decision (`insurance/mortgage/data/underwriting.yml`):
a sale that is handed over has not been bought.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar, Final

from insurance_chat.insurance.mortgage.banks import all_banks
from insurance_chat.insurance.mortgage.types import Risk
from insurance_chat.main.evaluation.people import ADDRESSES, NAMES, PATRONYMICS, SURNAMES

WOMEN = ("Анна", "Мария", "Елена", "Ольга", "Наталья", "Светлана")
ELSEWHERE = ("Фора-Банк", "Примсоцбанк", "Банк Левобережный")  # not in our list
CHOICES = (
    (Risk.PROPERTY, Risk.LIFE),
    (Risk.PROPERTY,),
    (Risk.PROPERTY, Risk.LIFE, Risk.TITLE),
    (Risk.LIFE,),
    (Risk.TITLE,),
)
_RISKS = {Risk.PROPERTY: "имущество", Risk.LIFE: "жизнь", Risk.TITLE: "титул"}
_KINDS = ("квартира", "апартаменты", "комната", "таунхаус", "дом")
#: What a person of good health answers on the page with the questions.
HEALTHY: Final = {"heightCm": "180", "weightKg": "80", "smoker": "no", "severeDisease": "no",
                  "disability": "no", "surgery": "no", "bloodPressure": "no"}  # fmt: skip


@dataclass(frozen=True)
class Borrower:
    """Everything that a sale of mortgage insurance asks for, as the client would type it.

    Args:
        balance: outstanding principal, roubles.
        uplift: per cent above it by the agreement; None: they do not know.
        area: square metres with a decimal comma.
        danger: what is dangerous, «работа» or «спорт»; empty: nothing.
        health: answers on the page of the questionnaire.
    """

    product: ClassVar[str] = "mortgage"
    opening: ClassVar[str] = "хочу застраховать ипотеку"

    risks: tuple[Risk, ...]
    bank: str
    balance: int
    uplift: int | None
    kind: str
    built: int
    gas: bool
    area: str
    object_address: str
    agreement: str
    agreed_on: date
    name: str
    man: bool
    birth: date
    passport: str
    address: str
    danger: str
    health: dict[str, str]
    start: date
    phone: str
    email: str

    def terse(self) -> dict[str, str]:
        """The bare value for each slot, as a program without manners would send it."""
        return self.answers() | {
            "consent": "да",
            "mortgage_bank": self.bank,
            "mortgage_balance": str(self.balance),
            "mortgage_uplift": "не знаю" if self.uplift is None else str(self.uplift),
            "build_year": str(self.built),
            "wooden_floors": "нет",
            "gas": "да" if self.gas else "нет",
            "ownership_registered": "да",
            "borrower_gender": "м" if self.man else "ж",
            "agreement_number": self.agreement,
            "agreement_date": f"{self.agreed_on:%d.%m.%Y}",
            "object_area": self.area,
            "policyholder_passport": f"{self.passport[:4]} {self.passport[4:]}",
            "start_date": f"{self.start:%d.%m.%Y}",
            "confirm": "да",
        }

    def answers(self) -> dict[str, str]:
        """What to type for each slot, as it can stand in one message with the others."""
        return self._of_loan() | self._of_person() | {
            "object_kind": self.kind,
            "build_year": f"{self.built} год постройки",
            "wooden_floors": "перекрытия бетонные",
            "gas": "газ есть" if self.gas else "газа нет",
            "ownership_registered": "право зарегистрировано",
            "object_address": self.object_address,
            "object_area": f"{self.area} кв. м",
            "start_date": f"с {self.start:%d.%m.%Y}",
            "offer": "1",
            "confirm": "подтверждаю",
            "send_email": "да",
            "remind_renewal": "да",
        }  # fmt: skip

    def _of_loan(self) -> dict[str, str]:
        wanted = [_RISKS[risk] for risk in self.risks]
        above = "не знаю" if self.uplift is None else f"{self.uplift} %"
        return {
            "mortgage_risks": " и ".join(wanted) if len(wanted) > 1 else f"только {wanted[0]}",
            "mortgage_bank": self.bank,
            "mortgage_balance": f"остаток {self.balance:,} руб".replace(",", " "),
            "mortgage_uplift": above,
            "agreement_number": f"договор {self.agreement}",
            "agreement_date": f"от {self.agreed_on:%d.%m.%Y}",
        }

    def _of_person(self) -> dict[str, str]:
        return {
            "consent": "согласен",  # both of them are shown to clients by this name
            "dangerous": "да" if self.danger else "нет",
            "dangerous_kind": self.danger,
            "borrower_gender": "мужчина" if self.man else "женщина",
            "policyholder_full_name": self.name,
            "policyholder_birth_date": f"{self.birth:%d.%m.%Y}",
            "policyholder_passport": f"паспорт {self.passport[:4]} {self.passport[4:]}",
            "policyholder_address": self.address,
            "phone": self.phone,
            "email": self.email,
        }

    def beside(self, asked: Iterable[str]) -> tuple[str, ...]:
        """Nothing is told before it is asked."""
        return ()

    def pages(self) -> dict[str, dict[str, str]]:
        """The questions about health, which are never answered in the chat."""
        return {"/anketa/": self.health}


def borrower(source: random.Random, today: date) -> Borrower:
    """A new person with a loan.

    Args:
        source: seeded, so that a failing run can be repeated.
        today: Moscow date; the policy starts some days later.
    """
    pick = source.choice
    man = source.random() < 0.5
    banks = (*(bank.name for bank in all_banks()), *ELSEWHERE)
    signed = today - timedelta(days=source.randint(40, 3000))
    home = pick(ADDRESSES)
    return Borrower(
        risks=pick(CHOICES),
        # Every fourth one has a loan of a bank that nobody here has heard of.
        bank=pick(ELSEWHERE) if source.random() < 0.25 else pick(banks),
        balance=source.randint(500, 9000) * 1000,
        uplift=pick((None, 0, 10)),
        kind=pick(_KINDS),
        built=source.randint(1960, today.year - 1),
        gas=source.random() < 0.5,
        area=f"{source.randint(20, 180)},{source.randint(1, 9)}",
        object_address=home,
        agreement=f"{source.randint(10_000, 99_999)}/{signed:%y}-{source.randint(10, 99)}",
        agreed_on=signed,
        name=_name(source, man=man),
        man=man,
        birth=date(today.year - source.randint(24, 53), source.randint(1, 12), 15),
        passport=f"45{source.randint(10, 23)}{source.randint(100_000, 999_999)}",
        address=home if source.random() < 0.5 else pick(ADDRESSES),
        danger=pick(("", "", "работа", "спорт")),
        health=_health(source),
        start=today + timedelta(days=source.randint(3, 40)),
        phone=f"+79{source.randint(100_000_000, 999_999_999)}",
        email=f"borrower{source.randint(0, 999_999_99):08d}@example.ru",
    )


def _name(source: random.Random, *, man: bool) -> str:
    surname, father = source.choice(SURNAMES), source.choice(PATRONYMICS)
    if man:
        return f"{surname} {source.choice(NAMES)} {father}"
    return f"{surname}а {source.choice(WOMEN)} {father.removesuffix('ич')}на"


def _health(source: random.Random) -> dict[str, str]:
    raised = ("smoker", "surgery", "bloodPressure")  # dearer at most, never a person's decision
    measured = {
        "heightCm": str(source.randint(155, 195)),
        "weightKg": f"{source.randint(50, 110)},{source.randint(1, 9)}",
    }
    return HEALTHY | measured | {name: source.choice(("yes", "no")) for name in raised}
