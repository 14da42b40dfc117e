"""Whether a text is still the same: what changes by itself every day does not count."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from insurance_chat.core.clock import MONTHS
from insurance_chat.knowledge.passages import BULLET, Piece

SHORT = 80  # characters of a line that may be about today, about visitors, about the site
_SESSION = re.compile(
    r"([?&;])(?:phpsessid|jsessionid|sid|sessionid|session_id|utm_\w+|yclid|gclid|_ga|rnd|nocache)"
    r"=[^&\s#)]*",
    re.I,
)
_OF_ITSELF = re.compile(
    r"^\W*(?:сегодня|сейчас|текущ\w+ (?:дата|время)|время на сайте|просмотр\w*|прочитал\w*|"
    r"просмотрел\w*|посетител\w*|онлайн\b|курс\w* (?:цб|валют|доллар|евро)|©|\(c\)|copyright|"
    r"реклама|поделиться|распечатать|версия для печати|наверх)",
    re.I,
)
_ONLY_DATE = re.compile(
    r"^\W*(?:\w{2,11},?\s+)?(?:\d{1,2}[.\s](?:\d{2}|\w{3,8})[.\s]\d{4}|\d{4}-\d{2}-\d{2})"
    r"\s*(?:г\.?|года)?,?\s*(?:\w{2,11})?,?\s*(?:\d{1,2}:\d{2})?\W*$"
)
_MEANS = re.compile(
    r"действ|вступ|срок|редакц|утвержд|тариф|полис|договор|страх|лимит|выплат|до\s", re.I
)


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph, an item or a row of a table.

    Args:
        key: what two equal lines share.
        text: as people read it.
    """

    key: str
    text: str
    heading: str
    page: int | None


def lines(pieces: Sequence[Piece], day: date) -> Iterator[Line]:
    """The lines that count.

    Args:
        pieces: passages in order.
        day: when the text was read; a line that only tells this date is left out.
    """
    today = _ways_to_say(day)
    for piece in pieces:
        for raw in piece.text.split("\n"):
            text = _SESSION.sub(r"\1", raw).removeprefix(BULLET).strip()
            key = " ".join(unicodedata.normalize("NFKC", text).lower().replace("ё", "е").split())
            if any(letter.isalnum() for letter in key) and not _by_itself(key, today):
                yield Line(key, text, piece.heading_path, piece.page)


def text_hash(pieces: Sequence[Piece], day: date) -> str:
    """By which a text that says the same is recognised; the order of its lines does not matter."""
    return hash_of(line.key for line in lines(pieces, day))


def hash_of(keys: Iterable[str]) -> str:
    """The same from keys of lines."""
    return hashlib.sha256("\n".join(sorted(set(keys))).encode()).hexdigest()


def _by_itself(key: str, today: frozenset[str]) -> bool:
    if len(key) > SHORT or _MEANS.search(key):
        return False
    return bool(_OF_ITSELF.match(key) or _ONLY_DATE.match(key)) or any(
        words in key for words in today
    )


def _ways_to_say(day: date) -> frozenset[str]:
    """The day and its neighbours: a site may live in another time zone or keep pages for a while."""
    days = [day + timedelta(days=shift) for shift in (-1, 0, 1)]
    return frozenset(
        words
        for one in days
        for words in (
            one.strftime("%d.%m.%Y"),
            one.isoformat(),
            f"{one.day} {MONTHS[one.month - 1]} {one.year}",
        )
    )
