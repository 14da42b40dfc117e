"""Russian names and meanings of the coefficients, and what a price depends on."""

from __future__ import annotations

from insurance_chat.insurance.osago.tariff.types import Coefficient, KbmGuess, Owner, TariffRequest

TITLES = {
    "tb": "Базовая ставка (ТБ)",
    "kt": "Коэффициент территории (КТ)",
    "kbm": "Коэффициент за аварийность (КБМ)",
    "kvs": "Коэффициент возраста и стажа (КВС)",
    "ko": "Коэффициент списка водителей (КО)",
    "km": "Коэффициент мощности (КМ)",
    "ks": "Коэффициент периода использования (КС)",
}

EXPLANATIONS = {
    "tb": "её выбирает сама страховая внутри коридора, который установил Банк России",
    "kt": "зависит от места регистрации собственника машины, а не от места поездок",
    "kbm": "зависит от выплат за аварии по вине водителя; без истории он равен 1,17",
    "kvs": "зависит от возраста и стажа водителя: чем их больше, тем он ниже",
    "ko": "показывает, вписаны ли водители поимённо или ездить может кто угодно",
    "km": "зависит от мощности двигателя в лошадиных силах по документам",
    "ks": "зависит от того, сколько месяцев в году машиной пользуются",
}

_UNKNOWN = {
    "kt": "место регистрации собственника",
    "kbm": "КБМ водителей: он известен после запроса в систему страхования",
    "kvs": "возраст и стаж водителей",
    "km": "мощность двигателя",
}
_TYPICAL_KBM = "КБМ водителей: взяты значения без выплат за последние годы, после аварий по вине водителя цена выше"
_UNCONFIRMED = {
    "kt": "коэффициент территории: точное значение подтвердит страховая",
    "ko": "коэффициент для полиса без ограничений: точное значение подтвердит страховая",
    "kbm": "КБМ компании-собственника",
    "kvs": "коэффициент возраста и стажа: точное значение подтвердит страховая",
    "km": "коэффициент мощности: точное значение подтвердит страховая",
}


def depends_on(request: TariffRequest, factors: tuple[Coefficient, ...]) -> tuple[str, ...]:
    """Russian phrases: what is not known yet, what is not confirmed, what each insurer decides."""
    reasons = ["базовая ставка: каждая страховая выбирает её сама в пределах коридора Банка России"]
    for factor in factors:
        reason = _reason(request, factor)
        if reason:
            reasons.append(reason)
    return tuple(reasons)


def _reason(request: TariffRequest, factor: Coefficient) -> str | None:
    place = request.territory
    if factor.code == "kt" and place and place.is_rest:
        return f"город или посёлок, где зарегистрирован собственник ({place.title})"
    if factor.value is None:
        if factor.code == "kbm" and request.kbm_guess is KbmGuess.TYPICAL:
            return _TYPICAL_KBM
        return _UNKNOWN[factor.code]
    if not factor.verified:
        return _UNCONFIRMED[factor.code]
    if factor.code == "kbm" and request.unlimited and request.owner is Owner.COMPANY:
        return _UNCONFIRMED["kbm"]
    return None
