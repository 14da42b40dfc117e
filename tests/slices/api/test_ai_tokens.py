"""`/api/admin/ai-tokens` of the platform's document, over real HTTP."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.slices.api.conftest import Staff, Stand

PATH = "/api/admin/ai-tokens"
KEY = "sk-proj-abcdefghijkl1234"
# The request of the document, word for word.
AGREED: dict[str, Any] = {
    "name": "Backup GPT-3.5",
    "token": KEY,
    "model_access": ["gpt-3.5-turbo"],
    "daily_limit": 500,
    "monthly_limit": 15000,
    "priority": 2,
    "notes": "Резервный токен",
}


async def test_a_key_lives_its_life(http: httpx.AsyncClient, admin: Staff) -> None:
    made = await http.post(PATH, json=AGREED, headers=admin.headers)
    assert made.status_code == 201, made.text
    body = made.json()
    for name in ("name", "model_access", "daily_limit", "monthly_limit", "priority", "notes"):
        assert body[name] == AGREED[name]
    assert (body["token"], body["is_active"]) == ("sk-...1234", True)
    assert (body["daily_usage"], body["monthly_usage"]) == (0, 0)
    listed = await http.get(PATH, headers=admin.headers)
    assert isinstance(listed.json(), list)
    assert body in listed.json()
    one = f"{PATH}/{body['id']}"
    changed = await http.patch(one, json={"daily_limit": None}, headers=admin.headers)
    assert (changed.json()["daily_limit"], changed.json()["monthly_limit"]) == (None, 15000)
    off = await http.put(one, json={"is_active": False, "priority": 7}, headers=admin.headers)
    assert (off.json()["is_active"], off.json()["priority"]) == (False, 7)
    assert (await http.delete(one, headers=admin.headers)).status_code == 204
    gone = await http.delete(one, headers=admin.headers)
    assert gone.status_code == 404
    assert gone.json()["error"]["code"] == "AI_TOKEN_NOT_FOUND"
    answers = made.text + listed.text + changed.text + off.text
    assert KEY not in answers


async def test_keys_come_in_the_order_in_which_they_are_tried(
    http: httpx.AsyncClient, stand: Stand
) -> None:
    admin = await stand.staff("admin", await stand.another_tenant())
    for priority in (3, 1, 2):
        body = {**AGREED, "priority": priority}
        await http.post(PATH, json=body, headers=admin.headers)
    listed = (await http.get(PATH, headers=admin.headers)).json()
    assert [one["priority"] for one in listed] == [1, 2, 3]


async def test_others_are_refused_in_the_shape_of_the_document(
    http: httpx.AsyncClient, agent: Staff
) -> None:
    nobody = await http.get(PATH)
    assert nobody.status_code == 401
    assert nobody.json()["error"]["code"] == "INVALID_CREDENTIALS"
    assert nobody.headers["www-authenticate"] == "Bearer"
    for method, path, body in (
        ("GET", PATH, None),
        ("POST", PATH, AGREED),
        ("PATCH", f"{PATH}/1", {}),
        ("DELETE", f"{PATH}/1", None),
    ):
        refused = await http.request(method, path, json=body, headers=agent.headers)
        assert refused.status_code == 403
        assert refused.json()["error"]["code"] == "INSUFFICIENT_PERMISSIONS"


async def test_another_company_cannot_touch_a_key(
    http: httpx.AsyncClient, stand: Stand, admin: Staff
) -> None:
    made = (await http.post(PATH, json=AGREED, headers=admin.headers)).json()
    stranger = await stand.staff("admin", await stand.another_tenant())
    assert (await http.get(PATH, headers=stranger.headers)).json() == []
    one = f"{PATH}/{made['id']}"
    for method in ("PUT", "PATCH", "DELETE"):
        refused = await http.request(method, one, json={}, headers=stranger.headers)
        assert refused.status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({**AGREED, "token": "два слова"}, "token"),
        ({**AGREED, "model_access": []}, "model_access"),
        ({**AGREED, "daily_limit": -1}, "daily_limit"),
        ({**AGREED, "priority": "1"}, "priority"),
        ({**AGREED, "base_url": "file:///etc/passwd"}, "base_url"),
        ({**AGREED, "name": "\x00"}, "name"),
        ({"name": "Без ключа", "model_access": ["a"]}, "token"),
    ],
)
async def test_wrong_data_are_refused_by_field(
    http: httpx.AsyncClient, admin: Staff, body: dict[str, Any], field: str
) -> None:
    refused = await http.post(PATH, json=body, headers=admin.headers)
    assert refused.status_code == 422
    error = refused.json()["error"]
    assert error["code"] == "VALIDATION_ERROR"
    assert error["details"]["field"] == field
    assert KEY not in refused.text
    broken = await http.post(PATH, content=b"{", headers=admin.headers)
    assert broken.status_code == 422
    assert broken.json()["error"]["code"] == "VALIDATION_ERROR"
