"""Phones and e-mails, typed or dictated."""

from __future__ import annotations

import re

from insurance_chat.dialogue.understanding.extractors.found import Found
from insurance_chat.dialogue.understanding.text import Text

_PHONE = re.compile(r"(?<![0-9a-zа-я@.])(?:\+ ?|плюс )?\d(?:[ ()\-]{0,3}\d){4,14}(?![0-9a-zа-я@])")
_LABEL = re.compile(
    r"(?:тел|телефон\w*|номер|моб\w*|сотов\w*|звонит\w*|звоните|набери\w*|whatsapp|ватсап\w*|вотсап\w*)[ .:#\-]*(?:телефона|мой|такой|это)?[ .:\-]*$"
)
_EMAIL = re.compile(r"(?<![\w@.+%-])[a-z0-9][a-z0-9._%+\-]{0,63}@[a-z0-9][a-z0-9.\-]{1,80}")
_EMAIL_TRY = re.compile(r"(?<![^\s,;:])[^\s,;:@¦]{1,64}@[^\s,;:@¦]{0,80}")
_DICTATED = re.compile(
    r"(?<![a-z0-9._\-])(?P<name>[a-z0-9._\-]{1,64}(?: (?:точка|тире|дефис|нижнее подчеркивание) [a-z0-9._\-]{1,40}){0,6})"
    r" ?(?:собака|собачка|@) ?(?P<domain>[a-zа-я0-9\-]{1,40}(?:\.[a-zа-я]{2,20}| точка [a-zа-я]{1,20}| (?:ру|ком|ru|com)(?![а-яa-z])){0,3})"
)
_SPOKEN_DOMAINS = {
    "мейл": "mail", "майл": "mail", "мэйл": "mail", "меил": "mail", "яндекс": "yandex", "джимейл": "gmail",
    "гмейл": "gmail", "гмаил": "gmail", "жмейл": "gmail", "рамблер": "rambler", "инбокс": "inbox",
    "бк": "bk", "лист": "list", "ру": "ru", "ком": "com", "хотмейл": "hotmail", "ya": "ya", "я": "ya",
}  # fmt: skip
_MISTYPED = frozenset(
    [
        "gmail.ru",
        "gmai.com",
        "gmial.com",
        "gmal.com",
        "gmail.con",
        "gmail.co",
        "gmail.cm",
        "gmil.com",
        "gnail.com",
        "gmaill.com",
        "mail.com",
        "mail.r",
        "mail.u",
        "mai.ru",
        "mal.ru",
        "mial.ru",
        "maill.ru",
        "meil.ru",
        "mail.ri",
        "mail.ry",
        "yandex.r",
        "yndex.ru",
        "yandx.ru",
        "yadex.ru",
        "yandeks.ru",
        "yandex.con",
        "jandex.ru",
        "ramler.ru",
        "rambler.com",
        "inbox.com",
        "bk.com",
        "list.com",
        "icloud.ru",
        "iclod.com",
        "icloud.con",
        "hotmail.ru",
        "outlok.com",
    ]
)


def find_phones(text: Text, expected: bool = False) -> list[Found]:
    """Russian mobile phones as +7XXXXXXXXXX. Problems: `phone_length`, `phone_format` (not Russian).

    Ten digits without 8 or +7 count only when they start with 9 and are not split like a document.
    """
    found: list[Found] = []
    for match in _PHONE.finditer(text.flat):
        typed = match.group()
        label = bool(_LABEL.search(text.flat[max(0, match.start() - 30) : match.start()]))
        digits = re.sub(r"\D", "", typed)
        value, problem = _phone(digits, typed, sure=label or expected)
        if value or problem:
            found.append(
                Found("phone", match.start(), match.end(), value, problem, "phone" if label else "")
            )
    return found


def _phone(digits: str, typed: str, sure: bool) -> tuple[str | None, str | None]:
    explicit = typed.startswith(("+", "плюс"))
    if len(digits) == 11 and digits[0] in "78" and digits[1] in "9348":
        return f"+7{digits[1:]}", None
    like_document = bool(re.search(r"\d{2} ?\d{2} \d{6}$", typed))
    if len(digits) == 10 and digits[0] == "9" and not explicit and (sure or not like_document):
        return f"+7{digits}", None
    if explicit:
        return None, "phone_length" if digits[0] == "7" else "phone_format"
    if sure and digits[:1] in "789" and digits[1:2] in set("9348 ") and 8 <= len(digits) <= 13:
        return None, "phone_length"
    return None, None


def find_emails(text: Text) -> list[Found]:
    """E-mails in lower case. Problems: `email_domain` (gmail.ru and other slips), `email_format`."""
    found = []
    for match in _EMAIL.finditer(text.flat):
        end = match.start() + len(match.group().rstrip(".-"))
        found.append(_email(match.group().rstrip(".-"), match.start(), end))
    for match in _DICTATED.finditer(text.flat):
        if any(match.start() < each.end and each.start < match.end() for each in found):
            continue
        spoken = _say(match["name"]) + "@" + _say_domain(match["domain"])
        if "." in spoken.split("@")[1]:
            found.append(_email(spoken, match.start(), match.end()))
    for match in _EMAIL_TRY.finditer(text.flat):
        if not any(match.start() < each.end and each.start < match.end() for each in found):
            found.append(Found("email", match.start(), match.end(), None, "email_format"))
    return found


def _email(address: str, start: int, end: int) -> Found:
    name, _, domain = address.partition("@")
    if domain in _MISTYPED:
        return Found("email", start, end, None, "email_domain")
    good = re.fullmatch(r"(?:[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?\.){1,5}[a-z]{2,24}", domain)
    if not good or ".." in name or name.endswith("."):
        return Found("email", start, end, None, "email_format")
    return Found("email", start, end, address)


def _say(words: str) -> str:
    for spoken, sign in (
        ("нижнее подчеркивание", "_"),
        ("точка", "."),
        ("тире", "-"),
        ("дефис", "-"),
    ):
        words = words.replace(spoken, sign)
    return words.replace(" ", "")


def _say_domain(words: str) -> str:
    parts = [part for part in re.split(r" ?(?:точка|\.) ?| ", words) if part]
    return ".".join(_SPOKEN_DOMAINS.get(part, part) for part in parts)
