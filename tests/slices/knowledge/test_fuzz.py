"""Broken files of every format: the parser gives text or a refusal, and nothing else happens.

`FUZZ=500` tries that many mutations of each format; by default a sample of them.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from insurance_chat.knowledge.ingest import read_with
from insurance_chat.knowledge.reading.limits import Limits
from insurance_chat.knowledge.reading.process import Reader
from insurance_chat.knowledge.reading.refusals import TEXTS, Refused
from tests.slices.knowledge.mutations import SOURCES, mutated

MUTATIONS = int(os.environ.get("FUZZ", "0"))
USUAL = 60
# Recognition takes a quarter of a second a picture, so a run that is not asked for tries fewer.
FEWER = {"png": 12, "scan": 12}
LIMITS = Limits(silence_seconds=30, total_seconds=60, memory_bytes=2 * 1024**3, ocr_page_seconds=20)


@pytest.mark.parametrize("kind", sorted(SOURCES))
def test_a_broken_file_is_read_or_refused_and_harms_nothing(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = SOURCES[kind]()
    monkeypatch.chdir(tmp_path)
    outcomes: dict[str, int] = {}
    killed = []
    with Reader(LIMITS) as reader:
        for number in range(MUTATIONS or FEWER.get(kind, USUAL)):
            data = mutated(kind, source, number)
            outcome = _outcome(reader, data, f"a.{kind}")
            outcomes[outcome] = outcomes.get(outcome, 0) + 1
            if reader.pid is None:
                killed.append((number, outcome))
        sound = _outcome(reader, SOURCES["md"](), "a.md")

    assert sound == "read"
    assert outcomes.keys() <= {"read", *TEXTS}
    assert outcomes.get("slow", 0) == 0, killed
    # A parser may die of a file; that is what its process is for. It must not be a habit.
    assert len(killed) <= max(2, sum(outcomes.values()) // 20), killed
    assert list(tmp_path.iterdir()) == []


def _outcome(reader: Reader, data: bytes, name: str) -> str:
    try:
        read_with(reader, data, name)
    except Refused as refused:
        if refused.reason == "archive":
            return _unpacked(reader, data, name)
        return refused.reason
    return "read"


def _unpacked(reader: Reader, data: bytes, name: str) -> str:
    try:
        for member in reader.unpack(data, name):
            assert not re.search(r"[/\\\x00]|^\.{1,2}$", member.name)
    except Refused as refused:
        return refused.reason
    return "read"
