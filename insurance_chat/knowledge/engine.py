"""The searchable copy of one tenant's passages: a tantivy index in memory.

Plain synchronous code; callers run it in threads. Deleting a document and adding another one makes a
small new segment, the rest stays as it is, and word statistics stay those of the whole index.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import tantivy

from insurance_chat.knowledge.answers import WrittenAnswers
from insurance_chat.knowledge.asked import AskedQuestions, asked_questions
from insurance_chat.knowledge.naming import CompanyNames
from insurance_chat.knowledge.sight import Sight, Validity
from insurance_chat.knowledge.words import Question, Term, grams, stems, words

WRITER_BYTES = 16_000_000
# Weights were measured on bench/data/knowledge_questions.yml.
HEADING_WEIGHT = 1.0
OTHER_NAME_WEIGHT = 0.7
REST_WEIGHT = 0.6
PUBLIC, AGENTS = "public", "agents"
OF_ALL = "*"  # in place of the company's code; no code has a star
Ranked = list[tuple[int, float]]


@dataclass(frozen=True, slots=True)
class Entry:
    """A passage as it is indexed. `heading` holds the document's title and the heading path.

    `place` names its section as the known questions do; see asked.py. `company` is "" for a document
    of all companies, `product` for one of all products.
    """

    passage_id: int
    document_id: int
    heading: str
    text: str
    visibility: str
    place: str = ""
    company: str = ""
    product: str = ""


class TenantIndex:
    """Finds passages by stems and by character 4-grams, both ranked by BM25.

    Args:
        asked: known questions; those that come with the service when absent.
    """

    def __init__(self, asked: AskedQuestions | None = None) -> None:
        self.written = WrittenAnswers(asked or asked_questions())
        self.companies = CompanyNames()
        self.validity = Validity()
        self._schema = _schema()
        self._index = tantivy.Index(self._schema)
        splitter = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
        self._index.register_tokenizer("prepared", splitter)
        self._searcher = self._index.searcher()
        self._at: dict[str, dict[int, int]] = {}
        self._hidden: set[str] = {AGENTS}
        self._closed: dict[int, str] = {}

    @property
    def size(self) -> int:
        """How many passages can be found."""
        return int(self._searcher.num_docs)

    def writer(self) -> IndexChange:
        """Begin a change; nothing is seen by searches until it is committed."""
        return IndexChange(self._index, self._schema, self._at, self._hidden, self._closed)

    def at(self, place: str) -> list[int]:
        """Passages of a section, when it is one that known questions lead to."""
        return list(self._at.get(place, {}))

    def snapshot(self, visible: str) -> TenantIndex:
        """The index as it is now, for who sees one more kind of visibility; it never changes.

        Args:
            visible: a visibility that is forgotten here, so that nothing of it stays hidden.
        """
        same = copy.copy(self)
        same._hidden, same._closed = self._hidden - {visible}, dict(self._closed)
        self._hidden.discard(visible)
        return same

    def refresh(self) -> None:
        """Let searches see what was committed."""
        self._index.reload()
        self._searcher = self._index.searcher()

    def lexical(self, question: Question, sight: Sight, limit: int) -> Ranked:
        """Best passages by Russian stems: passage id and BM25 score, best first."""
        parts = [part for term in question.terms for part in self._term(term)]
        return self._search(parts, sight, limit)

    def ngram(self, question: Question, sight: Sight, limit: int) -> Ranked:
        """Best passages by character 4-grams, which forgive misspelling."""
        found = [word for term in question.terms for word in term.word.split()]
        usual = [word for term in question.terms for word in words(term.usual)]
        weights = dict.fromkeys(grams(usual), OTHER_NAME_WEIGHT)
        weights.update(dict.fromkeys(grams(found), 1.0))
        parts = [part for gram, weight in weights.items() for part in self._both("g", gram, weight)]
        rest = {*grams(question.rest)} - weights.keys()
        parts += [self._one("g_head", gram, REST_WEIGHT) for gram in rest]
        return self._search(parts, sight, limit)

    def frequency(self, word: str) -> int:
        """In how many passages a word occurs in any form."""
        return max((int(self._searcher.doc_freq("s_all", stem)) for stem in stems(word)), default=0)

    def rarity(self, stem: str) -> float:
        """Inverse document frequency of a stem; a word that no passage has is the rarest."""
        count = self._searcher.doc_freq("s_all", stem)
        total = max(self.size, 1)
        return math.log(1 + (total - count + 0.5) / (count + 0.5))

    def _term(self, term: Term) -> list[tantivy.Query]:
        if not term.others and len(term.stems) == 1:
            return self._both("s", term.stems[0], 1.0)
        names = [self._name(term.stems, 1.0)]
        names += [self._name(other, OTHER_NAME_WEIGHT) for other in term.others]
        return [tantivy.Query.disjunction_max_query(names, 0.1) if term.others else names[0]]

    def _name(self, name: Sequence[str], weight: float) -> tantivy.Query:
        parts = [_any(self._both("s", stem, weight)) for stem in name]
        return parts[0] if len(parts) == 1 else _all(parts)

    def _both(self, prefix: str, token: str, weight: float) -> list[tantivy.Query]:
        heading = self._one(f"{prefix}_head", token, weight * HEADING_WEIGHT)
        return [heading, self._one(f"{prefix}_all", token, weight)]

    def _one(self, field: str, token: str, weight: float) -> tantivy.Query:
        query = tantivy.Query.term_query(self._schema, field, token, "freq")
        return query if weight == 1 else tantivy.Query.boost_query(query, weight)

    def _search(self, parts: Sequence[tantivy.Query], sight: Sight, limit: int) -> Ranked:
        """The best of what the reader sees.

        A flat union of terms lets tantivy skip what cannot come among the best: half the time of a
        query with limits. So it is asked first, where only single documents are hidden.
        """
        if not parts:
            return []
        query = _any(parts)
        narrow = sight.private or sight.companies is not None or sight.product is not None
        unseen = self._unseen(sight)
        hidden = sight.hidden.union(
            one for one, visibility in self._closed.copy().items() if visibility in unseen
        )
        if not narrow:
            asked = 2 * limit if hidden else limit
            found = self._best(query, asked)
            kept = [(passage, score) for passage, score, of in found if of not in hidden]
            if len(kept) >= limit or len(found) < asked:
                return kept[:limit]
        exact = self._limited(query, unseen, sight)
        return [(passage, score) for passage, score, _ in self._best(exact, limit)]

    def _best(self, query: tantivy.Query, limit: int) -> list[tuple[int, float, int]]:
        """Passage, score and document of the best."""
        searcher = self._searcher
        hits = searcher.search(query, limit, count=False).hits
        places = [address for _, address in hits]
        ids = searcher.fast_field_values("passage", places)
        documents = searcher.fast_field_values("document", places)
        return [
            (int(passage), float(score), int(document))
            for (score, _), passage, document in zip(hits, ids, documents, strict=True)
            if passage is not None and document is not None
        ]

    def _unseen(self, sight: Sight) -> set[str]:
        """Kinds of visibility that are not this reader's; the tables are asked again later."""
        seen = {AGENTS, own_visibility(sight.reader)} if sight.agents else set()
        return (self._hidden - seen) | ({PUBLIC} if sight.private else set())

    def _limited(self, query: tantivy.Query, unseen: Iterable[str], sight: Sight) -> tantivy.Query:
        for visibility in unseen:
            query = query.and_must_not_match(self._among("visibility", [visibility]))
        if sight.hidden:
            query = query.and_must_not_match(self._among("document", sight.hidden))
        own = [("company", sight.companies)]
        own += [("product", None if sight.product is None else (sight.product,))]
        limits = [self._among(name, [*of, OF_ALL]) for name, of in own if of is not None]
        if not limits:
            return query
        return _all([query, *(tantivy.Query.const_score_query(one, 0.0) for one in limits)])

    def _among(self, field: str, values: Iterable[str | int]) -> tantivy.Query:
        return tantivy.Query.term_set_query(self._schema, field, list(values))


