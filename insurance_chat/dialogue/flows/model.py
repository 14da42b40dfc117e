"""Flows are data: what to collect, what to do, in which order. Read from YAML."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Condition = dict[str, Any]  # slot → value that it must have; None means «not known»


class Step(BaseModel):
    """One step: `collect` slots, or do an `action`, or `say` something once.

    Args:
        when, unless: conditions on slots; a step that does not apply is passed over.
        ask: phrase of the question.
        reads: slots of which the action depends; it runs again when one of them changes.
        stop_if: after the slots are known, end the flow with the phrase `farewell`.
        state: state of the conversation while the flow stands here.
        quick_replies: buttons under the question; `quick_replies_from` names a slot that holds them.
        hears: known slots that an answer to this step may change without naming them.
        price_from: slot whose `price` the question names, so that the sum has a source.
        own_word: only the client may answer (a consent, a confirmation), even when an agent leads.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    collect: tuple[str, ...] = ()
    ask: str = ""
    action: str = ""
    say: str = ""
    reads: tuple[str, ...] = ()
    when: Condition = Field(default_factory=dict)
    unless: Condition = Field(default_factory=dict)
    stop_if: Condition = Field(default_factory=dict)
    farewell: str = ""
    state: str = ""
    quick_replies: tuple[dict[str, str], ...] = ()
    quick_replies_from: str = ""
    hears: tuple[str, ...] = ()
    price_from: str = ""
    own_word: bool = False

    @model_validator(mode="after")
    def _one_kind(self) -> Step:
        kinds = [bool(self.collect), bool(self.action), bool(self.say)]
        if sum(kinds) != 1:
            raise ValueError("a step is one of collect, action, say")
        if self.collect and not self.ask:
            raise ValueError(f"collect {self.collect} needs ask")
        return self


class Flow(BaseModel):
    """A whole flow.

    Args:
        interrupt: runs above another flow and then gives way to it again.
        forget: slots to forget when a run starts anew or is cancelled.
        cancel: may the client leave it by saying so; `on_cancel` names the flow that tidies up then.
        offered: may an understanding start it at the client's wish.
        wakes: runs when news come and no other flow is under way.
        welcomes: runs when the client greets and no other flow is under way.
        hears: slots that are never asked for, but taken when the client mentions them.
        own_wish: changes something without asking first, so only the client's own words start it,
            never a model's opinion of them.
        knowledge: product whose documents answer first while the flow is under way.
        button: `{title, value}` by which the assistant offers the flow at a greeting.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    title: str
    description: str = ""
    state: Literal["qa", "data_collection", "quoting", "issuing"] = "data_collection"
    interrupt: bool = False
    cancel: bool = True
    on_cancel: str = ""
    offered: bool = True
    wakes: bool = False
    welcomes: bool = False
    own_wish: bool = False
    knowledge: str = ""
    forget: tuple[str, ...] = ()
    hears: tuple[str, ...] = ()
    button: dict[str, str] | None = None
    steps: tuple[Step, ...]

    @property
    def collects(self) -> tuple[str, ...]:
        """All slots that the flow may ask for."""
        return tuple(slot for step in self.steps for slot in step.collect)
