"""State of the emulated Graph API: accounts, chats, messages, files, and how it misbehaves."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import HTTPConnection

from insurance_chat.sandbox.context import Sandbox
from insurance_chat.sandbox.faults import Faults, RequestLog
from insurance_chat.sandbox.store import Doc

WINDOW = timedelta(hours=24)
HUMAN_WINDOW = timedelta(days=7)

_APP: Doc = {
    "id": "670843887433847",
    "name": "Учебное приложение",
    "secret": "0f3c1d5a7b9e4f20a1c2d3e4f5a6b7c8",
    "callbacks": {},  # object -> {url, verify, fields}
}
_WABA = "102290129340398"
#: What exists from the start; the pages show these values to be pasted into the form «Подключить».
_ACCOUNTS: tuple[Doc, ...] = (
    {
        "id": "106540352242922",
        "product": "whatsapp",
        "waba": _WABA,
        "number": "+7 900 000-10-01",
        "name": "Страховое агентство",
    },
    {
        "id": "106540352242923",
        "product": "whatsapp",
        "waba": _WABA,
        "number": "+7 900 000-10-02",
        "name": "Страховое агентство, ипотека",
    },
    {
        "id": "17841400008460056",
        "product": "instagram",
        "username": "practice_agency",
        "name": "Страховое агентство",
    },
)
_TOKENS: tuple[Doc, ...] = (
    {
        "id": "EAAsandboxPermanentToken000000000001",
        "product": "whatsapp",
        "scopes": ["whatsapp_business_messaging", "whatsapp_business_management"],
        "expires": 0,
    },
    {
        "id": "IGAAsandboxLongLivedToken0000000001",
        "product": "instagram",
        "scopes": ["instagram_business_basic", "instagram_business_manage_messages"],
        "expires": 0,
    },
)


class GraphBehaviour(BaseModel):
    """Lasting switches.

    `window_error`: WhatsApp takes a late message and fails it by a status, or refuses at once.
    `hold_webhooks`: calls are kept back until they are released.
    `auto_status`: which statuses of WhatsApp come on their own; with none a failure does not, either.
    """

    model_config = ConfigDict(validate_assignment=True, extra="forbid")

    duplicate_webhooks: int = Field(default=0, ge=0, le=10)
    reorder_webhooks: bool = False
    drop_webhooks: bool = False
    hold_webhooks: bool = False
    statuses_out_of_order: bool = False
    auto_status: list[Literal["sent", "delivered"]] = ["sent", "delivered"]
    window_error: Literal["status", "answer"] = "status"
    clock_shift_hours: float = Field(default=0, ge=-10000, le=10000)


class World:
    """Everything that the emulator of one sandbox knows.

    Args:
        sandbox: its store and its clock are shared with the other emulators.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.store = sandbox.store
        self.behaviour = GraphBehaviour()
        self.faults = Faults()
        self.requests = RequestLog()
        self.root = ""  # how the product addresses us, for links to files

    def now(self) -> datetime:
        """Current moment by the emulator's own clock, which can be moved."""
        return self.sandbox.now() + timedelta(hours=self.behaviour.clock_shift_hours)

    def seed(self) -> None:
        """Make the accounts that exist from the start, once."""
        if self.store.get("graph_app", _APP["id"]) is not None:
            return
        with self.store.batch():
            self.store.put("graph_app", _APP["id"], dict(_APP))
            for account in _ACCOUNTS:
                fresh = {"override": None, "subscribed": [], "quality": "GREEN", "app": _APP["id"]}
                self.store.put("graph_account", account["id"], dict(account) | fresh)
            for token in _TOKENS:
                self.store.put("graph_token", token["id"], dict(token) | {"valid": True})
            for number, template in enumerate(_templates()):
                self.store.put("graph_template", str(number), template)

    def behave(self) -> None:
        """Misbehave no more."""
        self.behaviour = GraphBehaviour()
        self.faults.clear()

    def accounts(self, product: str) -> list[Doc]:
        """Accounts of a product, in the order in which they were made."""
        self.seed()
        return self.store.where("graph_account", "product", product)

    def account(self, account_id: str) -> Doc | None:
        """An account by its id."""
        self.seed()
        return self.store.get("graph_account", account_id)

    def app(self) -> Doc:
        """The application to which all accounts belong."""
        self.seed()
        return self.store.get("graph_app", _APP["id"]) or dict(_APP)

    def tokens(self, product: str) -> list[Doc]:
        """Tokens that were given out for a product, newest last."""
        self.seed()
        return self.store.where("graph_token", "product", product)

    def chat(self, account: str, client: str) -> Doc:
        """The chat of an account with a client, made when it is not there yet."""
        key = f"{account}:{client}"
        known = self.store.get("graph_chat", key)
        return known or self.store.put(
            "graph_chat",
            key,
            {
                "id": key,
                "account": account,
                "client": client,
                "name": "Анна Смирнова",
                "username": f"client_{client[-4:]}",
                "lastIn": None,
                "blocked": False,
                "typing": False,
            },
        )

    def messages(self, account: str, client: str) -> list[Doc]:
        """Messages of a chat, oldest first."""
        return self.store.where("graph_message", "chat", f"{account}:{client}")

    def add_message(self, account: Doc, client: str, by: str, **content: Any) -> Doc:
        """Keep a message.

        Args:
            by: `client`, `business` (through the API) or `owner` (by hand in the application).
        """
        message_id = new_id("wamid." if account["product"] == "whatsapp" else "aWdfZAG1faXRlbTo")
        message = {
            "id": message_id,
            "chat": f"{account['id']}:{client}",
            "account": account["id"],
            "client": client,
            "by": by,
            "at": self.now().timestamp(),
            "text": "",
            "buttons": [],
            "link": None,
            "media": None,
            "quoted": "",
            "status": "",
            "note": "",
            "edits": 0,
            "deleted": False,
        } | content
        if by == "client":
            chat = self.chat(account["id"], client)
            # WhatsApp tells whole seconds, and a person needs one for a message.
            message["at"] = max(message["at"], (chat["lastIn"] or 0) + 1)
            self.store.put("graph_chat", chat["id"], chat | {"lastIn": message["at"]})
        return self.store.put("graph_message", message_id, message)

    def silent_for(self, account: str, client: str) -> timedelta:
        """Time since the client's last message; for ever when there was none."""
        last = self.chat(account, client)["lastIn"]
        if last is None:
            return timedelta.max
        return timedelta(seconds=self.now().timestamp() - last)


