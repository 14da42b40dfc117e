"""Reading flows from YAML files of the products."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from insurance_chat.core.yaml_files import read_yaml
from insurance_chat.dialogue.flows.model import Flow
from insurance_chat.dialogue.slots import SlotDefinition


@dataclass(frozen=True, slots=True)
class Catalog:
    """All flows and slots that an assistant may use."""

    flows: Mapping[str, Flow]
    slots: Mapping[str, SlotDefinition]


def load_flow(path: Path) -> Flow:
    """Read one flow.

    Raises:
        pydantic.ValidationError: the file is not a flow.
    """
    return Flow.model_validate(read_yaml(path))


def build_catalog(flows: Iterable[Flow], slots: Mapping[str, SlotDefinition]) -> Catalog:
    """Put flows together and check that they ask only for known slots.

    Raises:
        ValueError: two flows of one name, or a slot without a definition.
    """
    known: dict[str, Flow] = {}
    for flow in flows:
        if flow.name in known:
            raise ValueError(f"two flows named {flow.name}")
        missing = [slot for slot in (*flow.collects, *flow.hears) if slot not in slots]
        if missing:
            raise ValueError(f"flow {flow.name} collects unknown slots {missing}")
        known[flow.name] = flow
    return Catalog(known, dict(slots))
