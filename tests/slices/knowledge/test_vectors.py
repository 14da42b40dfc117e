"""Search by meaning over real HTTP: the emulated embedding endpoint, a real database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from insurance_chat.core.clock import utcnow
from insurance_chat.core.db.listen import Listener
from insurance_chat.core.db.unit import Database
from insurance_chat.core.principal import Principal
from insurance_chat.knowledge.explaining import explain, vector_of
from insurance_chat.knowledge.index import CHANNEL, KnowledgeIndex
from insurance_chat.knowledge.search import Hit, SearchQuery, nearness
from insurance_chat.knowledge.vectors import tasks as vector_tasks
from insurance_chat.knowledge.vectors.leg import REST_SECONDS, VectorLeg
from insurance_chat.knowledge.vectors.making import BATCH, HELD, REST, VectorMaker
from insurance_chat.knowledge.vectors.models import INDEXED
from insurance_chat.llm import tokens
from insurance_chat.llm.callers import Callers
from insurance_chat.llm.model import PooledModel
from insurance_chat.llm.pool import KeyPool
from insurance_chat.llm.settings import LlmSettings
from insurance_chat.sandbox.app import create_sandbox_app
from tests.support.sandbox_server import served

from .conftest import Library

MODEL = "sandbox-embedding"
OTHER = "sandbox-embedding-256"
QUESTION = "пёс погрыз бампер"
MEANS = [["тариф мелкого повреждения", QUESTION]]
TEXT = "# Правила\n## Тариф мелкого повреждения\nТариф мелкого повреждения — две тысячи.\n"
ELSE = "\n".join(
    f"## Раздел о {word}\nВ нём говорится про {word} и больше ни о чём.\n"
    for word in ("лодках", "собаках", "полях", "мостах", "горах", "реках", "домах", "небе", "снеге")
)


@dataclass
class Meaning:
    """The vectors of one tenant and the emulator behind them."""

    db: Database
    admin: Principal
    control: httpx.AsyncClient
    url: str
    settings: LlmSettings
    opened: list[Callers] = field(default_factory=list)
    later: timedelta = timedelta()
    seconds: float = 0.0

    def build(self, model: str = MODEL, patience: float = 30.0) -> KnowledgeIndex:
        """Put the parts together as a process with this embedding model does."""
        settings = self.settings.model_copy(update={"embedding_model": model})
        self.opened.append(Callers(settings))
        embedder = PooledModel(KeyPool(self.db), self.opened[-1], settings)
        self.maker = VectorMaker(self.db, embedder, model, lambda: utcnow() + self.later)
        self.leg = VectorLeg(self.db, embedder, model, patience, lambda: self.seconds)
        return KnowledgeIndex(self.db, [self.leg])

    async def key(self, name: str = "sk-embedding-aaaa") -> None:
        """A key that leads to the emulator."""
        values = {
            "name": name,
            "token": name,
            "model_access": [MODEL, OTHER],
            "base_url": f"{self.url}/llm/v1",
            "priority": 1,
        }
        async with self.db.unit() as unit:
            await tokens.add(unit, self.admin, values)

    async def awake(self) -> None:
        """Let keys that rest after a failure work again, as time would."""
        await self.rows("update ai_tokens set cooldown_until = null returning id")

    async def script(self, **answer: Any) -> None:
        """Tell the emulator how to answer the next request for vectors."""
        said = {"path": "/embeddings", **answer}
        done = await self.control.post("/control/llm/answers", json=said)
        assert done.status_code == 201, done.text

    async def asked(self) -> list[list[str]]:
        """Texts of the requests that have reached the emulator."""
        found = (await self.control.get("/control/llm/requests")).json()["requests"]
        return [one["body"]["input"] for one in found if one["path"].endswith("/embeddings")]

    async def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows of a plain query."""
        async with self.db.pool.connection() as connection:
            cursor = await connection.execute(sql.encode(), values)
            return await cursor.fetchall()

    async def kept(self) -> list[tuple[str, int]]:
        """Model and size of every vector of the tenant."""
        sql = "select model, dimension from kb_vectors where tenant_id = %s order by passage_id"
        return [(model, size) for model, size in await self.rows(sql, self.admin.tenant_id)]

    async def jobs(self) -> int:
        """How many orders wait in the queue for the tenant."""
        sql = (
            "select count(*) from procrastinate_jobs where status = 'todo'"
            " and task_name = 'knowledge.embed_passages' and (args->>'tenant_id')::bigint = %s"
        )
        return int((await self.rows(sql, self.admin.tenant_id))[0][0])

    def query(self, text: str = QUESTION, **more: Any) -> SearchQuery:
        return SearchQuery(self.admin.tenant_id, text, **more)


