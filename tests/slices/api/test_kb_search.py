"""`POST /v1/kb/search` tells why each passage was found."""

from __future__ import annotations

import httpx

from tests.slices.api.conftest import Staff, Stand

TEXT = "# ОСАГО\n## Нужна ли диагностическая карта?\nНет.\n## Где карта полиса?\nНа почте.\n"


async def test_each_match_says_what_speaks_for_it(
    http: httpx.AsyncClient, stand: Stand, admin: Staff
) -> None:
    uploaded = await http.post(
        "/v1/kb/upload", files={"file": ("osago-faq.md", TEXT.encode())}, headers=admin.headers
    )
    chosen = {"ingestId": uploaded.json()["ingestId"]}
    await http.post("/v1/kb/commit", json=chosen, headers=admin.headers)
    await stand.services.knowledge.refresh()

    body = {"query": "нужна ли дигностическая карта для осаго", "topK": 3}
    answer = await http.post("/v1/kb/search", json=body, headers=admin.headers)
    assert answer.status_code == 200
    first, *others = answer.json()["matches"]
    assert others
    assert first["heading"].endswith("Нужна ли диагностическая карта?")
    signs = first["signs"]
    assert signs["lexical"] > 0
    assert signs["ngram"] > 0
    assert signs["vector"] == 0
    assert 0 <= signs["freshness"] <= 1
    assert signs["headingMatched"] > 0.4
    assert signs["asked"] > 0.2
    assert signs["ownCompany"] is signs["otherProduct"] is False
    assert any("опечатки прощаются" in reason for reason in first["why"])
    scores = [match["score"] for match in (first, *others)]
    assert scores == sorted(scores, reverse=True)
