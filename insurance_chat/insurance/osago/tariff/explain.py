"""Answers to «почему так дорого?» and «сколько примерно?» in plain words, without promises."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from insurance_chat.core.money import format_rub
from insurance_chat.insurance.osago.tariff.types import Estimate
from insurance_chat.insurance.osago.tariff.words import EXPLANATIONS, TITLES

_CYRILLIC = {
    "тб": "tb", "кт": "kt", "кбм": "kbm", "квс": "kvs", "ко": "ko", "км": "km", "кс": "ks",
}  # fmt: skip
_ORDER = ("tb", "kt", "kbm", "kvs", "ko", "km", "ks")
_ONE = Decimal(1)
_LOWERS = {
    "tb": "у другой страховой она может быть меньше, поэтому стоит сравнить предложения",
    "kt": "он изменится, только если сменится регистрация собственника",
    "kbm": "он снижается на 1 апреля, если за год не было выплат за аварии по вашей вине",
    "kvs": "он снижается со стажем; на цену влияет водитель с самым большим значением в списке",
    "ko": "полис со списком водителей считается с коэффициентом 1",
    "km": "он меняется только вместе с машиной",
    "ks": "если ездите не круглый год, можно выбрать период использования короче, от 3 месяцев",
}


@dataclass(frozen=True, slots=True)
class PriceContext:
    """What is known about the contract, to make the words concrete; every field may be absent.

    Args:
        company: short name of the insurer, «РЕСО-Гарантия».
        territory: «Казань».
        power_hp: engine power.
        drivers: how many drivers are listed; None when unknown.
        unlimited: the policy has no list of drivers.
    """

    company: str | None = None
    territory: str | None = None
    power_hp: Decimal | int | None = None
    drivers: int | None = None
    unlimited: bool = False


def decimal_comma(value: Decimal) -> str:
    """`1.70` → «1,7», `4.00` → «4»; the sign of the decimal is a comma."""
    text = f"{value:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace(".", ",")


def explain_price(
    coefficients: Mapping[str, Decimal],
    price: Decimal | None = None,
    context: PriceContext | None = None,
) -> str:
    """Why the premium is what it is: every coefficient, its value, meaning and what lowers it.

    Args:
        coefficients: code (`kt`, `kbm`… or «КТ», «КБМ»…) → value; `tb` in roubles. Others are skipped.
        price: premium in roubles, when the insurer has named it.
        context: details that make the answer concrete.

    Returns:
        Russian text; promises no discount.
    """
    about = context or PriceContext()
    known = {_code(code): value for code, value in coefficients.items()}
    lines = [_opening(price, about)]
    lines += [_line(code, known[code], about) for code in _ORDER if code in known]
    return "\n".join([*lines, _closing(known)])


def _code(code: str) -> str:
    name = code.strip().lower()
    return _CYRILLIC.get(name, name)


def _opening(price: Decimal | None, about: PriceContext) -> str:
    who = f" у компании «{about.company}»" if about.company else ""
    if price is None:
        return f"Цена ОСАГО{who} — это базовая ставка, умноженная на коэффициенты:"
    return f"Цена{who} — {format_rub(price)}. Это базовая ставка, умноженная на коэффициенты:"


def _line(code: str, value: Decimal, about: PriceContext) -> str:
    shown = format_rub(value) if code == "tb" else decimal_comma(value)
    text = f"• {TITLES[code]}: {shown}{_detail(code, about)}. {_capital(EXPLANATIONS[code])}"
    return f"{text}; {_LOWERS[code]}." if _can_fall(code, value) else f"{text}."


def _can_fall(code: str, value: Decimal) -> bool:
    """Advice is pointless where the coefficient is already as low as the table allows."""
    floors = {"kbm": Decimal("0.46"), "ko": _ONE, "ks": Decimal("0.5"), "kvs": Decimal("0.83")}
    return code not in floors or value > floors[code]


def _detail(code: str, about: PriceContext) -> str:
    if code == "kt" and about.territory:
        return f" ({about.territory})"
    if code == "km" and about.power_hp is not None:
        return f" ({decimal_comma(Decimal(about.power_hp))} л. с.)"
    if code == "ko":
        return " (без ограничений)" if about.unlimited else ""
    if code == "kvs" and about.drivers and about.drivers > 1:
        return f" (водителей в списке: {about.drivers})"
    return ""


def _closing(known: Mapping[str, Decimal]) -> str:
    raising = [code for code in _ORDER if code != "tb" and known.get(code, _ONE) > _ONE]
    fixed = "Коэффициенты у всех страховых одинаковые, различается только базовая ставка."
    if not raising:
        return fixed
    strongest = max(raising, key=lambda code: known[code])
    title = TITLES[strongest]
    return f"Сильнее всего цену поднимает {title[0].lower()}{title[1:]}. {fixed}"


def explain_estimate(estimate: Estimate) -> str:
    """«Ориентировочно от … до … ₽» and what the final price depends on."""
    span = f"от {format_rub(estimate.minimum)} до {format_rub(estimate.maximum)}"
    lines = [f"Ориентировочно {span}. Точную цену назовёт страховая после проверки данных."]
    if estimate.depends_on:
        lines.append("От чего она зависит:")
        lines += [f"• {reason}" for reason in estimate.depends_on]
    return "\n".join(lines)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