@pytest.fixture(scope="module")
def sandbox_url() -> Iterator[str]:
    with served(create_sandbox_app(time_scale=0)) as url:
        yield url


@pytest.fixture
async def meaning(db: Database, admin: Principal, sandbox_url: str) -> AsyncIterator[Meaning]:
    async with httpx.AsyncClient(base_url=sandbox_url, trust_env=False, timeout=30) as control:
        await control.post("/control/reset")
        await control.post("/control/llm/meanings", json={"same": MEANS})
        settings = LlmSettings(timeout_seconds=30, budget_seconds=60)
        it = Meaning(db, admin, control, sandbox_url, settings)
        yield it
        for callers in it.opened:
            await callers.close()


async def found(index: KnowledgeIndex, query: SearchQuery) -> list[Hit]:
    await index.refresh()
    return await index.search(query)


async def test_other_words_for_the_same_are_found_only_by_meaning(
    meaning: Meaning, library: Library
) -> None:
    await meaning.key()
    await library.publish(TEXT + ELSE)
    words_only = KnowledgeIndex(meaning.db)
    assert await found(words_only, meaning.query()) == []
    index = meaning.build()
    assert await found(index, meaning.query()) == []  # nothing is embedded yet

    await meaning.maker.run(meaning.admin.tenant_id)
    first, *others = await found(index, meaning.query())
    assert "Тариф мелкого повреждения" in first.heading
    assert first.lexical == first.ngram == first.coverage == 0
    assert vector_of(first) > 0.5
    assert first.meant > max(hit.meant for hit in others)
    assert any("Близок по смыслу" in reason for reason in explain(first))
    # The best by words stays the best.
    best = (await found(index, meaning.query("раздел о собаках")))[0]
    assert best.heading.endswith("Раздел о собаках")
    assert best.lexical > 0


