"""The audit log in Russian."""

from __future__ import annotations

import re
from pathlib import Path

import insurance_chat
from insurance_chat.web.audit_words import ACTIONS, action_name, details_text, target_name

_CODE = re.compile(r"audit\.record\([^)]*?\"([a-z_]+\.[a-z_]+)\"")


def test_every_action_that_is_written_has_a_name() -> None:
    sources = Path(insurance_chat.__file__).parent.rglob("*.py")
    written = {code for source in sources for code in _CODE.findall(source.read_text("utf-8"))}
    assert len(written) > 15
    assert not written - ACTIONS.keys()


def test_an_unknown_action_is_shown_as_it_is() -> None:
    assert action_name("rocket.launched") == "rocket.launched"
    assert target_name("rocket:0123456789", None) == "rocket 01234567"


def test_targets_and_details_are_for_people() -> None:
    assert target_name("agent:1", "Анна") == "Анна"
    assert target_name("agent:unknown", None) == "неизвестный логин"
    assert target_name("chat:0123456789", None) == "чат 01234567"
    facts = {"companies": ["vsk", "reso"], "status": "busy", "hasPhone": True, "onlyOwn": False}
    assert details_text(facts) == "компании: ВСК, РЕСО-Гарантия; статус: Занят; все компании"
