"""The sandbox catches mail and shows it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from email.message import EmailMessage

import aiosmtplib
import httpx
import pytest
from fastapi import FastAPI

from insurance_chat.sandbox.app import create_sandbox_app
from insurance_chat.sandbox.smtp import MailCatcher


def letter() -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Чат <chat@example.org>"
    message["To"] = "client@example.org"
    message["Subject"] = "Ваш полис ОСАГО"
    message.set_content("Здравствуйте! Полис во вложении.")
    message.add_alternative("<p>Здравствуйте! <script>alert(1)</script></p>", subtype="html")
    message.add_attachment(b"%PDF-1.7", "application", "pdf", filename="полис.pdf")
    return message


@pytest.fixture
async def mounted() -> AsyncIterator[httpx.AsyncClient]:
    sandbox = create_sandbox_app()
    outer = FastAPI()
    outer.mount("/sandbox", sandbox)
    async with MailCatcher(sandbox.state.sandbox, "127.0.0.1", 0) as catcher:
        await aiosmtplib.send(letter(), hostname="127.0.0.1", port=catcher.port, use_tls=False)
    transport = httpx.ASGITransport(outer)
    async with httpx.AsyncClient(transport=transport, base_url="http://box.example") as client:
        yield client


async def test_a_letter_sent_over_smtp_is_kept_with_its_attachment(
    mounted: httpx.AsyncClient,
) -> None:
    listed = (await mounted.get("/sandbox/mail/api/messages?to=client@example.org")).json()
    (mail,) = listed["messages"]
    assert mail["subject"] == "Ваш полис ОСАГО"
    assert mail["text"].strip() == "Здравствуйте! Полис во вложении."
    assert [item["name"] for item in mail["attachments"]] == ["полис.pdf"]
    other = await mounted.get("/sandbox/mail/api/messages?to=other@example.org")
    assert other.json() == {"messages": []}
    file = await mounted.get(f"/sandbox/mail/{mail['id']}/attachments/0")
    assert file.content == b"%PDF-1.7"
    assert file.headers["content-disposition"].startswith("attachment")


async def test_pages_link_inside_the_mounted_sandbox(mounted: httpx.AsyncClient) -> None:
    listed = await mounted.get("/sandbox/mail")
    (mail,) = (await mounted.get("/sandbox/mail/api/messages")).json()["messages"]
    assert f'href="/sandbox/mail/{mail["id"]}"' in listed.text
    page = await mounted.get(f"/sandbox/mail/{mail['id']}")
    assert "Ваш полис ОСАГО" in page.text
    assert "<script>" not in page.text
    index = await mounted.get("/sandbox/")
    assert 'href="/sandbox/mail"' in index.text


async def test_a_missing_letter_is_a_page_not_a_crash(mounted: httpx.AsyncClient) -> None:
    assert (await mounted.get("/sandbox/mail/none")).status_code == 404
    assert (await mounted.get("/sandbox/mail/none/attachments/0")).status_code == 404
