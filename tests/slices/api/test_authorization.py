"""Who may do what: every route of the document with every kind of caller."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import pytest

from insurance_chat.api.docs import build_openapi
from insurance_chat.api.links import sign_document
from insurance_chat.knowledge import ingest, service
from tests.slices.api.conftest import Staff, Stand, insert_policy, open_chat
from tests.slices.api.update_rows import waiting_update

CALLERS = ("nobody", "stranger", "client", "colleague", "agent", "admin", "foreign_admin")
FILE = {"file": ("note.txt", "Полис действует один год.".encode(), "text/plain")}


@dataclass(frozen=True)
class Rule:
    """A request and the answer that each of `CALLERS` gets."""

    method: str
    path: str
    answers: tuple[int, int, int, int, int, int, int]
    body: Any = None
    files: Any = None
    query: str = ""


STAFF_LOGIN = {"username": "nobody", "password": "not-a-password"}
FUTURE = "2035-01-01T10:00:00+03:00"
MESSAGE = {"sessionId": "{session}", "sender": "user", "text": "Здравствуйте"}
AS_AGENT = {"sessionId": "{session}", "sender": "agent", "text": "Добрый день"}
REMINDER = {"policyId": "{policy}", "remindAt": FUTURE, "recipients": ["client"]}
QUOTE = {"vehicle": {"vin": "XTA21099012345678"}, "regionCode": "77"}
DRAFT = {"quoteOffer": {"companyCode": "x"}, "applicant": {}, "vehicle": {"plate": "А001АА77"}}
MORTGAGE = {"risks": ["property"], "loan": {"bank": "sber"}}
CHOICE = {"quoteOffer": {"companyCode": "x"}, "quoteId": "00000000-0000-0000-0000-000000000001"}
ISSUE = {"draftId": "{draft}", "paymentToken": "wrong"}
ASSIST = {"sessionId": "{session}", "prompt": "Сколько действует полис?"}
INVITE = {"onlyOwnCompanies": False}
EMAIL = {"email": "client@example.com"}
OWN = (401, 404, 200, 404, 200, 200, 404)
ADMINS = (401, 403, 403, 403, 403, 200, 200)
NOT_THERE = (401, 403, 403, 403, 403, 404, 404)
SOURCE = {"type": "feed", "url": "https://insurer.example/feed.xml"}
RULES = (
    Rule("POST", "/v1/auth/login", (401,) * 7, STAFF_LOGIN),
    Rule("POST", "/v1/auth/refresh", (401,) * 7, {"refreshToken": "none"}),
    Rule("POST", "/v1/agents/login", (401,) * 7, {**STAFF_LOGIN, "username": "no"}),
    Rule("POST", "/v1/chat/sessions", (201,) * 7, {"channel": "web", "channelUserId": "u"}),
    Rule(
        "POST",
        "/v1/chat/sessions",
        (401, 401, 401, 201, 201, 201, 201),
        {"channel": "telegram", "channelUserId": "u"},
    ),
    Rule("GET", "/v1/chat/sessions/{session}", OWN),
    Rule("GET", "/v1/chat/sessions/{session}/messages", OWN),
    Rule("GET", "/v1/handover/queue", (401, 403, 403, 200, 200, 200, 200)),
    Rule("POST", "/v1/chat/sessions/{session}/handover/claim", (401, 403, 403, 409, 200, 409, 404)),
    Rule(
        "POST", "/v1/chat/sessions/{session}/handover/release", (401, 403, 403, 404, 200, 409, 404)
    ),
    Rule(
        "POST", "/v1/chat/sessions/{session}/handover/transfer", (401, 403, 403, 404, 200, 409, 404)
    ),
    Rule("POST", "/v1/chat/sessions/{session}/preferences", OWN, {"preferVoice": True}),
    Rule(
        "POST", "/v1/chat/sessions/{session}/handover/request", (401, 404, 202, 404, 202, 202, 404)
    ),
    Rule(
        "POST", "/v1/chat/sessions/{session}/files", (401, 404, 201, 404, 201, 201, 404), files=FILE
    ),
    Rule("POST", "/v1/chat/messages", (401, 404, 201, 404, 201, 201, 404), MESSAGE),
    Rule("POST", "/v1/chat/messages", (401, 403, 403, 409, 201, 201, 404), AS_AGENT),
    Rule("GET", "/v1/agents", (401, 403, 403, 403, 403, 200, 200)),
    Rule(
        "PUT", "/v1/agents/{agent}/status", (401, 403, 403, 403, 200, 200, 404), {"status": "busy"}
    ),
    Rule(
        "PUT",
        "/v1/agents/{colleague}/status",
        (401, 403, 403, 200, 403, 200, 404),
        {"status": "busy"},
    ),
    Rule(
        "PUT",
        "/v1/agents/{agent}/companies",
        (401, 403, 403, 403, 200, 200, 404),
        {"companies": []},
    ),
    Rule("POST", "/v1/agents/{agent}/assist", (401, 403, 403, 403, 200, 200, 404), ASSIST),
    Rule("POST", "/v1/agents/{agent}/assist/stream", (401, 403, 403, 403, 200, 200, 404), ASSIST),
    Rule("POST", "/v1/agents/{agent}/invitations", (401, 403, 403, 403, 201, 201, 404), INVITE),
    Rule("GET", "/v1/agents/{agent}/invitations", (401, 403, 403, 403, 200, 200, 404)),
    Rule(
        "DELETE",
        "/v1/agents/{agent}/invitations/{unknown}",
        (401, 403, 403, 403, 404, 404, 404),
    ),
    Rule(
        "POST",
        "/v1/chat/sessions/{session}/invitation",
        (401, 404, 404, 403, 403, 404, 404),
        {"invitation": "no-such-token"},
    ),
    Rule("POST", "/v1/chat/sessions/{session}/continue", (401, 404, 200, 403, 403, 200, 404)),
    Rule("POST", "/v1/chat/returns", (404,) * 7, {"link": "no-such-link"}),
    Rule("POST", "/v1/policies/osago/quote", (401, 422, 422, 422, 422, 422, 422), QUOTE),
    Rule("POST", "/v1/policies/osago/draft", (401, 404, 404, 404, 404, 404, 404), DRAFT),
    Rule("POST", "/v1/policies/osago/issue", (401, 404, 201, 404, 201, 201, 404), ISSUE),
    Rule("GET", "/v1/policies/mortgage/health-consent", (401, 200, 200, 200, 200, 200, 200)),
    Rule("POST", "/v1/policies/mortgage/quote", (401, 422, 422, 422, 422, 422, 422), MORTGAGE),
    Rule("POST", "/v1/policies/mortgage/draft", (401, 404, 404, 404, 404, 404, 404), CHOICE),
    Rule("POST", "/v1/policies/mortgage/issue", (401, 404, 404, 404, 404, 404, 404), ISSUE),
    Rule("GET", "/v1/policies", (401, 200, 200, 200, 200, 200, 200)),
    Rule("GET", "/v1/policies/{policy}", OWN),
    Rule("POST", "/v1/policies/{policy}/email", (401, 404, 202, 404, 202, 202, 404), EMAIL),
    Rule(
        "GET",
        "/v1/osago/vehicle-by-plate",
        (401, 403, 403, 200, 200, 200, 200),
        query="?plate=А123ВС77",
    ),
    Rule(
        "GET", "/v1/osago/kbm", (401, 403, 403, 200, 200, 200, 200), query="?docNumber=9912345678"
    ),
    Rule(
        "GET", "/v1/osago/prev-policy", (401, 403, 403, 200, 200, 200, 200), query="?plate=А123ВС77"
    ),
    Rule("GET", "/v1/kb/tree", (401, 403, 403, 200, 200, 200, 200)),
    Rule("POST", "/v1/kb/upload", (401, 403, 403, 403, 403, 201, 201), files=FILE),
    Rule("GET", "/v1/kb/uploads/{upload}", (401, 403, 403, 404, 404, 200, 404)),
    Rule("GET", "/v1/kb/uploads/{own_upload}", (401, 403, 403, 404, 200, 200, 404)),
    Rule("POST", "/v1/kb/commit", (401, 403, 403, 403, 403, 200, 404), {"ingestId": "{document}"}),
    Rule("GET", "/v1/kb/docs/{document}/source", (401, 302, 302, 302, 302, 302, 404)),
    Rule("GET", "/v1/kb/docs/{private}/source", (401, 404, 404, 302, 302, 302, 404)),
    Rule("POST", "/v1/kb/search", (401, 403, 403, 403, 403, 200, 200), {"query": "полис"}),
    Rule("GET", "/v1/kb/private/docs", (401, 403, 403, 200, 200, 200, 200)),
    Rule("POST", "/v1/kb/private/upload", (401, 403, 403, 201, 201, 201, 201), files=FILE),
    Rule(
        "POST",
        "/v1/incidents",
        (401, 404, 201, 404, 201, 201, 404),
        {"type": "abuse", "sessionId": "{session}"},
    ),
    Rule("POST", "/v1/incidents", (401, 422, 422, 201, 201, 201, 201), {"type": "abuse"}),
    Rule("GET", "/v1/admin/incidents", (401, 403, 403, 403, 403, 200, 200)),
    Rule(
        "PATCH",
        "/v1/admin/incidents/{unknown}",
        (401, 403, 403, 403, 403, 404, 404),
        {"status": "in_work"},
    ),
    Rule("GET", "/v1/admin/chats", (401, 403, 403, 403, 403, 200, 200)),
    Rule("GET", "/v1/admin/chats/{session}/messages/1/why", (401, 403, 403, 403, 403, 404, 404)),
    Rule("GET", "/v1/admin/updates/sources", ADMINS),
    Rule("POST", "/v1/admin/updates/sources", (401, 403, 403, 403, 403, 201, 201), SOURCE),
    Rule("PATCH", "/v1/admin/updates/sources/{unknown}", NOT_THERE, {"active": False}),
    Rule("DELETE", "/v1/admin/updates/sources/{unknown}", NOT_THERE),
    Rule("POST", "/v1/admin/updates/sources/{unknown}/look", NOT_THERE),
    Rule("GET", "/v1/admin/updates/events", ADMINS),
    Rule("GET", "/v1/admin/updates/events/{update}", (401, 403, 403, 403, 403, 200, 404)),
    Rule(
        "POST",
        "/v1/admin/updates/ingest",
        (401, 403, 403, 403, 403, 202, 404),
        {"items": [{"updateId": "{update}", "decision": "reject"}]},
    ),
    Rule("POST", "/v1/reminders", (401, 404, 201, 404, 201, 201, 404), REMINDER),
    Rule("GET", "/v1/reminders", (401, 200, 200, 200, 200, 200, 200)),
    Rule("PUT", "/v1/reminders/{reminder}", OWN, {"status": "cancelled"}),
    Rule("GET", "/v1/commissions", (401, 403, 403, 200, 200, 200, 200)),
    Rule("GET", "/v1/webhooks", (401, 403, 403, 403, 403, 200, 200)),
    Rule(
        "POST", "/v1/webhooks", (401, 403, 403, 403, 403, 422, 422), {"url": "http://127.0.0.1/x"}
    ),
    Rule("DELETE", "/v1/webhooks/{unknown}", (401, 403, 403, 403, 403, 404, 404)),
    Rule("DELETE", "/v1/kb/docs/{document}", (401, 403, 403, 403, 403, 204, 404)),
)
# Reads a stream without end; its access has tests of its own in test_feed.py. Registration is open.
ELSEWHERE = {"GET /v1/chat/sessions/{id}/events", "POST /v1/agents"}


async def _document(stand: Stand, title: str, visibility: str) -> str:
    text = (
        f"---\ntitle: {title}\nvisibility: {visibility}\n---\n# {title}\n\nПолис — год. {uuid4()}"
    )
    parsed = await ingest.parse(text.encode(), f"{uuid4().hex}.md")
    async with stand.services.db.unit() as unit:
        row = await service.publish_parsed(
            unit, stand.services.files, stand.tenant_id, "d.md", text.encode(), parsed
        )
    return str(row.public_id)


async def _upload(http: httpx.AsyncClient, who: Staff, path: str) -> str:
    """A file that waits to be read."""
    answer = await http.post(
        path,
        files={"file": ("a.txt", f"Полис. {uuid4()}".encode(), "text/plain")},
        headers=who.headers | {"Prefer": "respond-async"},
    )
    assert answer.status_code == 202, answer.text
    return str(answer.json()["uploadId"])


@dataclass(frozen=True)
class Scene:
    """Things that exist, and tokens of all callers."""

    names: dict[str, str]
    headers: dict[str, dict[str, str]]

    def filled(self, value: Any) -> Any:
        """Names of things instead of their placeholders."""
        if isinstance(value, dict):
            return {key: self.filled(part) for key, part in value.items()}
        if isinstance(value, list):
            return [self.filled(part) for part in value]
        return value.format(**self.names) if isinstance(value, str) else value


@pytest.fixture
async def scene(http: httpx.AsyncClient, stand: Stand, admin: Staff, agent: Staff) -> Scene:
    chat, other = await open_chat(http), await open_chat(http)
    foreign = await stand.staff("admin", await stand.another_tenant())
    policy = await insert_policy(stand, chat)
    colleague = await stand.staff("agent")
    asked = f"/v1/chat/sessions/{chat.id}/handover"
    assert (await http.post(f"{asked}/request", headers=chat.headers)).status_code == 202
    assert (await http.post(f"{asked}/claim", headers=agent.headers)).status_code == 200
    body = {"policyId": policy.id, "remindAt": FUTURE, "recipients": ["client"]}
    reminder = (await http.post("/v1/reminders", json=body, headers=admin.headers)).json()
    title = f"Правила {uuid4().hex[:6]}"
    names = {
        "upload": await _upload(http, admin, "/v1/kb/upload"),
        "own_upload": await _upload(http, agent, "/v1/kb/private/upload"),
        "session": chat.id,
        "agent": agent.id,
        "colleague": colleague.id,
        "policy": policy.id,
        "draft": policy.draft_id,
        "reminder": reminder["id"],
        "document": await _document(stand, title, "public"),
        "private": await _document(stand, f"{title} агентам", "agents"),
        "unknown": str(uuid4()),
        "update": await waiting_update(stand),
    }
    headers = {
        "nobody": {},
        "stranger": other.headers,
        "client": chat.headers,
        "colleague": colleague.headers,
        "agent": agent.headers,
        "admin": admin.headers,
        "foreign_admin": foreign.headers,
    }
    return Scene(names, headers)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.method} {rule.path}")
async def test_everybody_gets_what_the_matrix_says(
    http: httpx.AsyncClient, scene: Scene, rule: Rule
) -> None:
    got = []
    # The powerful come last: what they may delete, the others must have been refused before.
    for caller in CALLERS:
        files = rule.files and {"file": (f"{uuid4().hex}.txt", *rule.files["file"][1:])}
        if files:
            files = {"file": (files["file"][0], f"Полис. {uuid4()}".encode(), "text/plain")}
        answer = await http.request(
            rule.method,
            scene.filled(rule.path) + rule.query,
            json=scene.filled(rule.body),
            files=files,
            headers=scene.headers[caller],
        )
        got.append(answer.status_code)
        if answer.status_code >= 400:
            assert set(answer.json()) <= {"code", "message", "details"}
    assert dict(zip(CALLERS, got, strict=True)) == dict(zip(CALLERS, rule.answers, strict=True))


def test_the_matrix_covers_every_route(stand: Stand) -> None:
    known = {f"{rule.method} {_shape(rule.path)}" for rule in RULES} | ELSEWHERE
    paths = build_openapi(stand.app)["paths"]
    routes = {f"{m.upper()} {_shape(path)}" for path, methods in paths.items() for m in methods}
    assert routes <= known


def _shape(path: str) -> str:
    parts = path.split("/")
    return "/".join("{id}" if part[:1] == "{" or part.isdigit() else part for part in parts)


async def test_an_unknown_token_is_refused(http: httpx.AsyncClient) -> None:
    answer = await http.get("/v1/policies", headers={"Authorization": "Bearer nothing"})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_a_link_to_a_source_opens_in_a_browser_without_a_token(
    http: httpx.AsyncClient, scene: Scene, stand: Stand
) -> None:
    def link(document: str, tenant_id: int, tail: str = "") -> str:
        token = sign_document(stand.services.cipher, tenant_id, document)
        return f"/v1/kb/docs/{document}/source?token={token}{tail}"

    public, private = scene.names["document"], scene.names["private"]
    found = await http.get(link(public, stand.tenant_id), follow_redirects=True)
    assert found.status_code == 200
    assert "Полис" in found.text
    assert (await http.get(link(private, stand.tenant_id))).status_code == 404
    assert (await http.get(link(public, stand.tenant_id, "x"))).status_code == 401
    assert (await http.get(link(public, stand.tenant_id + 1))).status_code == 404
