"""What an agent writes about being at work: «я на месте», «занята с клиентом», «ушёл»."""

from __future__ import annotations

import re
from functools import cache

from rapidfuzz.distance import OSA

from insurance_chat.accounts.agents import AgentStatus
from insurance_chat.accounts.vocabulary import vocabulary, word_list

_MOST_WORDS = 10
_TYPO_FROM = 5  # letters from which a word may hold one slip
_WORD = re.compile(r"[a-zа-я0-9]+")
_CLAUSE = re.compile(r"[.,;!()\n—–:]+|\s-\s|\s(?:и|а|но)\s")


def status_from_words(text: str) -> AgentStatus | None:
    """The status that an agent's message sets; None when it is about something else.

    Args:
        text: one message of a messenger, any case, one typo in a long word. A question («кто на
            месте?»), a promise («буду через час») and a long text set nothing.
    """
    flat = text.lower().replace("ё", "е")
    if "?" in flat or len(_WORD.findall(flat)) > _MOST_WORDS:
        return None
    for clause in _CLAUSE.split(flat):
        found = _of_clause(_WORD.findall(clause))
        if found is not None:
            return found
    return None


def _of_clause(words: list[str]) -> AgentStatus | None:
    if word_list("later").intersection(words) and "до" not in words:
        return None
    said = [word for word in words if word not in word_list("fillers")]
    fitting: list[tuple[int, bool, AgentStatus]] = []
    for status, phrases in _phrases().items():
        for wanted in phrases:
            if _begins(said, wanted):
                # «онлайн» is one letter away from «офлайн»: what is written exactly comes first.
                fitting.append((len(wanted), said[: len(wanted)] == wanted, status))
    return max(fitting)[2] if fitting else None


@cache
def _phrases() -> dict[AgentStatus, list[list[str]]]:
    """Phrases of each status without the words that say nothing."""
    fillers = word_list("fillers")
    return {
        AgentStatus(status): [
            [word for word in phrase.split() if word not in fillers] for phrase in phrases
        ]
        for status, phrases in vocabulary()["statuses"].items()
    }


def _begins(said: list[str], wanted: list[str]) -> bool:
    head, rest = said[: len(wanted)], said[len(wanted) :]
    return (
        len(head) == len(wanted)
        and all(_same(one, other) for one, other in zip(head, wanted, strict=True))
        and all(word in word_list("tails") or word.isdigit() for word in rest)
    )


def _same(said: str, wanted: str) -> bool:
    if said == wanted:
        return True
    return (
        min(len(wanted), len(said) + 1) >= _TYPO_FROM
        and OSA.distance(said, wanted, score_cutoff=1) <= 1
    )
