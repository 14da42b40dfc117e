"""What is special about mortgages behind the common calls: parts of the price, two documents."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from insurance_chat.sandbox.context import MOSCOW
from insurance_chat.sandbox.mortgage_pdf import MortgageForm, render_kid, render_mortgage
from insurance_chat.sandbox.polis_online.insurers import Insurer
from insurance_chat.sandbox.polis_online.mortgage_tariff import scaled
from insurance_chat.sandbox.store import Doc

KINDS = {
    "flat": "квартира",
    "apartments": "апартаменты",
    "room": "комната",
    "house": "жилой дом",
    "townhouse": "таунхаус",
}


class MortgageLine:
    """See `Line`."""

    title = "ипотечного страхования"
    series = "ИП99-"
    people_missing = {"name": "policyholder", "message": "Страхователь: нужны его данные"}  # noqa: RUF012

    def repriced(self, offer: Doc, factor: Decimal) -> Doc:
        """A dearer policy is dearer in every risk."""
        if factor == 1:
            return {"price": offer["price"], "parts": offer["parts"]}
        parts = scaled(offer["parts"], factor)
        return {"price": str(sum(Decimal(part["premium"]) for part in parts)), "parts": parts}

    def in_pool(self, offer: Doc, insurer: Insurer) -> bool:
        """There is no pool for voluntary insurance."""
        return False

    def subject(self, draft: Doc) -> list[tuple[str, str]]:
        """The object and the bank."""
        asked = draft["request"]
        bank = ("Банк", asked["loan"]["bankName"])
        found = asked.get("property") or {}
        if not found.get("address"):
            return [bank]
        return [("Объект", f"{KINDS[found['kind']]}, {found['address']}"), bank]

    def registered(self, draft: Doc) -> Doc:
        """By the loan agreement."""
        return {"loanAgreement": draft["request"]["loan"]["agreementNumber"]}

    def render(self, draft: Doc, check_url: str) -> bytes:
        """The policy."""
        return render_mortgage(_form(draft), check_url)

    def render_key_information(self, draft: Doc) -> bytes | None:
        """КИД with the binding price."""
        return render_kid(_form(draft))


def _form(draft: Doc) -> MortgageForm:
    asked = draft["request"]
    loan = asked["loan"]
    moment = datetime.fromtimestamp(draft["issuedAt"] or draft["createdAt"], UTC)
    person = asked["policyholder"]
    return MortgageForm(
        number=draft["number"] or "",
        company=draft["companyName"],
        license=draft["companyLicense"],
        start=draft["startDate"],
        end=draft["endDate"],
        policyholder=person["fullName"],
        birth_date=person["birthDate"],
        bank=loan["bankName"],
        agreement=f"№\u00a0{loan['agreementNumber']} от {loan['agreementDate']}",
        insured=[list(pair) for pair in MortgageLine().subject(draft)],
        parts=draft["parts"],
        price=draft["price"],
        issued_at=moment.astimezone(MOSCOW).strftime("%d.%m.%Y %H:%M"),
    )
