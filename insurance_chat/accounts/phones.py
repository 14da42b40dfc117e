"""Phone numbers of staff: one written form, sealed at rest."""

from __future__ import annotations

import re

from insurance_chat.core.errors import invalid

_DIGITS = re.compile(r"\d")
_ALLOWED = re.compile(r"[\d\s()+.\-]{0,40}")


def clean_phone(typed: str) -> str | None:
    """A number as it is kept: `+79161234567`; None when nothing was typed.

    Args:
        typed: «8 (916) 123-45-67», «916 1234567», «+375 29 123-45-67».

    Raises:
        ServiceError: `phone_wrong`.
    """
    written = typed.strip()
    if not written:
        return None
    digits = "".join(_DIGITS.findall(written))
    if _ALLOWED.fullmatch(written):
        if len(digits) == 10 and not written.startswith("+"):
            return f"+7{digits}"
        if len(digits) == 11 and digits[0] == "8" and not written.startswith("+"):
            return f"+7{digits[1:]}"
        if 11 <= len(digits) <= 15 and digits[0] != "0":
            return f"+{digits}"
    raise invalid("phone_wrong", "Телефон не похож на номер. Пример: +7 916 123-45-67.")


def show_phone(phone: str) -> str:
    """For people: «+7 916 123-45-67»; a foreign number stays as it is."""
    if len(phone) == 12 and phone.startswith("+7"):
        return f"+7 {phone[2:5]} {phone[5:8]}-{phone[8:10]}-{phone[10:]}"
    return phone
