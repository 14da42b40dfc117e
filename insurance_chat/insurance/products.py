"""Registry of products: their flows, slots, phrases and replies, as data files."""

from __future__ import annotations

from pathlib import Path

from insurance_chat.dialogue.flows.loader import Catalog, build_catalog, load_flow
from insurance_chat.dialogue.slot_catalog import load_slots
from insurance_chat.insurance.remembered.topics import Topic, load_topics

HERE = Path(__file__).parent
GENERAL = HERE.parent / "dialogue"
PRODUCTS = ("osago",)


def load_catalog() -> Catalog:
    """All flows and slots of the products that are sold here."""
    files = sorted((HERE / "flows").glob("*.yml"))
    slots = load_slots(HERE / "slots.yml")
    for product in PRODUCTS:
        folder = HERE / product
        files += [path for path in sorted(folder.glob("*.yml")) if is_flow(path)]
        slots |= load_slots(folder / "slots.yml")
    return build_catalog((load_flow(path) for path in files), slots)


def is_flow(path: Path) -> bool:
    """Flow files of a product lie beside its slots, phrases and replies."""
    return path.name.split(".")[0] not in ("slots", "phrases", "replies", "topics")


def memory_topics() -> dict[str, Topic]:
    """What may be remembered of a client; a product adds `topics.yml` when it has something."""
    files = [HERE / "topics.yml", *(HERE / product / "topics.yml" for product in PRODUCTS)]
    return load_topics(path for path in files if path.exists())


def reply_files() -> list[Path]:
    """Texts that the assistant says."""
    products = [HERE / product / "replies.ru.yml" for product in PRODUCTS]
    general = [
        GENERAL / "answering" / "phrases.ru.yml",
        GENERAL / "understanding" / "problems.ru.yml",
    ]
    return [*general, HERE / "replies.ru.yml", *products]


def phrase_files(extra: Path) -> list[Path]:
    """Example phrases of clients; the customer's own are in the folder `extra`."""
    products = [HERE / product / "phrases.yml" for product in PRODUCTS]
    general = sorted((GENERAL / "understanding" / "phrases").glob("*.yml"))
    return [*general, HERE / "phrases.yml", *products, *sorted(extra.glob("*.yml"))]