async def test_what_the_reader_may_not_see_is_never_found_by_meaning(
    meaning: Meaning, library: Library, admin: Principal
) -> None:
    await meaning.key()

    def titled(title: str) -> str:
        return TEXT.replace("# Правила", f"# {title}", 1)

    agents = await library.publish(titled("Агентам"), "agents.md", visibility="agents")
    past = await library.publish(titled("Старое"), "past.md")
    later = await library.publish(titled("Будущее"), "later.md")
    of_kedr = await library.publish(titled("Кедр"), "kedr.md", company_code="kedr")
    home = await library.publish(titled("Дом"), "home.md", product_code="home")
    own = await library.publish(titled("Моё"), "own.md", visibility="agents")
    (someone,) = await meaning.rows(
        "insert into users (tenant_id, role, login, password_hash, name)"
        " values (%s, 'operator', gen_random_uuid(), '', 'А') returning id",
        admin.tenant_id,
    )
    for change, document in (
        ("valid_until = current_date - 3", past),
        ("valid_from = current_date + 3", later),
        (f"operator_id = {int(someone[0])}", own),
    ):
        await meaning.rows(
            f"update kb_documents set {change} where public_id = %s returning id", document
        )
    index = meaning.build()
    await meaning.maker.run(admin.tenant_id)
    assert len(await meaning.kept()) == 6

    async def seen(**more: Any) -> set[str]:
        ranked = await meaning.leg.rank(meaning.query(**more), 50)
        ids = [one for one, _ in ranked]
        rows = await meaning.rows(
            "select d.public_id::text from kb_passages p join kb_documents d on d.id = p.document_id"
            " where p.id = any(%s)",
            ids,
        )
        hits = await found(index, meaning.query(limit=50, **more))
        assert {hit.document_public_id for hit in hits} == {row[0] for row in rows}
        return {row[0] for row in rows}

    assert await seen() == {of_kedr, home}
    assert await seen(audience="agents") == {of_kedr, home, agents}
    assert await seen(audience="agents", reader=someone[0]) == {of_kedr, home, agents, own}
    assert await seen(audience="private") == {agents}
    assert await seen(companies=("granit",)) == {home}
    assert await seen(company="kedr", product="osago") == {of_kedr}
    stranger = SearchQuery(admin.tenant_id + 1_000_000, QUESTION)
    assert await meaning.leg.rank(stranger, 50) == []


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param({"status": 500}, id="refuses"),
        pytest.param({"raw": "<html>"}, id="answers nonsense"),
        pytest.param({"raw": '{"object": "list", "data": []}'}, id="answers with nothing"),
        pytest.param({"cut": "start"}, id="hangs up"),
    ],
)
async def test_without_the_endpoint_the_same_search_answers_by_words(
    meaning: Meaning, library: Library, answer: dict[str, Any]
) -> None:
    await meaning.key()
    await library.publish(TEXT)
    index = meaning.build()
    await meaning.maker.run(meaning.admin.tenant_id)
    before = len(await meaning.asked())
    await meaning.script(**answer)
    (hit,) = await found(index, meaning.query("тариф повреждения"))
    assert vector_of(hit) == 0
    assert hit.lexical > 0
    await meaning.awake()
    await index.search(meaning.query("мелкого тариф"))  # rests: no turn waits for a dead endpoint
    assert len(await meaning.asked()) == before + 1
    meaning.seconds += REST_SECONDS + 1
    (hit,) = await index.search(meaning.query("тариф повреждения"))
    assert vector_of(hit) > 0


async def test_a_slow_endpoint_is_not_waited_for(meaning: Meaning, library: Library) -> None:
    await meaning.key()
    await library.publish(TEXT)
    index = meaning.build(patience=0.2)
    await meaning.script(delay=60)
    (hit,) = await asyncio.wait_for(found(index, meaning.query("тариф повреждения")), 20)
    assert hit.lexical > 0
    # That a search was in a hurry says nothing about the key.
    assert (
        await meaning.rows("select cooldown_until from ai_tokens where cooldown_until > now()")
        == []
    )


async def test_the_same_question_is_asked_once(meaning: Meaning, library: Library) -> None:
    await meaning.key()
    await library.publish(TEXT)
    index = meaning.build()
    for text in ("тариф повреждения", " тариф  повреждения", "другой тариф"):
        await found(index, meaning.query(text))
    assert await meaning.asked() == [["тариф повреждения"], ["другой тариф"]]


async def test_without_a_model_nothing_is_asked_and_nothing_ordered(
    meaning: Meaning, library: Library
) -> None:
    await meaning.key()
    await library.publish(TEXT)
    index = meaning.build(model="")
    await meaning.maker.order_all()
    await meaning.maker.run(meaning.admin.tenant_id)
    assert [hit.lexical > 0 for hit in await found(index, meaning.query("тариф"))] == [True]
    assert await meaning.asked() == []
    assert await meaning.kept() == []
    assert await meaning.jobs() == 0


