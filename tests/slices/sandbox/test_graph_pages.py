"""The pages on which a person plays a client of WhatsApp and Instagram."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from insurance_chat.sandbox.app import create_sandbox_app

NUMBER, ACCOUNT = "106540352242922", "17841400008460056"
ANNA = {"whatsapp": "79160001122", "instagram": "6140000000001122"}


@pytest.fixture
async def browser() -> AsyncIterator[httpx.AsyncClient]:
    """A browser at a fresh sandbox."""
    transport = httpx.ASGITransport(create_sandbox_app())
    async with httpx.AsyncClient(
        transport=transport, base_url="http://box.example", follow_redirects=True
    ) as client:
        yield client


def chat_of(product: str) -> str:
    account = NUMBER if product == "whatsapp" else ACCOUNT
    return f"/chats/{product}/{account}/{ANNA[product]}"


@pytest.mark.parametrize("product", ["whatsapp", "instagram"])
async def test_a_page_shows_what_to_paste_and_the_chat(
    browser: httpx.AsyncClient, product: str
) -> None:
    page = (await browser.get(f"/{product}")).text
    assert "ещё не подключён" in page
    assert "0f3c1d5a7b9e4f20a1c2d3e4f5a6b7c8" in page
    answer = await browser.post(f"{chat_of(product)}/say", data={"text": "Привет <b>вам</b>"})
    assert answer.status_code == 200
    shown = await browser.get(chat_of(product))
    assert "Привет &lt;b&gt;вам&lt;/b&gt;" in shown.text
    assert "frame-ancestors 'self'" in shown.headers["content-security-policy"]


@pytest.mark.parametrize("product", ["whatsapp", "instagram"])
async def test_everything_on_the_page_does_something(
    browser: httpx.AsyncClient, product: str
) -> None:
    act = chat_of(product)
    assert "Сначала напишите" in (await browser.post(f"{act}/delete")).text
    await browser.post(f"{act}/say", data={"text": "первое"})
    await browser.post(f"{act}/edit", data={"text": "второе"})
    assert "второе" in (shown := (await browser.get(act)).text)
    assert "изменено" in shown
    assert "Напишите текст" in (await browser.post(f"{act}/edit", data={"text": " "})).text
    await browser.post(f"{act}/delete")
    await browser.post(f"{act}/owner", data={"text": "это хозяин"})
    photo = {"upload": ("a.jpg", b"\xff\xd8\xff", "image/jpeg")}
    await browser.post(f"{act}/file", files=photo, data={"text": "подпись"})
    voice = {"upload": ("a.ogg", b"OggS", "audio/ogg")}
    await browser.post(f"{act}/file", files=voice)
    await browser.post(f"{act}/unseen")
    shown = (await browser.get(act)).text
    for words in ('class="gone"', "Хозяин, вручную", "Фото: a.jpg", "Голосовое сообщение"):
        assert words in shown
    assert "Разблокировать" in (await browser.post(f"{act}/block")).text
    assert "Заблокировать" in (await browser.post(f"{act}/allow")).text


async def test_a_switch_is_told_and_taken_back(browser: httpx.AsyncClient) -> None:
    who = {"account": NUMBER, "client": ANNA["whatsapp"]}
    page = await browser.post("/chats/whatsapp/switch", data={"preset": "day", **who})
    assert "Сейчас: прошло 25 часов" in page.text
    page = await browser.post("/chats/whatsapp/switch", data={"preset": "well", **who})
    assert "Сейчас:" not in page.text


async def test_an_address_that_does_not_answer_is_not_taken(browser: httpx.AsyncClient) -> None:
    who = {"account": ACCOUNT, "client": ANNA["instagram"]}
    told = {"url": "http://127.0.0.1:9/hook", "verify_token": "x", **who}
    page = await browser.post("/chats/instagram/callback", data=told)
    assert "Адрес не ответил" in page.text


async def test_what_meta_refuses_the_emulator_refuses(browser: httpx.AsyncClient) -> None:
    head = {"Authorization": "Bearer EAAsandboxPermanentToken000000000001"}
    message = {"messaging_product": "whatsapp", "to": "79160001122", "type": "interactive"}
    four = [{"type": "reply", "reply": {"id": str(n), "title": str(n)}} for n in range(4)]
    card = {"type": "button", "body": {"text": "?"}, "action": {"buttons": four}}
    bodies = [
        (message | {"interactive": card}, 131009),
        (message | {"type": "text", "text": {"body": "я" * 4097}}, 131009),
        (message | {"type": "image", "image": {"id": "404"}}, 131053),
        (message | {"type": "poll", "poll": {}}, 131051),
        ({"messaging_product": "whatsapp", "type": "text", "text": {"body": "?"}}, 131008),
    ]
    for body, code in bodies:
        answer = await browser.post(f"/graph/v24.0/{NUMBER}/messages", json=body, headers=head)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)
    stranger = {"Authorization": "Bearer nobody"}
    answer = await browser.get(f"/graph/v24.0/{NUMBER}", headers=stranger)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, 190)
