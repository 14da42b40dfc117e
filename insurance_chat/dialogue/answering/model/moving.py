"""Whether a figure or a person was moved to something that the passage says of another one.

«По жизни 500 тысяч, по имуществу 400» does not prove «по имуществу 500 тысяч», though every word
and every figure of it is there. So each figure is looked at with the words before it, and the
figure of the passage that stands in the most similar company must be the same one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from insurance_chat.dialogue.answering.facts import Fact, read_facts
from insurance_chat.dialogue.answering.sentences import split_sentences
from insurance_chat.knowledge.words import stems

INHERITED = 0.9  # words before an earlier figure of the same sentence
SAID_BEFORE = 0.5  # the same in the sentence that is checked
SHORTEST = 3  # letters of a word that tells figures apart

#: What stands in the last cell of a row: the figure before it tells rows apart.
_IN_TABLES = frozenset({"number", "percent", "rub"})
_ROLES = {
    "culprit": "виновн|виноват",
    "victim": "потерпевш|пострадавш",
    "policyholder": "страхователь|страхователя|страхователю|страхователем",
    "owner": "собственник|владел",
    "heir": "наследник",
    "passenger": "пассажир",
    "driver": "водител",
}
_ROLE = re.compile(
    "|".join(rf"(?P<{name}>(?<![а-я])(?:{start})[а-я]*)" for name, start in _ROLES.items())
)


@dataclass(slots=True)
class _Placed:
    """A figure or a person with its company.

    Args:
        own: stems right before it, for a value of a table also the figure before it.
        inherited: those of everything earlier in the sentence.
    """

    fact: Fact
    own: set[str] = field(default_factory=set)
    inherited: set[str] = field(default_factory=set)


def moved(sentence: str, quotes: Sequence[str]) -> bool:
    """A figure or a person of the sentence stands where the quotations have another one."""
    cited = [
        placed for quote in quotes for part in split_sentences(quote) for placed in _read(part)
    ]
    for said in _read(sentence):
        rivals = [one for one in cited if _comparable(one.fact, said.fact)]
        marks = [(_company(said, one), one.fact.value == said.fact.value) for one in rivals]
        best = max((mark for mark, _ in marks), default=0.0)
        if marks and not any(mark == best and right for mark, right in marks):
            return True
    return False


def _comparable(one: Fact, other: Fact) -> bool:
    return one.kind == other.kind or (
        one.value == other.value and "role" not in (one.kind, other.kind)
    )


def _company(said: _Placed, cited: _Placed) -> float:
    total = 0.0
    for weight, mine in ((1.0, said.own), (SAID_BEFORE, said.inherited - said.own)):
        total += weight * len(mine & cited.own)
        total += weight * INHERITED * len(mine & (cited.inherited - cited.own))
    return round(total, 6)


def _read(sentence: str) -> list[_Placed]:
    reading = read_facts(sentence)
    spans = list(reading.spans)
    for match in _ROLE.finditer(reading.flat):
        spans.append((match.start(), match.end(), Fact("role", str(match.lastgroup))))
    found: list[_Placed] = []
    at, before, last = 0, set[str](), ""
    for start, end, fact in sorted(spans, key=lambda span: span[0]):
        own = {stem for stem in stems(reading.flat[at:start]) if len(stem) >= SHORTEST}
        if last and fact.kind in _IN_TABLES:
            own.add(last)
        found.append(_Placed(fact, own, set(before)))
        before |= own
        last = f"#{fact.value}"
        at = end
    return found
