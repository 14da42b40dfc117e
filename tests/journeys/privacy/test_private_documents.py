"""What agents keep for themselves reaches no client: no answer, no file, no export, no webhook."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from uuid import uuid4

import pytest
from pypdf import PdfReader

from insurance_chat.accounts import auth
from insurance_chat.accounts.repository import StaffRepository
from insurance_chat.conversations.overview import exports
from insurance_chat.core.clock import utcnow
from insurance_chat.core.principal import Principal
from insurance_chat.knowledge import service
from insurance_chat.knowledge.uploads.service import COLLEAGUES, SENDER, UploadOptions
from insurance_chat.sandbox.app import create_sandbox_app
from insurance_chat.web.admin import chat_files
from tests.support.sandbox_server import served
from tests.support.world import Talk, World, open_world

# What stands in the document that clients may read, in that of all agents, in that of one agent.
CODES = {"Ромашка": "9100", "Василёк": "9200", "Лютик": "9300"}
PRIVATE = ("Василёк", "Лютик")
ASKED = (
    "Где находится склад {0}?",
    "какой код ворот склада {0}",
    "скачай памятку о складе {0}",
    "пришли документ «Памятка о складе {0}»",
    "откуда ты это знаешь, дай ссылку на источник про склад {0}",
)


def text_of(name: str) -> bytes:
    """A document that answers the questions as well as any other."""
    return (
        f"# Памятка о складе {name}\n\n## Где находится склад {name}?\n\n"
        f"Склад {name} находится на улице Садовой, код ворот склада {name} — {CODES[name]}.\n"
    ).encode()


class Office:
    """The service with one document of each kind, and a client who has asked for all of them."""

    def __init__(self, world: World, admin: Principal, agent: Principal) -> None:
        self.world, self.admin, self.agent = world, admin, agent
        self.ids: dict[str, str] = {}
        self.said: dict[str, str] = {}
        self.talk: Talk

    async def fill(self) -> None:
        """Publish the documents as the doors do."""
        uploads = self.world.services.uploads
        for name, who, visibility in (
            ("Ромашка", self.admin, "public"),
            ("Василёк", self.agent, COLLEAGUES),
            ("Лютик", self.agent, SENDER),
        ):
            options = UploadOptions(visibility=visibility)
            view = await uploads.accept_file(who, f"{name}.md", text_of(name), options)
            await self.world.settle()
            view = await uploads.show(who, view.id)
            assert view.document_id is not None, view.message
            self.ids[name] = view.document_id
        async with self.world.db.unit() as unit:
            await service.commit(unit, self.admin, self.ids["Ромашка"])
        await self.world.services.knowledge.refresh()

    async def ask(self) -> None:
        """A client asks for each document in every way; all that comes back is kept."""
        self.talk = await self.world.begin()
        for name in CODES:
            replies = [
                reply
                for words in ASKED
                for reply in await self.world.say(self.talk, words.format(name))
            ]
            assert len(replies) >= len(ASKED)
            self.said[name] = " ".join(f"{reply.text} {reply.metadata}" for reply in replies)


async def hired(world: World, role: str) -> Principal:
    async with world.db.unit() as unit:
        user = await StaffRepository(unit, world.tenant_id).add(
            login=uuid4().hex,
            name="Ольга",
            role=role,
            password_hash=uuid4().hex,
            companies=[],
            approved_at=utcnow(),
        )
        assert user is not None
        return auth.principal(user)


@pytest.fixture(scope="module")
async def office(
    database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Office]:
    """The documents are there and the client has asked."""
    folder: Path = tmp_path_factory.mktemp("private")
    app = create_sandbox_app(time_scale=0)
    with served(app) as url:
        async with open_world(database_url, folder, app, url) as world:
            made = Office(world, await hired(world, "admin"), await hired(world, "agent"))
            await made.fill()
            await made.ask()
            yield made


def leaks(office: Office, shown: str, names: Sequence[str] = PRIVATE) -> list[str]:
    """What of the documents is in a text."""
    return [one for name in names for one in (CODES[name], office.ids[name]) if one in shown]


def test_the_assistant_quotes_and_links_only_what_clients_may_read(office: Office) -> None:
    assert leaks(office, office.said["Ромашка"], ["Ромашка"]) == ["9100", office.ids["Ромашка"]]
    assert [leaks(office, said) for said in office.said.values()] == [[], [], []]


@pytest.mark.parametrize("kind", ["csv", "pdf"])
async def test_an_exported_chat_holds_nothing_of_them(office: Office, kind: str) -> None:
    async with office.world.db.unit() as unit:
        export = await exports.read_chat(unit, office.admin, office.talk.session, kind)
    if kind == "csv":
        shown = chat_files.chat_csv(export).decode("utf-8-sig")
    else:
        pages = PdfReader(io.BytesIO(chat_files.chat_pdf(export))).pages
        shown = " ".join(page.extract_text() for page in pages)

    assert "9100" in shown
    assert leaks(office, shown) == []


async def test_webhooks_name_them_by_number_only(office: Office) -> None:
    rows = await office.world.rows("select body from domain_events where starts_with(type, 'kb.')")
    shown = " ".join(str(office.world.db.cipher.open_json(row[0])) for row in rows)

    assert all(office.ids[name] in shown for name in PRIVATE)
    assert not any(word in shown for name in PRIVATE for word in (name, CODES[name]))
