"""Which fields the chosen risks need: nothing is asked for a risk that was not chosen.

Source: domain notes 4.2 (V1: S17) and the minimisation of data, 152-ФЗ art. 5.
"""

from __future__ import annotations

from collections.abc import Iterable

from insurance_chat.insurance.mortgage.types import Risk

#: Field → its Russian name, in the order in which it is asked.
TITLES: dict[str, str] = {
    "risks": "что застраховать",
    "loan.bank": "банк",
    "loan.balance": "остаток долга",
    "insuredObject.kind": "вид объекта",
    "insuredObject.buildYear": "год постройки",
    "insuredObject.woodenFloors": "есть ли деревянные перекрытия",
    "insuredObject.gas": "есть ли газ",
    "ownership.registered": "зарегистрировано ли право собственности",
    "borrower.birthDate": "дата рождения заёмщика",
    "borrower.gender": "пол заёмщика",
    "health": "анкета о здоровье",
    "loan.agreementNumber": "номер кредитного договора",
    "loan.agreementDate": "дата кредитного договора",
    "insuredObject.address": "адрес объекта",
    "insuredObject.areaM2": "площадь объекта",
    "policyholder.fullName": "ФИО страхователя",
    "policyholder.birthDate": "дата рождения страхователя",
    "policyholder.passport": "серия и номер паспорта",
    "policyholder.address": "адрес регистрации",
    "policyholder.phone": "телефон",
    "policyholder.email": "e-mail",
}
_ALWAYS = ("risks", "loan.bank", "loan.balance")
_OF_RISK: dict[Risk, tuple[str, ...]] = {
    Risk.PROPERTY: (
        "insuredObject.kind",
        "insuredObject.buildYear",
        "insuredObject.woodenFloors",
        "insuredObject.gas",
    ),
    Risk.LIFE: ("borrower.birthDate", "borrower.gender", "health"),
    Risk.TITLE: ("insuredObject.kind", "ownership.registered"),
}
_TO_ISSUE = (
    "loan.agreementNumber",
    "loan.agreementDate",
    "policyholder.fullName",
    "policyholder.birthDate",
    "policyholder.passport",
    "policyholder.address",
    "policyholder.phone",
    "policyholder.email",
)
_OF_OBJECT = ("insuredObject.address", "insuredObject.areaM2")


def to_quote(risks: Iterable[Risk]) -> tuple[str, ...]:
    """Fields without which no insurer names a price, in the order in which they are asked."""
    wanted = set(_ALWAYS).union(*(_OF_RISK[risk] for risk in risks))
    return tuple(field for field in TITLES if field in wanted)


def to_issue(risks: Iterable[Risk]) -> tuple[str, ...]:
    """Fields that are needed besides, before a policy can be drafted."""
    chosen = set(risks)
    wanted = set(_TO_ISSUE)
    if chosen & {Risk.PROPERTY, Risk.TITLE}:
        wanted.update(_OF_OBJECT)
    return tuple(field for field in TITLES if field in wanted)
