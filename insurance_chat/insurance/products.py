"""Registry of products: what each tells the shared code, and its data files for the dialogue.

A new product is a folder with a `product.py`, and one line in `REGISTRY`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

from insurance_chat.conversations.contacts import ConsentText
from insurance_chat.core.db.unit import Unit
from insurance_chat.dialogue.flows.loader import Catalog, build_catalog, load_flow
from insurance_chat.dialogue.slot_catalog import load_slots
from insurance_chat.dialogue.understanding.own_types import Readers
from insurance_chat.insurance.mortgage.product import MORTGAGE
from insurance_chat.insurance.osago.product import OSAGO
from insurance_chat.insurance.product import Product
from insurance_chat.insurance.remembered.topics import Topic, load_topics

HERE = Path(__file__).parent
GENERAL = HERE.parent / "dialogue"
REGISTRY: dict[str, Product] = {one.code: one for one in (OSAGO, MORTGAGE)}
PRODUCTS = tuple(REGISTRY)
_NOT_FLOWS = ("slots", "phrases", "replies", "topics", "product", "papers")


def get_product(code: str) -> Product:
    """The product with this code.

    Raises:
        KeyError: nobody sells it; codes come from our own tables and paths.
    """
    return REGISTRY[code]


async def forget_apart(unit: Unit, tenant_id: int, contact_id: int) -> None:
    """Erase what products keep of a client in stores of their own (a consent was withdrawn)."""
    for product in REGISTRY.values():
        if product.forget is not None:
            await product.forget(unit, tenant_id, contact_id)


async def tidy(unit: Unit) -> None:
    """Erase what products have kept in stores of their own for longer than the purpose needs."""
    for product in REGISTRY.values():
        if product.tidy is not None:
            await product.tidy(unit)


@cache
def load_catalog() -> Catalog:
    """All flows and slots of the products that are sold here; nobody changes them after the reading."""
    files = sorted((HERE / "flows").glob("*.yml"))
    slots = load_slots(HERE / "slots.yml")
    for product in PRODUCTS:
        folder = HERE / product
        files += [path for path in sorted(folder.glob("*.yml")) if is_flow(path)]
        for path in _existing("slots.yml", product):
            slots |= load_slots(path, slots)
    return build_catalog((load_flow(path) for path in files), slots)


def is_flow(path: Path) -> bool:
    """Flow files of a product lie beside its slots, phrases, replies and words."""
    return path.name.split(".")[0] not in _NOT_FLOWS


def slot_readers() -> Readers:
    """How values of the types that products bring along are read."""
    return {kind: read for one in REGISTRY.values() for kind, read in one.readers.items()}


def slot_shows() -> dict[str, Callable[[str], str]]:
    """How values of the types that products bring along are written for a client."""
    return {kind: show for one in REGISTRY.values() for kind, show in one.shows.items()}


def consent_texts() -> dict[str, ConsentText]:
    """Texts that clients of the products agree to, by purpose."""
    return {text.purpose: text for one in REGISTRY.values() for text in one.consents}


def memory_topics() -> dict[str, Topic]:
    """What may be remembered of a client; a product adds `topics.yml` when it has something."""
    return load_topics([HERE / "topics.yml", *_existing("topics.yml", *PRODUCTS)])


def paper_files() -> list[Path]:
    """What is taken out of documents that clients send; a product adds `papers.yml` when it can use some."""
    return _existing("papers.yml", *PRODUCTS)


def reply_files() -> list[Path]:
    """Texts that the assistant says."""
    general = [
        GENERAL / "answering" / "phrases.ru.yml",
        GENERAL / "understanding" / "problems.ru.yml",
    ]
    return [*general, HERE / "replies.ru.yml", *_existing("replies.ru.yml", *PRODUCTS)]


def phrase_files(extra: Path) -> list[Path]:
    """Example phrases of clients; the customer's own are in the folder `extra`."""
    general = sorted((GENERAL / "understanding" / "phrases").glob("*.yml"))
    products = _existing("phrases.yml", *PRODUCTS)
    return [*general, HERE / "phrases.yml", *products, *sorted(extra.glob("*.yml"))]


def _existing(name: str, *products: str) -> list[Path]:
    paths = (HERE / product / name for product in products)
    return [path for path in paths if path.exists()]
