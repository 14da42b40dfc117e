"""A quote of any product is opened once for a key, with offers that show themselves one by one."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

from fastapi import Request, Response

from insurance_chat.sandbox.context import base_url, sandbox_of
from insurance_chat.sandbox.polis_online.auth import Partner
from insurance_chat.sandbox.polis_online.idempotency import key_of, once
from insurance_chat.sandbox.polis_online.wire import answer
from insurance_chat.sandbox.store import Doc


def open_quote(
    request: Request,
    partner: Partner,
    body: Doc,
    product: str,
    offers: Callable[[str], list[Doc]],
    private: frozenset[str] = frozenset(),
) -> Response:
    """202 with the id to poll.

    Args:
        body: the checked request.
        offers: what insurers say, for the base address of links.
        private: fields that are used for the price and not kept beside it.
    """
    sandbox, key = sandbox_of(request), key_of(request)

    def work() -> tuple[int, Doc]:
        quote_id, found = str(uuid4()), offers(base_url(request))
        doc = {
            "id": quote_id,
            "product": product,
            "partnerId": partner["id"],
            "key": key,
            "createdAt": sandbox.now().timestamp(),
            "request": {name: value for name, value in body.items() if name not in private},
            "offers": found,
        }
        sandbox.store.put("quote", quote_id, doc)
        for offer in found:
            sandbox.store.put("offer", offer["offerId"], offer | {"quoteId": quote_id})
        return 202, {"quoteId": quote_id}

    status, value = once(request, partner["id"], "create_quote", body, work)
    return answer(value, status)
