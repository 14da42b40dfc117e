"""Every messenger can be opened by a link that brings a word of ours."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from insurance_chat.channels.continuing import service as continuing
from insurance_chat.channels.instagram.parse import parse
from insurance_chat.channels.ports import Account, Incoming, Links
from insurance_chat.main.settings import Settings
from insurance_chat.main.wiring_channels import adapters

TOKEN = "wRkZ-0_aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789"
PAYLOAD = f"c_{TOKEN}"
OPTIONS = {
    "telegram": {"username": "office_bot"},
    "whatsapp_cloud": {"number": "+7 903 000-99-99"},
    "whatsapp_gateway": {"phone": "+79030009999"},
    "instagram": {"username": "office"},
}


@pytest.fixture
async def known() -> AsyncIterator[Mapping[str, object]]:
    """All messengers."""
    async with httpx.AsyncClient(trust_env=False) as http:
        yield adapters(Settings(), http)


async def _link(known: Mapping[str, object], code: str, options: Mapping[str, Any]) -> str:
    adapter = known[code]
    assert isinstance(adapter, Links)
    return adapter.link(options, PAYLOAD)


async def test_all_messengers_can_be_opened_by_a_link(known: Mapping[str, object]) -> None:
    assert set(known) == set(OPTIONS)
    addresses = {code: await _link(known, code, OPTIONS[code]) for code in known}
    assert addresses["telegram"] == f"https://t.me/office_bot?start={PAYLOAD}"
    assert addresses["instagram"] == f"https://ig.me/m/office?ref={PAYLOAD}"
    assert addresses["whatsapp_cloud"] == addresses["whatsapp_gateway"]
    address = urlsplit(addresses["whatsapp_cloud"])
    assert (address.netloc, address.path) == ("wa.me", "/79030009999")
    (words,) = parse_qs(address.query)["text"]
    assert words == f"Продолжить разговор {PAYLOAD}"
    assert continuing.code_in("", words) == TOKEN


async def test_an_account_without_a_name_cannot_be_opened(known: Mapping[str, object]) -> None:
    assert [await _link(known, code, {}) for code in known] == [""] * len(known)


@pytest.mark.parametrize(
    ("start", "text", "found"),
    [
        (PAYLOAD, "", TOKEN),
        ("", f"Продолжить разговор {PAYLOAD}", TOKEN),
        ("", f"продолжить разговор: {PAYLOAD} ", TOKEN),
        ("", PAYLOAD, TOKEN),
        ("agent-7Qx", "Здравствуйте", None),
        ("", f"смотрите https://example.ru/?{PAYLOAD}", None),
        ("", "Продолжить разговор", None),
    ],
    ids=["start", "prepared", "retyped", "bare", "invitation", "address", "no-word"],
)
def test_only_our_own_words_are_a_link(start: str, text: str, found: str | None) -> None:
    assert continuing.code_in(start, text) == found


def test_a_known_client_of_instagram_comes_by_a_link_without_a_message() -> None:
    account = Account(1, "instagram", "17841400008460056", "", {}, {"heard": True})
    event = {
        "sender": {"id": "777"},
        "recipient": {"id": account.external_id},
        "timestamp": 1,
        "referral": {"ref": PAYLOAD, "source": "SHORTLINK", "type": "OPEN_THREAD"},
    }
    (come,) = parse(account, event)
    assert isinstance(come, Incoming)
    assert (come.chat, come.start, come.text) == ("777", PAYLOAD, "")
