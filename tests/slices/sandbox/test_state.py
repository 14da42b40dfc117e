"""What the sandbox remembers and where its links lead."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from insurance_chat.sandbox.app import create_sandbox_app
from insurance_chat.sandbox.store import Store

API = "/polis/api/v1"


def client_of(app: FastAPI, base: str = "http://box.example") -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=base)


async def draft_with_link(client: httpx.AsyncClient, prefix: str = "") -> dict[str, Any]:
    """Register, quote, draft and ask for a payment link, by hand."""
    account = {"login": "partner", "password": "long-enough"}
    await client.post(f"{prefix}{API}/partners", json=account)
    token = (await client.post(f"{prefix}{API}/auth/token", json=account)).json()["value"]
    client.headers["Authorization"] = f"Bearer {token['accessToken']}"
    person = {
        "fullName": "Тестов Пётр Ильич",
        "birthDate": "28.11.1985",
        "passport": "9912765432",
        "address": "Москва, улица Выдуманная, дом 7",
        "phone": "+79001234567",
        "email": "petr@example.org",
    }
    start = datetime.now(UTC) + timedelta(days=4)
    body = {
        "region": "Москва",
        "policyParameters": {
            "startDate": start.strftime("%d.%m.%Y"),
            "periodMonths": 12,
            "purpose": "personal",
        },
        "vehicle": {
            "licensePlate": "М321КХ777",
            "mark": "LADA",
            "model": "Vesta",
            "productionYear": 2019,
            "powerHp": "106",
            "document": {"type": "STS", "seriesNumber": "9933445566"},
        },
        "owner": person,
        "policyholder": person,
        "unlimitedDrivers": True,
        "drivers": [],
    }
    made = await client.post(
        f"{prefix}{API}/osago/quotes", json=body, headers={"Idempotency-Key": "q"}
    )
    quote_id = made.json()["value"]["quoteId"]
    quote = (await client.get(f"{prefix}{API}/osago/quotes/{quote_id}")).json()["value"]
    offer = next(one for one in quote["offers"] if one["companyCode"] == "reso")
    drafted = await client.post(
        f"{prefix}{API}/osago/drafts",
        json={"offerId": offer["offerId"]},
        headers={"Idempotency-Key": "d"},
    )
    draft_id = drafted.json()["value"]["draftId"]
    linked = await client.post(
        f"{prefix}{API}/osago/drafts/{draft_id}/payment-link",
        json={"returnUrl": "https://chat.example/"},
        headers={"Idempotency-Key": "l"},
    )
    return linked.json()["value"]


async def test_links_of_a_mounted_sandbox_keep_its_prefix() -> None:
    outer = FastAPI()
    outer.mount("/sandbox", create_sandbox_app(time_scale=0))
    async with client_of(outer) as client:
        draft = await draft_with_link(client, "/sandbox")
        assert draft["paymentUrl"].startswith("http://box.example/sandbox/polis/pay/")
        assert (await client.get(draft["paymentUrl"])).status_code == 200


async def test_links_use_the_public_address_when_it_is_given() -> None:
    app = create_sandbox_app("https://demo.example/box/", time_scale=0)
    async with client_of(app) as client:
        draft = await draft_with_link(client)
    assert draft["paymentUrl"].startswith("https://demo.example/box/polis/pay/")


async def test_an_expired_link_asks_for_a_new_one() -> None:
    moment = [datetime.now(UTC)]
    app = create_sandbox_app(time_scale=0, clock=lambda: moment[0])
    async with client_of(app) as client:
        draft = await draft_with_link(client)
        moment[0] += timedelta(days=2)
        shown = await client.get(draft["paymentUrl"])
        assert "Срок ссылки истёк" in shown.text
        paid = await client.post(draft["paymentUrl"], data={"action": "pay"})
        assert paid.status_code == 409


async def test_an_issued_policy_is_there_after_a_restart(tmp_path: Path) -> None:
    async with client_of(create_sandbox_app(state_dir=tmp_path, time_scale=0)) as client:
        draft = await draft_with_link(client)
        url = f"{API}/osago/drafts/{draft['draftId']}"
        token = {"paymentToken": "test_1"}
        await client.post(f"{url}/payments", json=token, headers={"Idempotency-Key": "p"})
        issued = await client.post(f"{url}/issue", headers={"Idempotency-Key": "i"})
        number = issued.json()["value"]["policyNumber"]
        headers = dict(client.headers)
    async with client_of(create_sandbox_app(state_dir=tmp_path, time_scale=0)) as client:
        client.headers.update(headers)
        again = await client.post(f"{url}/issue", headers={"Idempotency-Key": "i"})
        assert again.json()["value"]["policyNumber"] == number
        assert (await client.get(f"/policies/{number}.pdf")).content.startswith(b"%PDF")
        assert number in (await client.get("/policies")).text
        assert "Это учебный полис" in (await client.get(f"/polis/check/{number}")).text


def test_a_killed_process_loses_no_written_document(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys; from pathlib import Path\n"
        "from insurance_chat.sandbox.store import Store\n"
        "store = Store(Path(sys.argv[1])); store.put('policy', 'ХХХ1', {'number': 'ХХХ1'})\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=os.getcwd())
    assert done.returncode == -signal.SIGKILL
    store = Store(tmp_path)
    assert store.get("policy", "ХХХ1") == {"number": "ХХХ1"}
    store.close()


def test_a_failed_batch_leaves_nothing() -> None:
    store = Store()

    def fail() -> None:
        with store.batch():
            store.put("draft", "1", {})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert store.get("draft", "1") is None


async def test_a_changing_call_needs_a_key_and_a_token() -> None:
    async with client_of(create_sandbox_app(time_scale=0)) as client:
        refused = await client.post(f"{API}/osago/quotes", json={})
        assert (refused.status_code, refused.json()["error"]["code"]) == (401, "token_invalid")
        await draft_with_link(client)
        keyless = await client.post(f"{API}/osago/quotes", json={})
        assert (keyless.status_code, keyless.json()["error"]["code"]) == (400, "no_idempotency_key")


async def test_one_partner_does_not_see_the_draft_of_another() -> None:
    async with client_of(create_sandbox_app(time_scale=0)) as client:
        draft = await draft_with_link(client)
        account = {"login": "another", "password": "long-enough"}
        await client.post(f"{API}/partners", json=account)
        token = (await client.post(f"{API}/auth/token", json=account)).json()["value"]
        client.headers["Authorization"] = f"Bearer {token['accessToken']}"
        assert (await client.get(f"{API}/osago/drafts/{draft['draftId']}")).status_code == 404


async def test_the_index_page_switches_misbehaviour_on_and_off() -> None:
    async with client_of(create_sandbox_app()) as client:
        index = await client.get("/")
        assert "Что сломать" in index.text
        for preset in ("kbm", "down"):
            answer = await client.post("/control/switch", data={"preset": preset})
            assert answer.headers["location"] == "/"
        assert "КБМ не отвечает" in (await client.get("/")).text
        assert (await client.get(f"{API}/vehicles?plate=x")).status_code == 503
        await client.post("/control/switch", data={"preset": "well"})
        assert "Сейчас включено" not in (await client.get("/")).text
        assert (await client.patch("/control/behaviour", json={"no_such": 1})).status_code == 422
