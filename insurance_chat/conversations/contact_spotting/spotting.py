"""Contacts in a text, with their places in the original."""

from __future__ import annotations

from insurance_chat.conversations.contact_spotting import addresses, numbers
from insurance_chat.conversations.contact_spotting.mapped import Mapped
from insurance_chat.conversations.contact_spotting.normal import normalise
from insurance_chat.conversations.contact_spotting.types import Match, Spotted

LIMIT = 20_000  # characters; the rest of a longer text is searched in further parts
_OVERLAP = 200


def spot(text: str) -> list[Spotted]:
    """Phones, e-mails, links, names in networks, cards and wallets, however they are disguised.

    Numbers of documents, dates and sums are none of these.

    Args:
        text: as it was typed. Time grows with its length only.
    """
    found: list[Spotted] = []
    for begin in range(0, max(len(text), 1), LIMIT):
        until = found[-1].end if found else 0
        part = text[max(begin - _OVERLAP, until if until > begin else 0, 0) : begin + LIMIT]
        shift = begin + min(LIMIT, len(text) - begin) - len(part)
        for one in spot_in(normalise(part)):
            if one.start + shift >= until:
                found.append(Spotted(one.kind, one.value, one.start + shift, one.end + shift))
    return found


def spot_in(source: Mapped) -> list[Spotted]:
    """The same in a text that is normalised already; positions are those of the original."""
    text = source.text
    taken: list[Match] = []
    for finder in (
        addresses.emails,
        addresses.urls,
        addresses.usernames,
        addresses.wallets,
        numbers.numbers,
    ):
        taken = _with(taken, list(finder(text)))
    return [Spotted(m.kind, m.value, *source.origin(m.start, m.end)) for m in taken]


def _with(taken: list[Match], found: list[Match]) -> list[Match]:
    """Both, in order; what was found first keeps its place."""
    free: list[Match] = []
    at = 0
    for one in sorted(found, key=lambda match: match.start):
        while at < len(taken) and taken[at].end <= one.start:
            at += 1
        clear = at == len(taken) or taken[at].start >= one.end
        if clear and (not free or free[-1].end <= one.start):
            free.append(one)
    return sorted(taken + free, key=lambda match: match.start)
