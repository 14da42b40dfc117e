"""Documents that go before the payment: kept with the draft, given to the client, and the proof of it.

Source: the key information document (КИД) must be given before a voluntary insurance is signed since
01.04.2024 (domain notes 4.6, V1: S22; 6109-У of 29.03.2022).
"""

from __future__ import annotations

from decimal import Decimal
from hashlib import sha256
from typing import Any

from insurance_chat.core.clock import utcnow
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.errors import Kind, ServiceError
from insurance_chat.insurance.models import Sale, SaleDocument
from insurance_chat.insurance.products import get_product
from insurance_chat.insurance.selling.repository import DocumentRepository

KEY_INFORMATION = "kid"


async def keep_key_information(
    unit: Unit, sale: Sale, file_key: str, pdf: bytes, price: Decimal
) -> None:
    """Keep the document of a draft; one with a new price replaces it and has to be given again.

    Args:
        file_key: where the file is, sealed.
        price: the binding price that it names, roubles.
    """
    await DocumentRepository(unit).add(
        {
            "sale_id": sale.id,
            "kind": KEY_INFORMATION,
            "file_key": file_key,
            "size": len(pdf),
            "digest": sha256(pdf).hexdigest(),
            "price": price,
        }
    )


async def key_information(unit: Unit, sale: Sale) -> SaleDocument | None:
    """The document of a sale; None while the draft is being made, or for a product without one."""
    return await DocumentRepository(unit).of_sale(sale.id, KEY_INFORMATION)


async def give_key_information(unit: Unit, sale: Sale, channel: str) -> dict[str, Any] | None:
    """Hand the document over, and write down when and where; the first time counts.

    Args:
        channel: where the client gets it, e.g. `web`, `telegram`, `api`.

    Returns:
        The file as `Message.metadata.files` shows it; None when there is none.
    """
    found = await DocumentRepository(unit).of_sale(sale.id, KEY_INFORMATION, lock=True)
    if found is None:
        return None
    if found.delivered_at is None:
        found.delivered_at, found.delivered_to = utcnow(), channel
        await unit.session.flush()
    return {
        "key": found.file_key,
        "name": "Ключевой информационный документ.pdf",
        "mime": "application/pdf",
        "size": found.size,
        "kind": "key_information",
    }


async def check_given(unit: Unit, sale: Sale) -> None:
    """A voluntary insurance is not paid for before the client has the document with this very price.

    Raises:
        ServiceError: `key_information_not_given`.
    """
    if not get_product(sale.product).key_information:
        return
    found = await key_information(unit, sale)
    if found is None or found.delivered_at is None or found.price != sale.price:
        raise ServiceError(
            "key_information_not_given",
            Kind.CONFLICT,
            "Сначала клиент получает ключевой информационный документ.",
        )
