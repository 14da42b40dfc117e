"""One turn: from unread messages to one reply. No transaction is open while anything thinks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import uuid4

import structlog

from insurance_chat.conversations.handover.outlook import Desk
from insurance_chat.conversations.handover.texts import Asked, waiting
from insurance_chat.conversations.sounds.merging import was_spoken
from insurance_chat.conversations.sounds.service import Sounds
from insurance_chat.conversations.types import ConversationState, Entry, Snapshot
from insurance_chat.core.clock import moscow_now
from insurance_chat.core.errors import ServiceError
from insurance_chat.dialogue import heard
from insurance_chat.dialogue.actions import Action, ActionContext
from insurance_chat.dialogue.answering.compose import Composer, Draft
from insurance_chat.dialogue.answering.ports import Answerer, Asking, Rewording, Show
from insurance_chat.dialogue.beside_human import chosen_company, own_words
from insurance_chat.dialogue.commands import Chitchat, Command
from insurance_chat.dialogue.decision import Decision, Window, Work
from insurance_chat.dialogue.effects import (
    Answer,
    Effect,
    Handover,
    Prefer,
    Prompt,
    RaiseIncident,
    RunAction,
    Say,
)
from insurance_chat.dialogue.flows.engine import Progress, advance, proceed
from insurance_chat.dialogue.flows.loader import Catalog
from insurance_chat.dialogue.flows.repair import HUMAN_BUTTON
from insurance_chat.dialogue.papers.desk import Looked, PaperDesk
from insurance_chat.dialogue.replying import attachments, entries_of, failed
from insurance_chat.dialogue.state import DialogueState
from insurance_chat.dialogue.trace import Trace
from insurance_chat.dialogue.understanding.ports import (
    ClientMessage,
    FlowDescription,
    TurnInput,
    Understanding,
)
from insurance_chat.dialogue.understanding.quick import NAMED

log = structlog.get_logger()
MAX_ACTIONS = 12
VOICE_POSSIBLE = "voice"
WAIT_OR_OTHER = (
    {"title": "Подождать", "value": "подожду"},
    {"title": "Другой агент", "value": "позовите другого агента"},
)


class Thinker:
    """Decides a turn: understanding → flow engine and actions → reply.

    Args:
        understanding: turns words into commands.
        answerer: answers from the knowledge base.
        catalog: flows and slots of all products.
        actions: what the flows' steps do, by name.
        composer: writes the reply.
        desk: knows the queue for a human.
        rewording: changes the tone of phrases; None leaves them as they are written.
        sounds: tells whether voice is possible; None means that it is not.
        papers: takes facts out of files of the client; None takes none.
    """

    def __init__(
        self,
        understanding: Understanding,
        answerer: Answerer,
        catalog: Catalog,
        actions: Mapping[str, Action],
        composer: Composer,
        desk: Desk,
        rewording: Rewording | None = None,
        sounds: Sounds | None = None,
        papers: PaperDesk | None = None,
    ) -> None:
        self._understanding = understanding
        self._answerer = answerer
        self._catalog = catalog
        self._actions = actions
        self._composer = composer
        self._desk = desk
        self._rewording = rewording
        self._sounds = sounds
        self._papers = papers or PaperDesk((), catalog)
        self._descriptions = {
            flow.name: FlowDescription(
                flow.name, flow.title, flow.description, (*flow.collects, *flow.hears)
            )
            for flow in catalog.flows.values()
            if flow.offered
        }

    def history_limit(self, tenant_id: int) -> int:
        """How many earlier messages a turn of this tenant wants to see."""
        return self._understanding.history_limit(tenant_id)

    async def think(
        self,
        snapshot: Snapshot,
        window: Window,
        orders: Sequence[Command] = (),
        show: Show | None = None,
    ) -> Decision:
        """Decide what to answer to all unread messages together.

        Args:
            window: what of the chat is looked at.
            orders: what the agent who leads the chat does in the client's sale.
            show: shows the reply while it grows.
        """
        state = DialogueState.model_validate(snapshot.dialogue or {})
        decision = Decision(state, snapshot.state, prefer_voice=snapshot.prefer_voice)
        if snapshot.state is ConversationState.WITH_AGENT and not snapshot.flow_asks:
            window = replace(window, messages=[])
        trace = Trace()
        text = "\n".join(entry.body.get("text") or "" for entry in window.messages)
        looked = self._papers.look(window.files, state, moscow_now().date())
        commands = await self._commands(state, snapshot, window, trace, text, looked)
        says = self._papers.propose(state, looked, commands)
        if snapshot.state is ConversationState.WITH_AGENT:
            commands = [*own_words(commands, state, self._catalog), *orders]
        asked = tuple(state.expects)
        work = Work(snapshot, window, Draft(), decision, text, asked, bool(orders), trace, show)
        for say in () if work.beside_human else (*attachments(window.messages, state.told), *says):
            self._composer.say(work.draft, say)
        progress = advance(state, commands, self._catalog, uuid4().hex[:12])
        for _ in range(MAX_ACTIONS):
            await self._carry_out(work, progress.effects, progress.state)
            decision.state = progress.state
            if progress.action is None:
                break
            progress = await self._act(work, progress, progress.action)
        await self._voice_matters(work)
        self._finish(work, progress, commands)
        return decision

    async def _commands(
        self,
        state: DialogueState,
        snapshot: Snapshot,
        window: Window,
        trace: Trace,
        text: str,
        looked: Looked,
    ) -> list[Command]:
        """What the client wants; numbers that were only heard or read in a file wait for a yes."""
        slots = self._catalog.slots
        if snapshot.state is ConversationState.WITH_AGENT:
            return await self._understand(state, snapshot, window, trace, looked)
        settled = heard.settle(state, text, slots, moscow_now().date())
        commands = (
            await self._understand(state, snapshot, window, trace, looked)
            if settled is None
            else self._papers.confirmed(state, settled)
        )
        commands = self._papers.hold(state, commands)
        spoken = settled is None and any(was_spoken(entry.body) for entry in window.messages)
        commands = heard.hold(state, commands, slots, spoken=spoken)
        # Without any command the flows would think nobody spoke.
        alone = not commands and not looked.empty and not state.runs
        return [Chitchat(topic="ack")] if alone else commands

    async def _voice_matters(self, work: Work) -> None:
        """Ask about what was heard; tell a new client once that one may speak."""
        state, draft = work.decision.state, work.draft
        self._papers.tidy(state)
        if work.beside_human or (draft.empty and not work.window.messages):
            return
        if state.heard:
            for say in (self._papers.question(state), heard.question(state, self._catalog.slots)):
                if say is not None:
                    self._composer.say(draft, say)
            draft.expects = [self._catalog.slots[name].shown_as or name for name in state.heard]
        if self._sounds is None or not self._sounds.can_hear or VOICE_POSSIBLE in state.told:
            return
        state.told.append(VOICE_POSSIBLE)
        speaks_already = any(was_spoken(entry.body) for entry in work.window.messages)
        if speaks_already or work.decision.wish is not None:
            return
        if await self._sounds.is_first_chat(work.snapshot.conversation_id):
            values = {"speaks": self._sounds.can_speak}
            self._composer.say(draft, Say("voice_possible", values))

    async def _understand(
        self,
        state: DialogueState,
        snapshot: Snapshot,
        window: Window,
        trace: Trace,
        looked: Looked,
    ) -> list[Command]:
        if not any(entry.body.get("text") for entry in window.messages):
            return []
        turn = TurnInput(
            messages=[
                ClientMessage(
                    str(entry.public_id),
                    _words_of(entry),
                    has_file=_has_file(entry),
                    has_voice=bool(entry.body.get("voiceUrl") or entry.body.get("voiceKey")),
                    document=looked.texts.get(entry.public_id, ""),
                )
                for entry in window.messages
            ],
            state=self._papers.asked(state),
            flows=self._descriptions,
            slots=self._catalog.slots,
            now=moscow_now(),
            history=window.lines,
            summary=window.summary,
            tenant_id=snapshot.tenant_id,
            known=self._names(state),
            trace=trace,
        )
        return await self._understanding.understand(turn)

    def _names(self, state: DialogueState) -> tuple[str, ...]:
        """Names and addresses that the client has told; masked before they leave the country."""
        told = (
            state.slots.get(slot.name) for slot in self._catalog.slots.values() if slot.sensitive
        )
        return tuple(value for value in told if isinstance(value, str))

    async def _act(self, work: Work, progress: Progress, wanted: RunAction) -> Progress:
        run = next(run for run in progress.state.runs if run.run_id == wanted.run_id)
        snapshot = work.snapshot
        context = ActionContext(
            tenant_id=snapshot.tenant_id,
            conversation_id=snapshot.conversation_id,
            session=snapshot.public_id,
            contact_id=snapshot.contact_id,
            channel=snapshot.channel,
            run_id=run.run_id,
            slots=progress.state.slots,
            key=f"{snapshot.public_id}:{run.run_id}:{wanted.action}:{wanted.fingerprint}",
            first=run.parked != wanted.action,
            now=moscow_now(),
            message_text=work.text,
        )
        try:
            outcome = await self._actions[wanted.action](context)
        except ServiceError as error:
            outcome = failed(wanted, error)
        work.trace.note("action", name=wanted.action, status=outcome.status.value)
        work.decision.jobs += outcome.jobs
        return proceed(progress.state, wanted, outcome, self._catalog, work.asked)

    async def _carry_out(self, work: Work, effects: list[Effect], state: DialogueState) -> None:
        open_questions = 0
        for effect in effects:
            if isinstance(effect, Say):
                await self._say(work, effect, state)
            elif isinstance(effect, Prompt):
                self._admit(work, open_questions, state)
                open_questions = 0
                self._prompt(work, effect, state)
            elif isinstance(effect, Answer):
                open_questions += not await self._answer(work, effect, state)
            elif isinstance(effect, Handover):
                await self._call_human(work, effect, state)
            elif isinstance(effect, RaiseIncident):
                work.decision.incidents.append(effect)
            elif isinstance(effect, Prefer) and effect.name == "prefer_voice":
                work.decision.prefer_voice = bool(effect.value)
        self._admit(work, open_questions, state)

    def _admit(self, work: Work, open_questions: int, state: DialogueState) -> None:
        """Say honestly that something has no answer, after what has one."""
        if not open_questions:
            return
        state.offered = "human"
        key = "no_answer_rest" if work.draft.citations else "no_answer"
        self._composer.say(work.draft, Say(key, quick_replies=(HUMAN_BUTTON,)))

    async def _say(self, work: Work, effect: Say, state: DialogueState) -> None:
        draft, before = work.draft, len(work.draft.parts)
        if effect.key == "preference_prefer_voice":
            speaks = self._sounds is not None and self._sounds.can_speak
            effect = replace(effect, values={**effect.values, "speaks": speaks})
        self._composer.say(draft, effect)
        if self._rewording is None or len(draft.parts) == before:
            return
        text = draft.parts[-1]
        draft.parts[-1] = await self._rewording.rephrase(
            effect.key,
            text,
            tenant_id=work.snapshot.tenant_id,
            known=self._names(state),
            trace=work.trace,
        )
        if draft.parts[-1] != text:
            draft.reworded.append(text)

    async def _answer(self, work: Work, effect: Answer, state: DialogueState) -> bool:
        snapshot = work.snapshot
        found = await self._answerer.answer(
            Asking(
                effect.question,
                tenant_id=snapshot.tenant_id,
                contact_id=snapshot.contact_id,
                search=effect.search,
                history=work.window.lines,
                summary=work.window.summary,
                known=self._names(state),
                trace=work.trace,
                product=self._product(state),
                show=_showing(work),
            )
        )
        if found.fault:
            work.decision.incidents.append(RaiseIncident("answer_unsupported", dict(found.fault)))
        if not found.confident:
            work.decision.unanswered.append(effect.question)
            work.decision.names = self._names(state)
            return False
        self._composer.answer(work.draft, found)
        return True

    def _product(self, state: DialogueState) -> str:
        """«А жизнь обязательно?» in the sale of a mortgage policy is about mortgages."""
        flows = (self._catalog.flows[run.flow] for run in reversed(state.runs))
        return next((flow.knowledge for flow in flows if flow.knowledge), "")

    def _finish(self, work: Work, progress: Progress, commands: list[Command]) -> None:
        decision, draft = work.decision, work.draft
        if work.window.messages and draft.empty and not work.beside_human:
            self._composer.say(draft, Say("noted"))
        unsourced = self._composer.check(draft)
        if unsourced:
            decision.incidents.append(RaiseIncident("unsourced_amount", {"text": draft.text()}))
            log.error("reply_blocked", unsourced=unsourced, session=str(work.snapshot.public_id))
            self._composer.block(draft)
            # What the client did not see they cannot answer.
            decision.state.expects = []
        work.trace.note("reply", phrases=list(draft.said), unsourced=unsourced)
        waiting = work.snapshot.state is ConversationState.HANDOVER_REQUESTED
        place = ConversationState(progress.conversation_state)
        if work.beside_human:
            place = ConversationState.WITH_AGENT
        elif waiting or decision.wish is not None:
            place = ConversationState.HANDOVER_REQUESTED
        decision.conversation_state = place
        decision.entries = entries_of(work, commands, place)

    def _prompt(self, work: Work, effect: Prompt, state: DialogueState) -> None:
        if work.beside_human:
            work.decision.flow_asks = effect.own_word
            if not effect.own_word or (effect.again and not work.led):
                return
        elif state.heard:
            return  # one question at a time: is it right what was heard?
        self._composer.prompt(work.draft, effect, state.slots)

    async def _call_human(self, work: Work, effect: Handover, state: DialogueState) -> None:
        if work.beside_human or work.decision.wish is not None:
            return
        snapshot = work.snapshot
        outlook = await self._desk.outlook(
            snapshot.tenant_id, snapshot.conversation_id, effect.name
        )
        if effect.name and outlook.asked is Asked.AWAY and not effect.wait:
            state.offered = f"{NAMED}{effect.name}"
            away = Say("named_away", {"name": outlook.name}, quick_replies=WAIT_OR_OTHER)
            self._composer.say(work.draft, away)
            return
        run = state.runs[0] if state.runs else None
        work.decision.wish = replace(
            self._desk.wish(effect.reason, outlook),
            company=chosen_company(state, self._catalog),
            product=run.flow if run is not None else None,
        )
        work.draft.parts.insert(0, waiting(outlook))


def _has_file(entry: Entry) -> bool:
    return bool(entry.body.get("fileUrl") or (entry.body.get("metadata") or {}).get("files"))


def _words_of(entry: Entry) -> str | None:
    words = entry.body.get("text")
    return heard.readable(words) if words and was_spoken(entry.body) else words


def _showing(work: Work) -> Show | None:
    show = work.show
    if show is None or work.beside_human:
        return None
    said = list(work.draft.parts)
    return lambda answer: show("\n\n".join([*said, answer]))
