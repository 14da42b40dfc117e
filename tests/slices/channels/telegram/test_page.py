"""The practice Telegram in a browser, and what survives a restart of the sandbox."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from insurance_chat.sandbox.app import create_sandbox_app
from tests.slices.channels.telegram.conftest import Service
from tests.support.sandbox_server import served
from tests.support.telegram import BOT, TelegramMessenger


async def test_a_bot_is_listed_with_its_dialogues_and_the_way_to_write_to_it(
    service: Service,
) -> None:
    anna = await service.messenger.client()
    await anna.say("Привет")
    async with httpx.AsyncClient(follow_redirects=True) as http:
        listed = await http.get(service.messenger.url)
        assert f"@practice_{BOT}_bot" in listed.text
        assert "Диалогов: 1" in listed.text
        page = await http.get(f"{service.messenger.url}/chat/{BOT}?client={anna.number}")
        assert "Анна" in page.text
        assert "script-src 'self'" in page.headers["content-security-policy"]
        assert (await http.get(f"{service.messenger.url}/chat.js")).status_code == 200
        broken = await http.post(f"{service.messenger.url}/switch", data={"preset": "twice"})
        assert "сообщения приходят дважды" in broken.text


async def test_what_waits_survives_a_restart(tmp_path: Path) -> None:
    for text in ("до", "после"):
        with served(create_sandbox_app(state_dir=tmp_path)) as url:
            messenger = TelegramMessenger(url, "polling")
            await (await messenger.client()).say(text)
            updates = (await messenger.api("getUpdates")).json()["result"]
            await messenger.close()
    assert [update["message"]["text"] for update in updates] == ["до", "после"]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"text": "<b>не закрыт", "parse_mode": "HTML"}, "can't parse entities"),
        ({"text": "<script>x</script>", "parse_mode": "HTML"}, 'Unsupported start tag "script"'),
        ({"text": "   "}, "message text is empty"),
        ({"text": "🚗" * 2049}, "message is too long"),
        (
            {
                "text": "?",
                "reply_markup": {"inline_keyboard": [[{"text": "a", "callback_data": "я" * 33}]]},
            },
            "BUTTON_DATA_INVALID",
        ),
    ],
    ids=["open", "script", "empty", "long", "payload"],
)
async def test_the_emulator_refuses_what_the_real_one_refuses(
    service: Service, fields: dict[str, object], reason: str
) -> None:
    anna = await service.messenger.client()
    await anna.say("Привет")
    answer = await service.messenger.api("sendMessage", chat_id=anna.number, **fields)
    assert answer.status_code == 400
    assert reason in answer.json()["description"]
    assert await anna.shown() == []
