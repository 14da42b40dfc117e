"""Plays a script against the whole service and looks whether everything went as it says."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from typing import Any

from insurance_chat.conversations.fold import fold
from insurance_chat.core.clock import moscow_today
from insurance_chat.insurance.products import load_catalog
from insurance_chat.main.evaluation.failure import Failed, check
from insurance_chat.main.evaluation.matching import missing, plain
from insurance_chat.main.evaluation.people_mortgage import HEALTHY
from insurance_chat.main.evaluation.world import Reply, Talk, World

SLOTS = load_catalog().slots
ANY = "any"  # `end: any` looks at nothing but the steps
LONGEST = 2000
_BROKEN = re.compile(r"None|null|undefined|\{\{|\}\}|\{%|True|False|Undefined|<[a-z]+>")


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
        self.talks: list[Talk] = []
        self.people: set[int] = set()
        self._turns = 0

    async def play(self, script: dict[str, Any]) -> None:
        """All steps, then the state of the database.

        Raises:
            Failed: says at which step and what was said last.
        """
        await self.world.reset()
        await self._begin()
        if script.get("start"):
            await self.world.restore(self.talk, script["start"])
        for number, step in enumerate(script["steps"], 1):
            words = step if isinstance(step, str) else next(iter(step))
            try:
                await self._step(step)
            except Failed as error:
                raise Failed(f"шаг {number} ({words}): {error}\n{self._last()}") from error
        await self.verify_log()
        if script.get("end") == ANY:
            return
        try:
            await self._end(script.get("end") or {})
        except Failed as error:
            raise Failed(f"в конце: {error}\n{self._last()}") from error

    async def _begin(self) -> None:
        self.talk = await self.world.begin()
        self.talks.append(self.talk)
        self.people.add(self.talk.contact_id)

    def _last(self) -> str:
        return "\n".join(f"[{r.sender}] {r.text}\n{r.metadata}" for r in self.replies)

    async def _step(self, step: Any) -> None:
        name, value = (step, None) if isinstance(step, str) else next(iter(step.items()))
        if name != "expect":
            self._turns = await self.world.number(
                "select count(*) from log_entries where conversation_id = %s and kind = 'dialogue'",
                self.talk.conversation_id,
            )
        await getattr(self, f"_do_{name}")(value)

    async def _do_client(self, value: str | list[str]) -> None:
        texts = value if isinstance(value, list) else [value]
        self.sent += len(texts)
        self._heard(await self.world.say(self.talk, *texts))
        check(self.replies, "молчание")

    async def _do_client_speaks(self, value: str) -> None:
        """The client says it aloud."""
        self.sent += 1
        self._heard(await self.world.speak(self.talk, value))
        check(self.replies, "молчание")

    async def _do_client_sends(self, value: dict[str, Any]) -> None:
        """The client sends `files` (name → what stands in it), perhaps with `text`."""
        self.sent += 1
        self._heard(await self.world.send(self.talk, value["files"], value.get("text")))
        check(self.replies, "молчание")

    async def _do_client_long(self, value: dict[str, Any]) -> None:
        await self._do_client(value["text"] * value["times"])

    def _heard(self, replies: list[Reply]) -> None:
        self.replies = replies
        for reply in replies:
            check(reply.text.strip(), "пустой ответ")
            check(not _BROKEN.search(reply.text), "сломанный шаблон")
            check(len(reply.text) < LONGEST, "очень длинный ответ")
            parts = [part for part in reply.text.split("\n\n") if part.strip()]
            check(len(parts) == len(set(parts)), "одни и те же слова дважды")

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
        check(not replies, f"ассистент говорит поверх человека: {replies}")
        self.replies = []

    async def _do_health(self, value: dict[str, Any] | None) -> None:
        """The client answers about health on the page: healthy but for what is named, e.g. `smoker: yes`."""
        form = {**HEALTHY, **{name: _on_page(said) for name, said in (value or {}).items()}}
        self._heard(await self.world.answer_health(self.talk, form))

    async def _do_pay(self, value: str | None) -> None:
        self._heard(await self.world.pay(self.talk, silent=value == "silent"))

    async def _do_policy_ends(self, days: int) -> None:
        """A year is nearly over: the policies of this client end in so many days."""
        await self.world.change(
            "update policies set expire_at = %s where contact_id = any(%s)",
            moscow_today() + timedelta(days=days),
            list(self.people),
        )

    async def _do_decline(self, _value: None) -> None:
        self._heard(await self.world.decline(self.talk))

    async def _do_sandbox(self, value: dict[str, Any]) -> None:
        await self.world.misbehave(**value)

    async def _do_wait(self, value: float) -> None:
        self._heard(await self.world.wait(self.talk, value))

    async def _do_new_chat(self, value: str) -> None:
        if value == "same person":
            self.talk = await self.world.come_back(self.talk)
            self.talks.append(self.talk)
        else:
            await self._begin()

    async def _do_expect(self, value: dict[str, Any]) -> None:
        for name, wanted in value.items():
            await getattr(self, f"_expect_{name}")(wanted)

    def _text(self) -> str:
        return plain("\n\n".join(reply.text for reply in self.replies))

    def _metadata(self, name: str) -> list[Any]:
        return [reply.metadata[name] for reply in self.replies if reply.metadata.get(name)]

    async def _expect_says(self, wanted: list[str]) -> None:
        silent = [words for words in wanted if plain(words) not in self._text()]
        check(not silent, f"не сказано {silent}")

    async def _expect_not_says(self, unwanted: list[str]) -> None:
        present = [words for words in unwanted if plain(words) in self._text()]
        check(not present, f"сказано {present}")

    async def _expect_expects(self, wanted: str | list[str] | None) -> None:
        asked = self.replies[-1].metadata.get("expectsAll") or []
        if wanted is None:
            check(not asked, f"спрошено {asked}")
        else:
            names = [wanted] if isinstance(wanted, str) else wanted
            shown = [SLOTS[name].shown_as or name for name in names]
            check(asked[: len(shown)] == shown, f"спрошено {asked}")

    async def _expect_quick_replies(self, wanted: list[str]) -> None:
        titles = [q["title"] for q in self.replies[-1].metadata.get("quickReplies", [])]
        check([t for t in wanted if t in titles] == wanted, f"кнопки: {titles}")

    async def _expect_citation(self, wanted: str) -> None:
        titles = [c["title"] for found in self._metadata("citations") for c in found]
        check(any(plain(wanted) in plain(title) for title in titles), f"источники: {titles}")

    async def _expect_no_citation(self, _wanted: bool) -> None:
        check(not self._metadata("citations"), "есть источник")

    async def _expect_offers(self, wanted: int) -> None:
        found = max((len(offers) for offers in self._metadata("offers")), default=0)
        check((found == 0) if wanted == 0 else (found >= wanted), f"предложений: {found}")

    async def _expect_file(self, wanted: bool) -> None:
        check(bool(self._metadata("files")) is wanted, "файл")

    async def _expect_payment(self, wanted: bool) -> None:
        check(bool(self._metadata("payment")) is wanted, "оплата")

    async def _expect_understood(self, wanted: list[dict[str, Any]]) -> None:
        """Commands of the turns since the last step that was no expectation."""
        bodies = (await self.world.bodies(self.talk))[self._turns :]
        commands = [one for body in bodies for one in body.get("commands") or []]
        absent = missing(wanted, commands)
        check(not absent, f"не понято {absent}, а понято {commands}")

    async def _expect_replies(self, wanted: int) -> None:
        check(len(self.replies) == wanted, f"ответов: {len(self.replies)}")

    async def _expect_state(self, wanted: str) -> None:
        rows = await self.world.rows(
            "select state from conversations where id = %s", self.talk.conversation_id
        )
        check(rows[0][0] == wanted, f"состояние {rows[0][0]}")

    async def _expect_slots(self, wanted: dict[str, Any]) -> None:
        slots = (await self.world.dialogue(self.talk)).get("slots", {})
        wrong = {
            name: slots.get(name) for name, value in wanted.items() if slots.get(name) != value
        }
        check(not wrong, f"факты {wrong}")

    async def verify_log(self) -> None:
        """The recorded changes add up to the stored state."""
        folded = fold(await self.world.changes(self.talk))
        stored = await self.world.dialogue(self.talk)
        same = {k: v for k, v in folded.items() if v} == {k: v for k, v in stored.items() if v}
        check(same, "записанные изменения не складываются в состояние")

    async def _end(self, wanted: dict[str, Any]) -> None:
        facts = await self._facts()
        sold = len(await self.world.policies_at_insurer())
        kept = await self.world.number(
            "select count(*) from policies where contact_id = any(%s)", list(self.people)
        )
        check(sold == kept, f"у страховой полисов {sold}, здесь {kept}")
        for name, value in {"incidents": [], "handover": False, **wanted}.items():
            if name == "most_messages":
                check(self.sent <= value, f"клиент написал сообщений: {self.sent}")
            elif name == "slots":
                await self._expect_slots(value)
            else:
                check(facts[name] == value, f"{name}: {facts[name]} вместо {value}")

    async def _facts(self) -> dict[str, Any]:
        chat, person = self.talk.conversation_id, self.talk.contact_id
        rows, number = self.world.rows, self.world.number
        states = await rows("select state from sales where contact_id = %s", person)
        incidents = await rows("select type from incidents where conversation_id = %s", chat)
        state = (await rows("select state from conversations where id = %s", chat))[0][0]
        return {
            "policies": await number("select count(*) from policies where contact_id = %s", person),
            "sales": dict(Counter(row[0] for row in states)),
            "consents": await number(
                "select count(*) from consents where contact_id = %s and withdrawn_at is null",
                person,
            ),
            "reminders": await number(
                "select count(*) from reminders where status = 'pending' and policy_id in"
                " (select id from policies where contact_id = %s)",
                person,
            ),
            "mails": len(await self.world.letters()),
            "memories": await number(
                "select count(*) from contact_memories where contact_id = %s", person
            ),
            "incidents": sorted({row[0] for row in incidents}),
            "handover": state == "handover_requested",
            "state": state,
        }


def _on_page(said: Any) -> str:
    return ("yes" if said else "no") if isinstance(said, bool) else str(said)
