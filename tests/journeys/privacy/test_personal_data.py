"""After a whole sale nothing of the client can be read without the key of the installation."""

from __future__ import annotations

import json
import random
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from psycopg import sql

from insurance_chat.core.clock import moscow_today
from insurance_chat.main.seed import seed
from insurance_chat.main.settings import load_settings
from tests.support.people import Customer, customer
from tests.support.processes import Installation, Part, free_port, wait_until_serving
from tests.support.simulator import Client, Journal

QUESTION = "А тётушку Пульхерию Захаровну потом вписать в полис можно?"
SECOND = "Пульхери"
TELLING = 20  # shorter messages are «да» and «1»
VIN = re.compile(r"(?<!\w)(?=[A-Z]*\d)[A-HJ-NPR-Z\d]{17}(?!\w)")
COLUMNS = """
select table_schema, table_name, column_name, data_type from information_schema.columns
join information_schema.tables using (table_schema, table_name)
where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')
"""


@dataclass(frozen=True)
class Traces:
    """What a sale has left behind."""

    person: Customer
    journal: Journal
    database_url: str
    data_dir: Path

    def secrets(self) -> list[str]:
        """Everything that would tell of this client."""
        person = self.person
        iso, spoken = person.birth.isoformat(), f"{person.birth:%d.%m.%Y}"
        words = [*person.name.split(), person.plate, person.email, "Невский", iso, spoken, SECOND]
        numbers = [person.passport, person.license, person.sts, person.phone[2:]]
        texts = [text for text in self.journal.sent if len(text) > TELLING]
        return [*words, *(_digits(number) for number in numbers), *texts]

    def found_in(self, text: str) -> list[str]:
        """Which of the secrets a text holds, whatever the case and the gaps between digits."""
        plain, squeezed = text.casefold(), re.sub(r"[ ()+\-]", "", text)
        found = [
            secret
            for secret in self.secrets()
            if secret.casefold() in plain or (secret.isdigit() and secret in squeezed)
        ]
        return found + VIN.findall(text)


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


@pytest.fixture(scope="module")
async def traces(
    database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Traces]:
    """One person buys a policy with the most talkative logs."""
    data_dir: Path = tmp_path_factory.mktemp("privacy")
    talkative = {"LOG_LEVEL": "debug", "LOG_FORMAT": "json", "QUOTE_POLL_SECONDS": "0.2"}
    installation = Installation(database_url, data_dir, talkative)
    settings = load_settings()
    core = settings.core.model_copy(update={"database_url": database_url, "data_dir": data_dir})
    await seed(settings.model_copy(update={"core": core}))
    port = free_port()
    environment = {"DATABASE_URL": database_url, "DATA_DIR": str(data_dir), **talkative}
    web = Part("web", environment, "--port", str(port))
    person = replace(
        customer(random.Random(20261121), moscow_today()),
        name="Скворешников Пантелеймон Евграфович",
        birth=date(1971, 3, 17),
        experience=date(1995, 6, 19),
        address="Санкт-Петербург, Невский проспект, д. 25, кв. 7",
    )
    try:
        await installation.start()
        await web.start()
        async with httpx.AsyncClient(
            base_url=installation.url, timeout=20, trust_env=False
        ) as http:
            journal = await Client(http, person).buy(QUESTION)
            await _be_refused(http, journal, person)
        await wait_until_serving(f"http://127.0.0.1:{port}/staff/login")
        yield Traces(person, journal, database_url, data_dir)
    finally:
        await web.stop()
        await installation.stop()


async def _be_refused(http: httpx.AsyncClient, journal: Journal, person: Customer) -> None:
    """Requests that fail are the ones that get logged."""
    headers = {"Authorization": f"Bearer {journal.token}"}
    body = {"sessionId": journal.session, "sender": "user", "text": person.name * 1000}
    assert (await http.post("/v1/chat/messages", json=body, headers=headers)).status_code == 422
    broken = f'{{"text": "{person.passport} {person.name}'
    answer = await http.post("/v1/chat/messages", content=broken.encode(), headers=headers)
    assert answer.status_code == 422
    login = {"username": person.email, "password": person.passport}
    assert (await http.post("/v1/auth/login", json=login)).status_code == 401


def _values(traces: Traces) -> Iterator[tuple[str, str]]:
    with psycopg.connect(traces.database_url) as connection:
        for schema, table, column, kind in connection.execute(COLUMNS).fetchall():
            cast = sql.SQL("{}") if kind == "bytea" else sql.SQL("{}::text")
            query = sql.SQL("select distinct " + cast.as_string(None) + " from {}").format(
                sql.Identifier(column), sql.Identifier(schema, table)
            )
            for (value,) in connection.execute(query):
                if value is not None:
                    text = value.decode(errors="replace") if kind == "bytea" else str(value)
                    yield f"{table}.{column}", text


def test_the_sale_was_real(traces: Traces) -> None:
    assert traces.journal.finished
    assert traces.journal.file_url
    assert traces.found_in(f"паспорт {traces.person.passport[:4]} {traces.person.passport[4:]}")


def test_no_column_of_any_table_can_be_read(traces: Traces) -> None:
    leaks = {place: hits for place, text in _values(traces) if (hits := traces.found_in(text))}
    assert leaks == {}


def test_the_scan_has_seen_the_tables_of_the_sale(traces: Traces) -> None:
    seen = {place.split(".")[0] for place, _ in _values(traces)}
    assert {"log_entries", "sales", "policies", "provider_exchanges", "contacts"} <= seen


@pytest.mark.parametrize("part", ["api", "worker", "web", "sandbox"])
def test_no_log_tells_of_the_client(traces: Traces, part: str) -> None:
    text = (traces.data_dir / f"{part}.log").read_text(encoding="utf-8")
    assert traces.found_in(text) == []
    assert "Traceback" not in text


@pytest.mark.parametrize("part", ["api", "worker", "web", "sandbox"])
def test_every_process_writes_structured_logs(traces: Traces, part: str) -> None:
    lines = (traces.data_dir / f"{part}.log").read_text(encoding="utf-8").splitlines()
    greeting = ("Работает", "Обработчик очереди работает")
    events: list[dict[str, Any]] = [
        json.loads(line) for line in lines if not line.startswith(greeting)
    ]
    assert all({"event", "level", "timestamp"} <= set(event) for event in events)


def _own_files(traces: Traces) -> Iterator[Path]:
    # The emulated insurer keeps what it was told, as the real one does; it is not our storage.
    for path in traces.data_dir.rglob("*"):
        if path.is_file() and traces.data_dir / "sandbox" not in path.parents:
            yield path


def test_no_file_tells_of_the_client(traces: Traces) -> None:
    leaks = {}
    for path in _own_files(traces):
        name = str(path.relative_to(traces.data_dir))
        text = f"{name}\n{path.read_bytes().decode(errors='replace')}"
        if hits := traces.found_in(text):
            leaks[name] = hits
    assert leaks == {}
    assert any(path.read_bytes().startswith(b"\x01") for path in _own_files(traces))
