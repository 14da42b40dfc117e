"""`insurance-chat eval`: what was asked for on the command line becomes plans, runs and a report."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dotenv import dotenv_values

from insurance_chat.conversations.quality.cases import CaseView
from insurance_chat.core.clock import utcnow
from insurance_chat.core.db.embedded import EmbeddedPostgres
from insurance_chat.core.errors import Kind, ServiceError
from insurance_chat.main.evaluation import lines, scripts
from insurance_chat.main.evaluation.installation import Borrowed, borrow, exists
from insurance_chat.main.evaluation.phrases import labelled
from insurance_chat.main.evaluation.report import report
from insurance_chat.main.evaluation.results import Result
from insurance_chat.main.evaluation.running import Configuration, Plan, Tell, evaluate
from insurance_chat.main.loop import run_once
from insurance_chat.main.settings import Settings, load_settings

OURS = Path("tests/dialogues")


@dataclass(frozen=True, slots=True)
class Order:
    """What the person at the screen wants.

    Args:
        scripts: folder of dialogues; None takes the repository's when it is there.
        cases: play the examples of the installation.
        simulated: how many clients buy a policy, of all products by turns.
        times: how often each dialogue.
        phrases: judge labelled phrases.
        only: part of a title; other dialogues are left out.
        compare: a file of settings for a second configuration.
        report: where the page goes.
    """

    scripts: Path | None = None
    cases: bool = False
    simulated: int = 0
    times: int = 1
    phrases: bool = False
    only: str = ""
    compare: Path | None = None
    report: Path | None = None


def judge(settings: Settings, order: Order, say: Tell) -> list[Result]:
    """Play everything, print the figures and save the report.

    Args:
        settings: of the installation.

    Raises:
        ServiceError: `scripts_missing`, `script_invalid`, `no_installation`, `nothing_to_play`,
            `settings_file_missing`.
    """
    began, clock = utcnow(), time.monotonic()
    borrowed = run_once(borrow(settings))
    plan = make_plan(settings, order, borrowed.examples)
    results = []
    with _server() as (url, folder):
        for number, one in enumerate(_configurations(settings, order, borrowed)):
            say(f"{one.name}:")
            place = folder / str(number)
            place.mkdir()
            results.append(run_once(evaluate(one, plan, url, place, say)))
    say("")
    say(lines.table(results))
    say("")
    say(lines.FORMULA)
    if order.report is not None:
        order.report.parent.mkdir(parents=True, exist_ok=True)
        page = report(results, began, time.monotonic() - clock)
        order.report.write_text(page, encoding="utf-8")
        say(f"Отчёт: {order.report.resolve()}")
    return results


def make_plan(settings: Settings, order: Order, examples: list[CaseView]) -> Plan:
    """What is to be played.

    Raises: as `judge`.
    """
    played = _scripts(order)
    if order.cases:
        if not exists(settings):
            raise _wrong("no_installation", "Примеров нет: сервис здесь ещё не запускали.")
        played += [(f"пример {str(case.id)[:8]}: {case.title}", case.script()) for case in examples]
    wanted = order.only.casefold()
    played = [one for one in played if wanted in one[0].casefold()]
    plan = Plan(played, order.simulated, order.times, labelled() if order.phrases else [])
    if not (plan.scripts or plan.clients or plan.phrases):
        raise _wrong(
            "nothing_to_play",
            "Нечего проверять: укажите --scripts, --cases, --simulated или --phrases.",
        )
    return plan


def _scripts(order: Order) -> list[tuple[str, dict[str, Any]]]:
    folder = order.scripts
    if folder is None:
        # Another kind of work was named, so the dialogues of the repository are not meant.
        if order.cases or order.simulated or order.phrases or not OURS.is_dir():
            return []
        folder = OURS
    if not folder.is_dir():
        raise _wrong("scripts_missing", f"Папки {folder} нет.")
    return [
        (scripts.title(path), scripts.load(path, folder)) for path in scripts.script_files(folder)
    ]


def _configurations(
    settings: Settings, order: Order, borrowed: Borrowed
) -> Iterator[Configuration]:
    yield Configuration("Основная", settings, borrowed)
    if order.compare is not None:
        with _environment(order.compare):
            other = load_settings()
        # A key of its own means that the keys of the installation are not what is compared.
        lent = Borrowed() if other.llm != settings.llm else borrowed
        yield Configuration(order.compare.name, other, lent)


@contextmanager
def _environment(file: Path) -> Iterator[None]:
    if not file.is_file():
        raise _wrong("settings_file_missing", f"Файла настроек {file} нет.")
    before = dict(os.environ)
    os.environ.update({name: value or "" for name, value in dotenv_values(file).items()})
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def _server() -> Iterator[tuple[str, Path]]:
    with tempfile.TemporaryDirectory(prefix="insurance-chat-eval-") as name:
        folder = Path(name)
        server = EmbeddedPostgres(folder / "database", durable=False)
        try:
            yield server.start(), folder
        finally:
            server.stop()


def _wrong(code: str, message: str) -> ServiceError:
    return ServiceError(code, Kind.INVALID, message)
