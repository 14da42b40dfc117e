"""Reads the scripts of golden dialogues and plays them against the whole service."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml

from insurance_chat.conversations.fold import fold
from insurance_chat.core.clock import format_date, moscow_today
from insurance_chat.insurance.products import load_catalog
from tests.support.world import Reply, Talk, World

HERE = Path(__file__).parent
PROLOGUES: dict[str, Any] = yaml.safe_load((HERE / "prologues.yml").read_text(encoding="utf-8"))
_DAY = re.compile(r"\{date([+-]\d+)(?:\|(iso|words))?\}")
SLOTS = load_catalog().slots
_BROKEN = re.compile(r"None|null|undefined|\{\{|\}\}|\{%|True|False|Undefined|<[a-z]+>")
_MONTHS = [
    "января",
    "февраля",
    "марта",
    "апреля",
    "мая",
    "июня",
    "июля",
    "августа",
    "сентября",
    "октября",
    "ноября",
    "декабря",
]
LONGEST = 2000


def script_files() -> list[Path]:
    """Every script; its file name is its sentence."""
    return sorted(path for path in HERE.glob("*/*.yml"))


def load(path: Path) -> dict[str, Any]:
    """A script with its shared beginning and with real dates."""
    text = _DAY.sub(_dated, path.read_text(encoding="utf-8"))
    script: dict[str, Any] = yaml.safe_load(text)
    steps = list(_prologue(script.get("given"))) + script["steps"]
    return script | {"steps": steps}


def _prologue(name: str | None) -> Iterator[Any]:
    if name is None:
        return
    yield from _prologue(PROLOGUES[name].get("after"))
    text = yaml.safe_dump(PROLOGUES[name]["steps"], allow_unicode=True, width=1000)
    yield from yaml.safe_load(_DAY.sub(_dated, text))


def _dated(found: re.Match[str]) -> str:
    day = moscow_today() + timedelta(days=int(found[1]))
    if found[2] == "iso":
        return day.isoformat()
    return f"{day.day} {_MONTHS[day.month - 1]}" if found[2] == "words" else format_date(day)


class Player:
    """Plays one script.

    Args:
        world: the service.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.talk: Talk
        self.replies: list[Reply] = []
        self.sent = 0
        self.people: set[int] = set()

    async def play(self, script: dict[str, Any]) -> None:
        """All steps, then the state of the database."""
        await self.world.reset()
        self.talk = await self.world.begin()
        self.people.add(self.talk.contact_id)
        for number, step in enumerate(script["steps"], 1):
            words = step if isinstance(step, str) else next(iter(step))
            try:
                await self._step(step)
            except AssertionError as error:
                raise AssertionError(f"step {number} ({words}): {error}\n{self._last()}") from error
        await self.verify_log()
        try:
            await self._end(script.get("end") or {})
        except AssertionError as error:
            raise AssertionError(f"end: {error}\n{self._last()}") from error

    def _last(self) -> str:
        return "\n".join(f"[{r.sender}] {r.text}\n{r.metadata}" for r in self.replies)

    async def _step(self, step: Any) -> None:
        name, value = (step, None) if isinstance(step, str) else next(iter(step.items()))
        await getattr(self, f"_do_{name}")(value)

    async def _do_client(self, value: str | list[str]) -> None:
        texts = value if isinstance(value, list) else [value]
        self.sent += len(texts)
        self._heard(await self.world.say(self.talk, *texts))
        assert self.replies, "silence"

    async def _do_client_long(self, value: dict[str, Any]) -> None:
        await self._do_client(value["text"] * value["times"])

    def _heard(self, replies: list[Reply]) -> None:
        self.replies = replies
        for reply in replies:
            assert reply.text.strip(), "an empty reply"
            assert not _BROKEN.search(reply.text), "a broken template"
            assert len(reply.text) < LONGEST, "a very long reply"
            parts = [part for part in reply.text.split("\n\n") if part.strip()]
            assert len(parts) == len(set(parts)), "the same words twice"

    async def _do_agent(self, value: dict[str, str]) -> None:
        """An agent exists: `name`, and `status` (available by default)."""
        await self.world.hire(value["name"], value.get("status", "available"))

    async def _do_agent_claims(self, name: str) -> None:
        self._heard(await self.world.claim(self.talk, name))

    async def _do_agent_says(self, text: str) -> None:
        self._heard(await self.world.say_as_agent(self.talk, text))

    async def _do_agent_releases(self, outcome: str) -> None:
        self._heard(await self.world.release(self.talk, outcome))

    async def _do_agent_fills(self, value: dict[str, str]) -> None:
        """The agent who leads the chat fills the form of the sale: slot → words."""
        self._heard(await self.world.fill_as_agent(self.talk, value))

    async def _do_to_agent(self, text: str) -> None:
        """The client writes to the human: the assistant says nothing."""
        self.sent += 1
        replies = await self.world.say(self.talk, text)
        assert not replies, f"the assistant talks over the human: {replies}"
        self.replies = []

    async def _do_pay(self, value: str | None) -> None:
        self._heard(await self.world.pay(self.talk, silent=value == "silent"))

    async def _do_decline(self, _value: None) -> None:
        self._heard(await self.world.decline(self.talk))

    async def _do_sandbox(self, value: dict[str, Any]) -> None:
        await self.world.misbehave(**value)

    async def _do_wait(self, value: float) -> None:
        self._heard(await self.world.wait(self.talk, value))

    async def _do_new_chat(self, value: str) -> None:
        if value == "same person":
            self.talk = await self.world.come_back(self.talk)
        else:
            self.talk = await self.world.begin()
            self.people.add(self.talk.contact_id)

    async def _do_expect(self, value: dict[str, Any]) -> None:
        for name, wanted in value.items():
            await getattr(self, f"_expect_{name}")(wanted)

    def _text(self) -> str:
        return _plain("\n\n".join(reply.text for reply in self.replies))

    def _metadata(self, name: str) -> list[Any]:
        return [reply.metadata[name] for reply in self.replies if reply.metadata.get(name)]

    async def _expect_says(self, wanted: list[str]) -> None:
        missing = [words for words in wanted if _plain(words) not in self._text()]
        assert not missing, f"does not say {missing}"

    async def _expect_not_says(self, unwanted: list[str]) -> None:
        present = [words for words in unwanted if _plain(words) in self._text()]
        assert not present, f"says {present}"

    async def _expect_expects(self, wanted: str | list[str] | None) -> None:
        asked = self.replies[-1].metadata.get("expectsAll") or []
        if wanted is None:
            assert not asked, f"asks for {asked}"
        else:
            names = [wanted] if isinstance(wanted, str) else wanted
            shown = [SLOTS[name].shown_as or name for name in names]
            assert asked[: len(shown)] == shown, f"asks for {asked}"

    async def _expect_quick_replies(self, wanted: list[str]) -> None:
        titles = [q["title"] for q in self.replies[-1].metadata.get("quickReplies", [])]
        assert [t for t in wanted if t in titles] == wanted, f"buttons are {titles}"

    async def _expect_citation(self, wanted: str) -> None:
        titles = [c["title"] for found in self._metadata("citations") for c in found]
        assert any(_plain(wanted) in _plain(title) for title in titles), f"cites {titles}"

    async def _expect_no_citation(self, _wanted: bool) -> None:
        assert not self._metadata("citations"), "cites something"

    async def _expect_offers(self, wanted: int) -> None:
        found = max((len(offers) for offers in self._metadata("offers")), default=0)
        assert (found == 0) if wanted == 0 else (found >= wanted), f"{found} offers"

    async def _expect_file(self, wanted: bool) -> None:
        assert bool(self._metadata("files")) is wanted, "file"

    async def _expect_payment(self, wanted: bool) -> None:
        assert bool(self._metadata("payment")) is wanted, "payment"

    async def _expect_replies(self, wanted: int) -> None:
        assert len(self.replies) == wanted, f"{len(self.replies)} replies"

    async def _expect_state(self, wanted: str) -> None:
        rows = await self.world.rows(
            "select state from conversations where id = %s", self.talk.conversation_id
        )
        assert rows[0][0] == wanted, f"state is {rows[0][0]}"

    async def _expect_slots(self, wanted: dict[str, Any]) -> None:
        slots = (await self.world.dialogue(self.talk)).get("slots", {})
        wrong = {
            name: slots.get(name) for name, value in wanted.items() if slots.get(name) != value
        }
        assert not wrong, f"slots {wrong}"

    async def verify_log(self) -> None:
        """The recorded changes add up to the stored state."""
        folded = fold(await self.world.changes(self.talk))
        stored = await self.world.dialogue(self.talk)
        assert {k: v for k, v in folded.items() if v} == {k: v for k, v in stored.items() if v}

    async def _end(self, wanted: dict[str, Any]) -> None:
        facts = await self._facts()
        sold = len(await self.world.policies_at_insurer())
        kept = await self.world.number(
            "select count(*) from policies where contact_id = any(%s)", list(self.people)
        )
        assert sold == kept, f"{sold} policies at the insurer, {kept} here"
        for name, value in {"incidents": [], "handover": False, **wanted}.items():
            if name == "most_messages":
                assert self.sent <= value, f"the client wrote {self.sent} messages"
            elif name == "slots":
                await self._expect_slots(value)
            else:
                assert facts[name] == value, f"{name}: {facts[name]} instead of {value}"

    async def _facts(self) -> dict[str, Any]:
        chat, person = self.talk.conversation_id, self.talk.contact_id
        rows, number = self.world.rows, self.world.number
        states = await rows("select state from sales where contact_id = %s", person)
        incidents = await rows("select type from incidents where conversation_id = %s", chat)
        state = (await rows("select state from conversations where id = %s", chat))[0][0]
        mine = "from policies where contact_id = %s"
        return {
            "policies": await number(f"select count(*) {mine}", person),
            "sales": dict(Counter(row[0] for row in states)),
            "consents": await number(
                "select count(*) from consents where contact_id = %s and withdrawn_at is null",
                person,
            ),
            "reminders": await number(
                "select count(*) from reminders where status = 'pending' and policy_id in"
                f" (select id {mine})",
                person,
            ),
            "mails": len(await self.world.letters()),
            "incidents": sorted({row[0] for row in incidents}),
            "handover": state == "handover_requested",
            "state": state,
        }


def _plain(text: str) -> str:
    return " ".join(
        text.replace("\u00a0", " ").replace("\u202f", " ").casefold().replace("ё", "е").split()
    )