async def test_only_what_has_changed_is_sent_again(meaning: Meaning, library: Library) -> None:
    await meaning.key()
    meaning.build()
    await library.publish(TEXT)
    run = meaning.maker.run
    tenant = meaning.admin.tenant_id
    await run(tenant)
    await run(tenant)
    assert len(await meaning.asked()) == 1
    # A new version; another one of the same title replaces it.
    await library.publish(TEXT + "## Ещё\nНовый раздел.\n")
    await run(tenant)
    assert len(await meaning.kept()) == 2  # those of the replaced version are forgotten
    # A field that the text does not have.
    sent = len(await meaning.asked())
    await meaning.rows(
        "update kb_documents set revision = revision + 1, tags = '{x}' where tenant_id = %s"
        " returning id",
        tenant,
    )
    assert (await meaning.maker.progress(tenant)).ready == 0
    await run(tenant)
    assert len(await meaning.asked()) == sent
    progress = await meaning.maker.progress(tenant)
    assert (progress.ready, progress.whole) == (2, 2)
    # Its title, which the text has.
    await meaning.rows(
        "update kb_documents set revision = revision + 1, title = 'Иначе' where tenant_id = %s"
        " returning id",
        tenant,
    )
    await run(tenant)
    assert all(text.startswith("Иначе.") for text in (await meaning.asked())[-1])


async def test_another_model_makes_all_vectors_anew(meaning: Meaning, library: Library) -> None:
    await meaning.key()
    await library.publish(TEXT)
    index = meaning.build()
    await meaning.maker.run(meaning.admin.tenant_id)
    assert await meaning.kept() == [(MODEL, 64)]

    index = meaning.build(OTHER)
    assert await found(index, meaning.query()) == []  # vectors of two models are not compared
    await meaning.maker.order_all()
    assert await meaning.jobs() == 1
    await meaning.maker.run(meaning.admin.tenant_id)
    assert await meaning.kept() == [(OTHER, 256)]
    (hit,) = await found(index, meaning.query())
    assert vector_of(hit) > 0.5


async def test_vectors_go_with_their_passages(meaning: Meaning, library: Library) -> None:
    await meaning.key()
    meaning.build()
    first = await library.publish(TEXT)
    await library.publish("# Б\n## Ещё\nДругой документ.\n", "other.md")
    await meaning.maker.run(meaning.admin.tenant_id)
    await library.delete(first)
    await meaning.maker.order_all()
    assert await meaning.jobs() == 1
    await meaning.maker.run(meaning.admin.tenant_id)
    assert len(await meaning.kept()) == 1
    await meaning.rows(
        "delete from kb_passages where tenant_id = %s returning id", meaning.admin.tenant_id
    )
    assert await meaning.kept() == []


async def test_batches_are_kept_as_they_come_and_a_failure_loses_none(
    meaning: Meaning, library: Library
) -> None:
    await meaning.key()
    meaning.build()
    many = "\n".join(f"## Вопрос {n}?\nОтвет номер {n}.\n" for n in range(BATCH + 5))
    await library.publish(f"# Много\n{many}")
    await meaning.script(contains="Вопрос 36", status=500)
    await meaning.maker.order_all()
    await meaning.maker.run(meaning.admin.tenant_id)
    assert len(await meaning.kept()) == BATCH
    # Nobody tries again at once…
    await meaning.maker.order_all()
    assert await meaning.jobs() == 1
    # …but soon, and only the rest is sent.
    meaning.later = REST * 2
    await meaning.awake()
    await meaning.maker.order_all()
    assert await meaning.jobs() == 2
    await meaning.maker.run(meaning.admin.tenant_id)
    assert len(await meaning.kept()) == BATCH + 5
    assert [len(texts) for texts in await meaning.asked()] == [BATCH, 5, 5]


async def test_one_text_that_the_provider_refuses_keeps_back_no_other(
    meaning: Meaning, library: Library
) -> None:
    await meaning.key()
    meaning.build()
    await library.publish(TEXT + "## Запретное\nЭто отвергнут.\n")
    await meaning.script(contains="отвергнут", status=400, times=None)
    for _ in range(2):
        await meaning.maker.run(meaning.admin.tenant_id)
    assert sorted(size for _, size in await meaning.kept()) == [0, 64]
    assert len(await meaning.asked()) == 3  # together, then one by one, then never again
    assert len(await meaning.leg.rank(meaning.query(), 50)) == 1


