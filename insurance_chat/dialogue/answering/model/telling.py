"""The answer as far as it is proved: grows by whole sentences and never shrinks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from insurance_chat.dialogue.answering.grounded import Answer, Citation
from insurance_chat.dialogue.answering.model.check import Fault, Verdict, check
from insurance_chat.dialogue.answering.model.sources import Proof, Source
from insurance_chat.dialogue.answering.model.stream import NOBODY, Unit
from insurance_chat.dialogue.answering.model.words import told
from insurance_chat.dialogue.answering.ports import Asking

LONGEST = 2500  # characters; an answer is not a lecture


@dataclass(slots=True)
class Telling:
    """Sentences that were shown, and the first one that was not.

    Args:
        asking: whom to show it.
        sources: passages of the prompt by number.
        unknown: the model says that the passages do not tell.
        first: why the stream before was given up.
    """

    asking: Asking
    sources: Mapping[int, Source]
    text: str = ""
    proofs: list[Proof] = field(default_factory=list)
    refused: Verdict | None = None
    unknown: bool = False
    first: Verdict | None = None

    def begin_again(self) -> str:
        """Forget the first bad sentence of a stream that showed nothing, and tell what was bad.

        It is kept for the incident: the next stream may fail in another way, or not come at all.
        """
        self.first = self.refused or Verdict("", Fault.EMPTY)
        self.refused = None
        return told(self.first)

    @property
    def ended(self) -> bool:
        """Nothing more of this stream is wanted."""
        return self.unknown or self.refused is not None

    def take(self, unit: Unit) -> None:
        """Show a sentence if it is proved; otherwise it is the last one."""
        proving = tuple(mark for mark in unit.marks if mark.number != NOBODY)
        if len(proving) < len(unit.marks):
            self.unknown = True
            self.asking.trace.note("check", sentence="", ok=True, why="модель: больше ответа нет")
            if not proving:
                return
            unit = replace(unit, marks=proving)
        verdict = check(unit, self.sources)
        if verdict.ok and len(self.text) + len(verdict.text) > LONGEST:
            verdict = Verdict(verdict.text, Fault.EMPTY)
        self.asking.trace.note("check", sentence=verdict.text, ok=verdict.ok, why=told(verdict))
        if not verdict.ok:
            self.refused = verdict
            return
        self.text += f"{unit.break_before}{verdict.text}" if self.text else verdict.text
        self.proofs += [one for one in verdict.proofs if one not in self.proofs]
        if self.asking.show is not None:
            self.asking.show(self.text)

    def answer(self) -> Answer:
        """What was shown, with its citations in the order of use."""
        return Answer(self.text, self.citations(), confident=True, fault=self.fault())

    def fault(self) -> dict[str, str]:
        """What may not be shown, for an incident."""
        bad = self.refused or (self.first if not self.text else None)
        if bad is None:
            return {}
        return {"question": self.asking.question, "text": bad.text, "why": told(bad)}

    def citations(self) -> tuple[Citation, ...]:
        """Each place of a passage once, counted from 1."""
        places: dict[tuple[int, int, int], Proof] = {}
        for proof in self.proofs:
            places.setdefault((proof.source.number, *proof.bounds), proof)
        return tuple(
            Citation(
                n=n,
                document_id=proof.source.document_id,
                title=proof.source.title,
                page=proof.source.page,
                section=proof.source.section,
                quote=proof.quote,
            )
            for n, proof in enumerate(places.values(), start=1)
        )
