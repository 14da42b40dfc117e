"""What the assistant remembers between turns: a small JSON document, folded from the log."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class FlowRun(BaseModel):
    """One run of a flow. `done` maps an action to the fingerprint of the slots that it read."""

    model_config = ConfigDict(extra="forbid")

    run_id: str
    flow: str
    done: dict[str, str] = Field(default_factory=dict)
    parked: str | None = None  # action whose result comes later, by a job or a webhook


class DialogueState(BaseModel):
    """State of one conversation.

    `runs` is a stack: the last run is active, the ones below are interrupted and resume by
    themselves. `slots` holds JSON values; `expects` names the slots that the last reply asked for.
    """

    model_config = ConfigDict(extra="forbid")

    runs: list[FlowRun] = Field(default_factory=list)
    slots: dict[str, Any] = Field(default_factory=dict)
    expects: list[str] = Field(default_factory=list)
    unclear: int = 0  # turns in a row that were not understood
    offered: str | None = None  # a yes/no proposal outside of a flow, e.g. "human"
    heard: dict[str, Any] = Field(default_factory=dict)  # slots that were heard, not yet confirmed
    read: dict[str, str] = Field(default_factory=dict)  # of `heard`: slot → document it was read in
    told: list[str] = Field(default_factory=list)  # what is said once: "voice", "voice_kept"

    @property
    def active(self) -> FlowRun | None:
        """The run that the assistant is in now."""
        return self.runs[-1] if self.runs else None
