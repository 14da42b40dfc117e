"""What programs read of sources and updates, field by field."""

from __future__ import annotations

import httpx

from tests.slices.api.conftest import Staff, Stand
from tests.slices.api.update_rows import CHANGE, EDIT, waiting_update

ROOT = "/v1/admin/updates"


async def test_a_source_is_shown_as_it_was_made(http: httpx.AsyncClient, admin: Staff) -> None:
    body = {"type": "page", "url": "https://insurer.example/rules", "scheduleCron": "0 7 * * *"}
    made = (await http.post(f"{ROOT}/sources", json=body, headers=admin.headers)).json()

    listed = (await http.get(f"{ROOT}/sources", headers=admin.headers)).json()["items"]

    assert listed == [made]
    assert {name: made[name] for name in (*body, "active", "visibility")} == body | {
        "active": True,
        "visibility": "public",
    }
    assert (made["companyCode"], made["checkedAt"], made["waiting"]) == (None, None, 0)


async def test_an_update_has_its_conditions_passages_and_choices(
    http: httpx.AsyncClient, stand: Stand, admin: Staff
) -> None:
    update = await waiting_update(stand)
    answer = await http.get(f"{ROOT}/events/{update}", headers=admin.headers)
    shown = answer.json()

    assert (shown["changes"], shown["passages"]) == ([CHANGE], [EDIT])
    assert (shown["choices"], shown["documentId"]) == (["add", "reject"], None)
    (listed,) = (await http.get(f"{ROOT}/events", headers=admin.headers)).json()["items"]
    assert listed.items() <= shown.items()
    assert (listed["id"], listed["status"], listed["decidedAt"]) == (update, "new", None)
