"""What a sale leaves in the database, without names, numbers and hours that differ by nature."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.journeys.messengers.accounts import Market

_DIFFERS = (
    (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "<uuid>"),
    (r"https?://[^\s\")]+", "<address>"),
    (r"sealed/[0-9a-f/]+", "<file>"),
    (r"ХХХ\d+", "<policy>"),
    (r"\d{4}-\d\d-\d\dT[\d:.+Z]+", "<moment>"),
    (r"\b[0-9a-f]{12,64}\b", "<digest>"),
    (r'("(?:sale_id|quote_id|policy_id|told_policy)": )\d+', r'\1"<row>"'),
)
_CONVERSATION = (
    "select state, dialogue, last_inbound_seq = answered_seq or answered_seq > last_inbound_seq,"
    " turn_owed, flow_asks, handover_epoch from conversations where id = %s"
)
_MESSAGES = (
    "select sender, body from log_entries where conversation_id = %s and kind = 'message'"
    " order by seq"
)
_OTHERS = {
    "sales": "select product, provider, company_code, offer_price, price, confirmed_price, state,"
    " start_date, end_date, failure, settled, paid_at is not null from sales"
    " where conversation_id = %s",
    "policies": "select product, company_code, price, start_date, expire_at, is_agent_client"
    " from policies where conversation_id = %s",
    "consents": "select purpose, version, text_hash, withdrawn_at is null from consents"
    " where conversation_id = %s order by purpose",
    "handovers": "select status, reason from handovers where conversation_id = %s",
    "incidents": "select type from incidents where conversation_id = %s",
    "reminders": "select r.days_before, r.status, r.remind_at::date from reminders r"
    " join policies p on p.id = r.policy_id where p.conversation_id = %s order by r.remind_at",
    "letters": "select count(*) from policy_mails m join policies p on p.id = m.policy_id"
    " where p.conversation_id = %s",
    "chats of the client": "select count(*) from conversations where contact_id ="
    " (select contact_id from conversations where id = %s)",
}


async def left_by(market: Market, conversation: int, *, words: bool = True) -> dict[str, Any]:
    """Everything of one client.

    Args:
        conversation: of the client.
        words: whether to look at the messages, too.
    """
    open_json = market.db.cipher.open_json
    row = (await market.rows(_CONVERSATION, conversation))[0]
    found: dict[str, Any] = {
        "conversation": [row[0], *row[2:]],
        "slots": _alike(open_json(row[1])["slots"]),
    }
    for name, query in _OTHERS.items():
        found[name] = [
            [str(cell) for cell in line] for line in await market.rows(query, conversation)
        ]
    if words:
        lines = await market.rows(_MESSAGES, conversation)
        found["messages"] = [[sender, _alike(open_json(body)["text"])] for sender, body in lines]
    return found


def _alike(value: Any) -> Any:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    for pattern, name in _DIFFERS:
        text = re.sub(pattern, name, text)
    return json.loads(text)
