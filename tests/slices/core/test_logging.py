"""Logs say what broke and where, and nothing about the people whose data was worked on."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from insurance_chat.core.logging import mask

SECRETS = ("Скворцов", "4510 123456", "skvortsov@example.ru", "Z94CT41DBJR123456", "А123ВС77")
PROGRAM = """
import logging, structlog
from pydantic import BaseModel
from insurance_chat.core.logging import configure_logging
configure_logging("debug", {style!r})
class Person(BaseModel):
    age: int
def work(name, passport, mail, vin, plate):
    secret = [name, passport, mail, vin, plate]
    try:
        Person(age=name)
    except ValueError as wrong:
        raise RuntimeError(f"no good: {{passport}} {{mail}} {{vin}} {{plate}} '{{name}}'") from wrong
def run(report):
    try:
        work(*{secrets!r})
    except RuntimeError as error:
        report(error)
log = structlog.get_logger()
run(lambda error: log.exception("broken"))
run(lambda error: log.error("broken", exc_info=error))
run(lambda error: logging.getLogger("library").exception("broken"))
log.info("told", nested={{"a": [{secrets[1]!r}, ({secrets[2]!r},)]}}, obj=ValueError({secrets[3]!r}))
logging.getLogger("library").warning("said %s", {secrets[2]!r})
"""


def _run(style: str) -> str:
    program = PROGRAM.format(style=style, secrets=SECRETS)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    return (done.stdout + done.stderr).decode()


@pytest.fixture(scope="module", params=["json", "console"])
def output(request: Any) -> str:
    return _run(request.param)


def test_no_value_gets_into_a_log(output: str) -> None:
    found = [secret for secret in SECRETS if secret in output]
    assert found == []


def test_a_traceback_names_the_place_and_the_error(output: str) -> None:
    assert output.count("builtins.RuntimeError: no good") == 3
    assert output.count("pydantic_core._pydantic_core.ValidationError") == 3
    assert "in work" in output
    assert "locals" not in output
    assert "secret =" not in output


def test_events_of_libraries_have_the_same_form() -> None:
    lines = [json.loads(line) for line in _run("json").splitlines()]
    assert [line["level"] for line in lines] == ["error", "error", "info", "error", "warning"]
    assert lines[-1]["event"] == "said ***@***"
    assert all("timestamp" in line for line in lines)


@pytest.mark.parametrize(
    "text",
    ["sale 15 of conversation 7", "12 345,67", "TOKENEXPIRED", "price_changed"],
)
def test_what_is_not_personal_stays_readable(text: str) -> None:
    assert mask(text) == text