class IndexChange:
    """A set of additions and removals that becomes visible at once."""

    def __init__(
        self,
        index: tantivy.Index,
        schema: tantivy.Schema,
        at: dict[str, dict[int, int]],
        hidden: set[str],
        closed: dict[int, str],
    ) -> None:
        self._at = at
        self._hidden = hidden
        self._closed = closed
        self._places = asked_questions().known
        self._writer = index.writer(WRITER_BYTES, 1)
        self._schema = schema

    def remove(self, document_ids: Sequence[int]) -> None:
        """Forget all passages of documents."""
        for document_id in document_ids:
            self._writer.delete_documents_by_term("document", document_id)
            self._closed.pop(document_id, None)
        gone = set(document_ids)
        for place, passages in list(self._at.items()):
            self._at[place] = {one: of for one, of in passages.items() if of not in gone}

    def add(self, entries: Iterable[Entry]) -> None:
        """Index passages."""
        for entry in entries:
            head_words, text_words = words(entry.heading), words(entry.text)
            head_stems, text_stems = stems(entry.heading), stems(entry.text)
            document = tantivy.Document()
            document.add_unsigned("passage", entry.passage_id)
            document.add_unsigned("document", entry.document_id)
            document.add_text("visibility", entry.visibility)
            document.add_text("company", entry.company or OF_ALL)
            document.add_text("product", entry.product or OF_ALL)
            if entry.visibility not in (PUBLIC, *self._hidden):
                self._hidden.add(entry.visibility)
            if entry.visibility != PUBLIC:
                self._closed[entry.document_id] = entry.visibility
            document.add_text("s_head", " ".join(head_stems))
            document.add_text("s_all", " ".join(head_stems + text_stems))
            document.add_text("g_head", " ".join(grams(head_words)))
            document.add_text("g_all", " ".join(grams(head_words + text_words)))
            self._writer.add_document(document)
            if entry.place in self._places:
                passages = self._at.get(entry.place, {})
                self._at[entry.place] = {**passages, entry.passage_id: entry.document_id}

    def commit(self) -> None:
        """Make the change durable in the index and wait for its tidying; ends the change."""
        self._writer.commit()
        self._writer.wait_merging_threads()


def _any(parts: Sequence[tantivy.Query]) -> tantivy.Query:
    return tantivy.Query.boolean_query([(tantivy.Occur.Should, part) for part in parts])


def _all(parts: Sequence[tantivy.Query]) -> tantivy.Query:
    return tantivy.Query.boolean_query([(tantivy.Occur.Must, part) for part in parts])


def own_visibility(operator_id: int | None) -> str:
    """How the index names what only one agent reads."""
    return f"own-{operator_id}"


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("passage", fast=True)
    builder.add_unsigned_field("document", indexed=True, fast=True)
    builder.add_text_field("visibility", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("company", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("product", tokenizer_name="raw", index_option="basic")
    for name in ("s_head", "s_all", "g_head", "g_all"):
        builder.add_text_field(name, tokenizer_name="prepared", index_option="freq")
    return builder.build()
