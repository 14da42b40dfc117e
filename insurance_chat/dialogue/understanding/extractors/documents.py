"""Passports, driving licences and vehicle documents: series and number, with or without a label."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from insurance_chat.dialogue.understanding.extractors.found import Found
from insurance_chat.dialogue.understanding.text import Text

_LABELS = {
    "epts": r"эптс|электронн\w{0,3} птс|птс электронн\w{0,3}|электронн\w{0,3} паспорт\w? (?:тс|транспортн\w+(?: средств\w)?)",
    "pts": r"птс|пэтэс|пэ тэ эс|паспорт\w? (?:тс|транспортн\w+(?: средств\w)?|машин\w|авто\w*)",
    "sts": r"стс|эстээс|эс тэ эс|свидетельств\w*(?: о регистрации)?|техпаспорт\w?|с/т/с",
    "passport": r"паспорт\w{0,3}|пасп|паспортн\w+(?: данны\w)?",
    "license": r"права\w?|прав|ву|в/у|вод\w{0,10} уд\w{0,12}|удостоверени\w|водительско\w{0,3}|вэ у",
}
_LABEL = re.compile(
    r"(?<![0-9a-zа-я])(?:"
    + "|".join(f"(?P<{name}>{words})" for name, words in _LABELS.items())
    + r")(?![0-9a-zа-я])"
)
_LINK = r"(?: ?[,:]? ?(?:номер|ном|#|n|серия|сер|ser)\.? ?[:#]? ?)"
_PLAIN = re.compile(rf"(?<![0-9a-zа-я+])\d+(?:(?:{_LINK}|[ \-]{{1,2}})\d+){{0,12}}(?![0-9a-zа-я])")
_LETTERED = re.compile(
    rf"(?<![0-9a-zа-я])(\d ?\d) ?([a-zа-я]{{2}}){_LINK}? ?(\d{{6}}|\d{{3}} \d{{3}})(?![0-9a-zа-я])"
)
_YEAR_BEFORE = re.compile(r"(?:19|20)\d{2} \d{2} ?\d{2} ?\d{6}")
_SOLID = re.compile(r"\d{4}(?:\D{1,12})\d{6}$|\d{2} \d{2}(?:\D{1,12})\d{6}$")
_POLICY = re.compile(r"(?<![0-9a-zа-я])(?:([а-яx])\1\1|аав|аас) ?#? ?\d{10}(?![0-9a-zа-я])")
_LIKE = str.maketrans("abekmhopctyx", "авекмнорстух")
_NEAR = 40


@dataclass(frozen=True, slots=True)
class _Label:
    kind: str
    start: int
    end: int


def find_documents(text: Text) -> list[Found]:
    """Documents with spans.

    Values: passport and license as 10 characters, vehicle_document as `{"type", "number"}`. Ten digits
    that nothing names have the kind `number10`: only the question that was asked can tell them apart.
    Problems: `passport_length`, `license_length`, `sts_length`, `pts_length`, `epts_length`.
    A policy number is found as kind `policy_number`, so that nobody takes it for a document.
    """
    found = [
        Found("policy_number", m.start(), m.end(), m.group()) for m in _POLICY.finditer(text.flat)
    ]
    if found:
        text = text.without((each.start, each.end) for each in found)
    labels = [_Label(str(m.lastgroup), m.start(), m.end()) for m in _LABEL.finditer(text.flat)]
    used: set[_Label] = set()
    for one in sorted([*_lettered(text), *_plain(text)], key=lambda each: each.start):
        label = _label_of(text, labels, one)
        first = label is not None and label not in used
        named = _name(one, label.kind if label else "", fresh=first)
        if named is None:
            continue
        if label and named.kind != "number10":
            used.add(label)
        found.append(named)
    return found


def _label_of(text: Text, labels: list[_Label], one: Found) -> _Label | None:
    before = [
        label for label in labels if label.end <= one.start and one.start - label.end <= _NEAR
    ]
    if before:
        between = text.flat[before[-1].end : one.start]
        if not re.search(r"[\n;¦]|\d{2}\.\d", between):
            return before[-1]
    after = [label for label in labels if 0 <= label.start - one.end <= 4]
    return after[0] if after else None


def _lettered(text: Text) -> Iterator[Found]:
    for match in _LETTERED.finditer(text.flat):
        letters = match[2].translate(_LIKE).upper()
        value = re.sub(r"\D", "", match[1]) + letters + match[3].replace(" ", "")
        if re.fullmatch(r"\d\d[А-Я]{2}\d{6}", value):
            yield Found("lettered", match.start(), match.end(), value)


def _plain(text: Text) -> Iterator[Found]:
    for match in _PLAIN.finditer(text.flat):
        start, end = _trim(match.group(), match.start())
        if _YEAR_BEFORE.fullmatch(match.group()):
            start += 5  # «получила в 2019 9923 112233»: a year and a space stand before the licence
        digits = re.sub(r"\D", "", text.flat[start:end])
        if 6 <= len(digits) <= 19:
            yield Found(
                "digits", start, end, digits, None, "split" if _SOLID.search(match.group()) else ""
            )


def _trim(typed: str, start: int) -> tuple[int, int]:
    """The run up to the tenth digit when a group ends there and something else follows."""
    total = 0
    for group in re.finditer(r"\d+", typed):
        total += len(group.group())
        rest = typed[group.end() :]
        if total == 10 and re.fullmatch(r" (?:19|20)\d{2}", rest):
            return start, start + group.end()  # «9911 223344 2010»: a year follows the licence
        if total == 10 and rest and not re.fullmatch(r"[ \d]{1,7}", rest):
            return start, start + group.end()
    return start, start + len(typed)


def _name(one: Found, label: str, fresh: bool) -> Found | None:
    value = str(one.value)
    span = (one.start, one.end)
    if one.kind == "lettered":
        return _lettered_document(value, span, label)
    if label == "epts" or (label == "pts" and len(value) == 15):
        good = len(value) == 15
        return Found(
            "vehicle_document",
            *span,
            {"type": "epts", "number": value} if good else None,
            None if good else "epts_length",
            "epts",
        )
    if len(value) == 10:
        return _ten(value, span, label, one.label)
    if len(value) == 15 and value.startswith("16"):
        return Found("vehicle_document", *span, {"type": "epts", "number": value})
    if label and fresh and 8 <= len(value) <= 13 and not re.fullmatch(r"[78]9\d{9}", value):
        kind = "vehicle_document" if label in {"sts", "pts"} else label
        return Found(kind, *span, None, f"{label}_length", label)
    return None


def _ten(value: str, span: tuple[int, int], label: str, shape: str) -> Found:
    if label in {"sts", "pts"}:
        # a paper PTS has letters, so ten digits after «ПТС» are the number of a certificate
        return Found("vehicle_document", *span, {"type": "sts", "number": value}, None, label)
    if label in {"passport", "license"}:
        return Found(label, *span, value, None, label)
    return Found("number10", *span, value, None, shape)


def _lettered_document(value: str, span: tuple[int, int], label: str) -> Found:
    if label == "license":
        return Found("license", *span, value, None, label)
    if label == "passport":
        return Found("passport", *span, None, "passport_length", label)
    kind = {"sts": "sts", "pts": "pts"}.get(label)
    return Found(
        "vehicle_document" if kind else "lettered",
        *span,
        {"type": kind, "number": value} if kind else value,
        None,
        label,
    )