def new_id(prefix: str) -> str:
    """An id that looks like one of Meta's."""
    return f"{prefix}{uuid4().hex.upper()}{secrets.token_hex(8).upper()}"


def world_of(connection: HTTPConnection) -> World:
    """The emulator that serves this request."""
    world: World = connection.app.state.graph
    return world


def _templates() -> list[Doc]:
    def template(name: str, text: str, status: str = "APPROVED", **more: Any) -> Doc:
        body: Doc = {"type": "BODY", "text": text}
        return {
            "id": str(uuid4().int)[:15],
            "name": name,
            "language": "ru",
            "status": status,
            "category": "UTILITY",
            "components": [body, *more.get("components", [])],
            "parameter_format": more.get("format", "POSITIONAL"),
        }

    button = {"type": "URL", "text": "Открыть", "url": "https://example.com/{{1}}"}
    return [
        template(
            "policy_expires",
            "Здравствуйте, {{1}}! Полис ОСАГО на {{2}} заканчивается {{3}}. Продлим?",
        ),
        template("we_are_here", "Здравствуйте! Мы продолжаем работать над вашим вопросом."),
        template("call_back", "{{name}}, перезвоним вам {{when}}. Удобно?", format="NAMED"),
        template("sale", "Скидка {{1}} %", "REJECTED"),
        template(
            "open_page", "Ваш расчёт готов", components=[{"type": "BUTTONS", "buttons": [button]}]
        ),
    ]
