"""Detector of agents who lead clients away: precision, recall, time; `python -m bench.pull_away`.

Wrong messages are listed for the tuned file only: `--errors`. Of the held-out files only totals are read.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np
import yaml

from insurance_chat.operators.pull_away.detector import judge
from insurance_chat.operators.pull_away.types import Allowed, Level

DATA = Path(__file__).parent / "data"
TUNED = "pull_away.yml"
HELD_OUT = ("pull_away_held_out.yml", "pull_away_second.yml")
ALLOWED = Allowed.make(["insurer.example"])
LONG = 10_000


@dataclass(frozen=True)
class Case:
    """A message, the right verdict, and the client's own contacts."""

    text: str
    verdict: Level
    client: tuple[str, ...] = ()

    def found(self) -> Level:
        """What the detector says."""
        return judge(self.text, ALLOWED.plus(self.client)).level


@dataclass(frozen=True)
class Quality:
    """Counts of one question: is this message of the wanted kind?"""

    right: int
    false_alarms: int
    missed: int

    @property
    def precision(self) -> float:
        """Share of what was found that is right."""
        return self.right / max(1, self.right + self.false_alarms)

    @property
    def recall(self) -> float:
        """Share of what is there that was found."""
        return self.right / max(1, self.right + self.missed)


def load_cases(name: str = TUNED) -> list[Case]:
    """All messages of a data file."""
    groups = yaml.safe_load((DATA / name).read_text(encoding="utf-8"))
    rows = [
        {"text": row, "verdict": group} if isinstance(row, str) else {"verdict": group} | row
        for group, rows in groups.items()
        for row in rows
    ]
    return [Case(r["text"], Level(r["verdict"]), tuple(r.get("client", ()))) for r in rows]


def quality(cases: Sequence[Case], wanted: set[Level]) -> Quality:
    """How well messages of these levels are told from the others."""
    pairs = [(case.found() in wanted, case.verdict in wanted) for case in cases]
    return Quality(
        sum(found and true for found, true in pairs),
        sum(found and not true for found, true in pairs),
        sum(true and not found for found, true in pairs),
    )


def report(name: str) -> None:
    """Print the quality on one file."""
    cases = load_cases(name)
    exact = np.mean([case.found() == case.verdict for case in cases])
    print(f"\n{name}: {len(cases)} messages, verdict exactly right {exact:.3f}\n")
    print("| | precision | recall | false alarms | missed |\n|---|---|---|---|---|")
    for title, wanted in (
        ("warn or block", {Level.WARN, Level.BLOCK}),
        ("block", {Level.BLOCK}),
    ):
        got = quality(cases, wanted)
        print(
            f"| {title} | {got.precision:.3f} | {got.recall:.3f} | {got.false_alarms} of "
            f"{sum(case.verdict not in wanted for case in cases)} | {got.missed} of "
            f"{sum(case.verdict in wanted for case in cases)} |"
        )


def on_documents() -> None:
    """Print how many paragraphs of the knowledge base, which agents quote, would be stopped."""
    folder = Path(str(resources.files("insurance_chat.knowledge"))) / "seed"
    texts = [
        paragraph
        for page in sorted(folder.glob("*.md"))
        for paragraph in page.read_text("utf-8").split("\n\n")
    ]
    levels = [judge(text, ALLOWED).level for text in texts]
    print(
        f"\nKnowledge base: {len(texts)} paragraphs, warned {levels.count(Level.WARN)}, "
        f"blocked {levels.count(Level.BLOCK)}."
    )


def speed() -> None:
    """Print the time for a message, milliseconds."""
    texts = [case.text for name in (TUNED, *HELD_OUT) for case in load_cases(name)]
    ordinary = " ".join(texts)
    for title, samples in (
        ("messages of all files", texts * 5),
        (f"{LONG} characters of such messages", [ordinary[:LONG]] * 20),
        (f"{LONG} characters «8 9 0 »", [("8 9 0 " * LONG)[:LONG]] * 20),
        (f"{LONG} characters «т-е-»", [("т-е-" * LONG)[:LONG]] * 20),
    ):
        spent = []
        for text in samples:
            began = time.perf_counter()
            judge(text, ALLOWED)
            spent.append((time.perf_counter() - began) * 1000)
        half, most = np.percentile(spent, [50, 99])
        print(f"| {title} | {half:.2f} | {most:.2f} |")


def measure() -> None:
    """Print everything."""
    for name in (TUNED, *HELD_OUT):
        report(name)
    on_documents()
    print("\n| text | p50, ms | p99, ms |\n|---|---|---|")
    speed()


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--errors", action="store_true", help="list wrong messages of the tuned")
    if parser.parse_args().errors:
        for case in load_cases():
            found = case.found()
            if found != case.verdict:
                print(f"{case.verdict} → {found}: {case.text}")
        return
    measure()


if __name__ == "__main__":
    main()