async def test_a_request_that_is_wrong_for_all_texts_marks_none(
    meaning: Meaning, library: Library
) -> None:
    await meaning.key()
    meaning.build()
    await library.publish(TEXT + "## Ещё\nДругое.\n")
    await meaning.script(status=400, times=None)
    await meaning.maker.run(meaning.admin.tenant_id)
    assert await meaning.kept() == []


async def test_the_work_belongs_to_one_process_at_a_time(
    meaning: Meaning, library: Library
) -> None:
    await meaning.key()
    meaning.build()
    await library.publish(TEXT)
    tenant = meaning.admin.tenant_id
    await asyncio.gather(*(meaning.maker.order(tenant) for _ in range(3)))
    assert await meaning.jobs() == 1
    meaning.later = HELD * 2  # that process died
    await meaning.maker.order(tenant)
    assert await meaning.jobs() == 2
    await meaning.maker.run(tenant)  # done: the next change orders at once
    await meaning.maker.order(tenant)
    assert await meaning.jobs() == 3


async def test_a_published_document_is_ordered_at_once(meaning: Meaning, library: Library) -> None:
    await meaning.key()
    meaning.build()
    listener = Listener(meaning.db.url)
    told = asyncio.Event()
    meaning.maker.start(listener)
    listener.on(CHANNEL, lambda _payload: told.set())
    await listener.start()
    try:
        await library.publish(TEXT)
        await asyncio.wait_for(told.wait(), 20)
        await meaning.maker._background.drain()
        assert await meaning.jobs() == 1
    finally:
        await listener.stop()
        await meaning.maker.stop()


async def test_a_restored_backup_orders_the_work_of_all(meaning: Meaning, library: Library) -> None:
    await meaning.key()
    meaning.build()
    await library.publish(TEXT)
    meaning.maker._changed("")
    await meaning.maker._background.drain()
    assert await meaning.jobs() == 1


async def test_the_queue_does_what_was_ordered(meaning: Meaning, library: Library) -> None:
    await meaning.key()
    index = meaning.build()
    await library.publish(TEXT)
    await vector_tasks.order_vectors(SimpleNamespace(vectors=meaning.maker))
    meaning.db.queue.bind(SimpleNamespace(vectors=meaning.maker))
    await meaning.db.queue.work()
    assert await meaning.kept() == [(MODEL, 64)]
    assert await meaning.jobs() == 0
    assert vector_of((await found(index, meaning.query()))[0]) > 0.5


async def test_sizes_of_usual_models_have_an_index_of_their_own(
    meaning: Meaning, library: Library
) -> None:
    await meaning.key()
    meaning.build(OTHER)
    await library.publish(TEXT + ELSE)
    await meaning.maker.run(meaning.admin.tenant_id)
    assert 256 in INDEXED
    async with meaning.db.pool.connection() as connection, connection.transaction():
        await connection.execute("set local enable_seqscan = off")
        await connection.execute("set local enable_sort = off")
        plan = await connection.execute(
            "explain select passage_id from kb_vectors where dimension = 256"
            " order by embedding::halfvec(256) <=> array_fill(0.1, array[256])::halfvec(256) limit 5"
        )
        lines = "\n".join(row[0] for row in await plan.fetchall())
    assert "ix_kb_vectors_nearest_256" in lines


def test_nearness_is_seen_against_the_usual_passage() -> None:
    high = [(n, 0.8) for n in range(10)]
    low = [(n, 0.2) for n in range(10)]
    assert nearness([(99, 0.9), *high])[99] == pytest.approx(0.5)
    assert nearness([(99, 0.6), *low])[99] == pytest.approx(0.5)
    assert nearness([(99, 0.9), *high])[0] == 0
    assert nearness([]) == {}
    assert nearness([(n, 1.0) for n in range(10)]) == {}
