"""Every product speaks for itself where no flow of it is running."""

from __future__ import annotations

import ast
from dataclasses import fields
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import pytest

from insurance_chat import insurance
from insurance_chat.core.clock import format_date, moscow_today
from insurance_chat.insurance import letters
from insurance_chat.insurance.policies import PolicyView
from insurance_chat.insurance.product import Wording
from insurance_chat.insurance.products import REGISTRY, get_product
from tests.contracts.insurers.cases import LINES


def shown(product: str, *, days: int = 7) -> PolicyView:
    """A policy that ends in so many days."""
    end = moscow_today() + timedelta(days=days)
    return PolicyView(
        id=uuid4(),
        policy_id=1,
        session_id=None,
        conversation_id=None,
        product=product,
        company_code="reso",
        company="РЕСО-Гарантия",
        number="П-1",
        price=Decimal(1000),
        start_date=end - timedelta(days=364),
        expire_at=end,
        title="что застраховано",
        file_key="k",
        file_size=1,
        email=None,
        is_agent_client=False,
    )


def test_the_checks_of_money_run_over_every_product_that_is_sold() -> None:
    assert set(LINES) == set(REGISTRY)


def test_shared_code_never_asks_which_product_it_is() -> None:
    house = Path(insurance.__file__).parent
    shared = [*house.glob("*.py"), *(house / "overview").glob("*.py")]
    shared += [*(house / "selling").glob("*.py"), *(house / "remembered").glob("*.py")]
    shared += (house.parent / "operators" / "commissions").glob("*.py")
    named = [
        f"{file.name}:{node.lineno}"
        for file in shared
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Constant) and node.value in REGISTRY
    ]
    assert len(shared) > 30
    assert named == []


@pytest.mark.parametrize("code", sorted(REGISTRY))
def test_every_text_takes_the_facts_of_a_policy(code: str) -> None:
    words, policy = get_product(code).wording, shown(code)
    facts = {
        "number": policy.number,
        "company": policy.company,
        "title": policy.title,
        "start": "1",
        "end": "2",
        "when": "3",
    }
    for field in fields(Wording):
        text = getattr(words, field.name)
        if isinstance(text, str):
            assert "{" not in text.format(**facts)


@pytest.mark.parametrize(
    ("code", "file", "renew"),
    [
        ("osago", "Полис ОСАГО П-1.pdf", "«продлить ОСАГО»"),
        ("mortgage", "Полис ипотечного страхования П-1.pdf", "новый остаток долга"),
    ],
)
def test_files_and_reminders_name_their_product(code: str, file: str, renew: str) -> None:
    policy = shown(code)
    assert policy.file_name == file
    text = letters.reminder_text(policy)
    assert renew in text
    assert f"заканчивается {format_date(policy.expire_at)}" in text
    assert "заканчивается сегодня" in letters.reminder_text(shown(code, days=0))
