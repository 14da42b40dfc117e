"""Reads a message of an agent to a client and says whether it leads the client away."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from insurance_chat.conversations.contact_spotting.channels import CHANNEL
from insurance_chat.conversations.contact_spotting.known import TOLL_FREE
from insurance_chat.conversations.contact_spotting.mapped import Mapped
from insurance_chat.conversations.contact_spotting.normal import normalise
from insurance_chat.conversations.contact_spotting.spotting import spot, spot_in
from insurance_chat.conversations.contact_spotting.types import Spotted
from insurance_chat.conversations.privacy import mask_phone
from insurance_chat.operators.pull_away.rules import Rule, RuleBook, rule_book
from insurance_chat.operators.pull_away.types import Allowed, Level, Verdict

LIMIT = 20_000  # characters of one message
WARN, BLOCK = 50, 80
REPEATS = 2  # earlier hints after which one more warns
_CONTACT, _NEAR, _CALL, _HINT, _DEMAND = 50, 35, 60, 20, 100
_MOST_WORDS_ALONE = BLOCK - 1  # words without a contact never block, unless they ask for money
_NEARBY = 80  # characters between a contact and the words about it
_GREY = range(_HINT, BLOCK)
_PHONE_SIGNS = re.compile(r"[\d\s()+.\-–—‑]*")
_ADDRESS_SIGNS = re.compile(r"[!-~]*")
_MESSENGER = re.compile(r"(?:t\.me|wa\.me|vk\.me|m\.me|(?:api\.)?whatsapp\.com|taplink\.\w+)/")
_HIDDEN = "•••"
_MONEY = "money"  # money beside a contact is a pull, whoever else is named

CONTACT_RULES = {
    "contact": "контакт не из списка разрешённых",
    "disguised": "контакт записан так, чтобы его не заметили",
    "messenger_link": "ссылка на переписку в мессенджере",
    "in_parts": "контакт передают по частям",
    "repeated": "намёки повторяются в этом чате",
}


def judge(text: str, allowed: Allowed, earlier_hints: int = 0) -> Verdict:
    """Decide about one message; touches nothing outside.

    Args:
        text: as the agent typed it.
        earlier_hints: messages of this agent in this chat that held a weak sign.
    """
    source = normalise(text[:LIMIT])
    spotted = spot_in(source)
    contacts = tuple(one for one in spotted if not allowed.covers(one))
    book = rule_book()
    marked, places = _marked(source, spotted, contacts)
    fired = {rule: spans for rule in book.rules if (spans := rule.spans(marked))}
    near = _near(fired, places, marked, contacts, book)
    words = [rule for rule in fired if rule.level != "near"]
    ids = [rule.id for rule in sorted(words, key=lambda rule: -_weight(rule))]
    ids += ["contact"] * bool(contacts) + [rule.id for rule in near]
    telling = [name for name, is_so in _TELLING.items() if any(is_so(text, c) for c in contacts)]
    ids += telling
    score = _score(contacts, bool(near or telling), words)
    hint = any(rule.level in ("hint", "call") for rule in words)
    if score < WARN and hint and earlier_hints >= REPEATS:
        score, ids = WARN, [*ids, "repeated"]
    level = Level.BLOCK if score >= BLOCK else Level.WARN if score >= WARN else Level.OK
    says = CONTACT_RULES | {rule.id: rule.says for rule in book.rules}
    return Verdict(
        level=level,
        score=score,
        rules=tuple(ids),
        reasons=tuple(dict.fromkeys(says[one] for one in ids)),
        contacts=contacts,
        normalised=source.text,
        hint=hint,
        grey=score in _GREY,
    )


def is_in_parts(before: Sequence[str], text: str, allowed: Allowed) -> bool:
    """Whether a number begins in the agent's latest messages and goes on in this one.

    Args:
        before: messages that the client has not answered yet, oldest first.
    """
    joined = " ".join([*before, text])
    border = len(joined) - len(text)
    return any(
        one.kind in ("phone", "card") and one.start < border < one.end and not allowed.covers(one)
        for one in spot(joined)
    )


def with_parts(verdict: Verdict) -> Verdict:
    """The verdict about a message that completes a contact."""
    return replace(
        verdict,
        level=Level.BLOCK,
        score=max(verdict.score, _CONTACT + _NEAR),
        rules=(*verdict.rules, "in_parts"),
        reasons=(*verdict.reasons, CONTACT_RULES["in_parts"]),
        grey=False,
    )


def masked(text: str, verdict: Verdict) -> str:
    """The text that is sent after a warning: contacts that lead away are hidden."""
    for one in reversed(verdict.contacts):
        text = text[: one.start] + _mask(one) + text[one.end :]
    return text


def _mask(one: Spotted) -> str:
    # Not even the domain of an address stays: it may be the agent's own site.
    return mask_phone(one.value) if one.kind == "phone" else _HIDDEN


def _marked(
    source: Mapped, spotted: list[Spotted], contacts: tuple[Spotted, ...]
) -> tuple[str, list[int]]:
    """The text with signs instead of contacts and channels, and where the contacts are in it."""
    begins = {one.start for one in contacts}
    edits = []
    at = 0
    for one in spotted:
        while source.starts[at] < one.start:
            at += 1
        start = at
        while at < len(source.text) and source.starts[at] < one.end:
            at += 1
        edits.append((start, at, "¤" if one.start in begins else "✓"))
    text = source.replace(edits).text
    text = CHANNEL.sub("§", text)
    return text, [place for place, char in enumerate(text) if char == "¤"]


def _near(
    fired: dict[Rule, list[tuple[int, int]]],
    places: list[int],
    marked: str,
    contacts: tuple[Spotted, ...],
    book: RuleBook,
) -> list[Rule]:
    """Rules that fire beside a contact; none when the contact is plainly somebody else's."""
    theirs = book.third_party.search(marked) or all(
        one.kind == "phone" and one.value.startswith(TOLL_FREE) for one in contacts
    )
    about_others = bool(theirs) and book.first_person.search(marked) is None
    return [
        rule
        for rule, spans in fired.items()
        if rule.level == "near"
        and (not about_others or rule.id == _MONEY)
        and any(
            start - _NEARBY <= place <= end + _NEARBY for start, end in spans for place in places
        )
    ]


def _is_disguised(text: str, one: Spotted) -> bool:
    written = text[one.start : one.end]
    if one.kind in ("phone", "card"):
        return _PHONE_SIGNS.fullmatch(written) is None
    return one.kind in ("email", "url") and _ADDRESS_SIGNS.fullmatch(written) is None


def _is_messenger(_: str, one: Spotted) -> bool:
    return one.kind == "url" and _MESSENGER.match(one.value) is not None


_TELLING = {"disguised": _is_disguised, "messenger_link": _is_messenger}


def _weight(rule: Rule) -> int:
    return {"demand": _DEMAND, "call": _CALL, "hint": _HINT, "near": 0}[rule.level]


def _score(contacts: tuple[Spotted, ...], intended: bool, words: list[Rule]) -> int:
    said = sum(_weight(rule) for rule in words)
    if not any(rule.level == "demand" for rule in words):
        said = min(said, _MOST_WORDS_ALONE)
        if not any(rule.level == "call" for rule in words):
            said = min(said, WARN - 1)
    if contacts:
        said += _CONTACT + (_NEAR if intended else 0)
    return min(said, 100)
