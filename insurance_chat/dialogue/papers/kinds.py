"""Kinds of documents as data: by which words they are known, and which slots their labels fill."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict

WHO = "{who}"  # stands in the name of a slot for the role of a person: `{who}_passport`
Look = Literal["", "name", "policy_end", "sts", "pts", "ten"]


class PaperField(BaseModel):
    """One value of a document.

    Args:
        slot: what it fills; `{who}` is replaced by a role of the paper.
        labels: words before the value; the first one that is found counts.
        parts: labels of the pieces of a name that stand apart (surname, name, patronymic).
        look: how it is read when the type of the slot does not say: `name`, `policy_end` (the day
            after), `sts`, `pts`, `ten` (series and number).
        anywhere: its form leaves no doubt, so it is taken without a label, too.
        but_not: words before a value that make it another one.
        lines: how many lines after the label may hold it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    slot: str
    labels: tuple[str, ...] = ()
    parts: tuple[tuple[str, ...], ...] = ()
    look: Look = ""
    anywhere: bool = False
    but_not: tuple[str, ...] = ()
    lines: int = 2

    @property
    def all_labels(self) -> tuple[str, ...]:
        """Every label, the longest first."""
        own = {*self.labels, *(label for part in self.parts for label in part)}
        return tuple(sorted(own, key=lambda label: (-len(label), label)))


class Paper(BaseModel):
    """One kind of document.

    Args:
        title: as clients call it, «СТС».
        names: its headings; one of them is enough.
        marks: words that are usual in it; two of them are enough.
        who: roles whose document it may be, in the order in which they are asked.
        leaves: a model abroad may be shown its text, masked; never for documents of identity.
        stops: further labels, after which another value begins.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str
    title: str
    names: tuple[str, ...]
    marks: tuple[str, ...] = ()
    who: tuple[str, ...] = ()
    leaves: bool = False
    stops: tuple[str, ...] = ()
    fields: tuple[PaperField, ...]


class ProductPapers(BaseModel):
    """What a product takes out of documents: `papers.yml` in its folder."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    flow: str
    papers: tuple[Paper, ...]

    def slots(self) -> set[str]:
        """Every slot that a document may fill."""
        return {
            name
            for paper in self.papers
            for field in paper.fields
            for name in slots_of(field, paper.who)
        }


def slots_of(field: PaperField, who: Iterable[str]) -> list[str]:
    """The slots that a field may fill, one for each role."""
    return [field.slot.replace(WHO, one) for one in who] if WHO in field.slot else [field.slot]


def load_papers(paths: Iterable[Path]) -> tuple[ProductPapers, ...]:
    """What products take out of documents, in their order.

    Raises:
        pydantic.ValidationError: a file has an unknown field or lacks a required one.
    """
    return tuple(
        ProductPapers.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
        for path in paths
    )
