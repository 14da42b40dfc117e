"""Other people's lexical search with the settings that it comes with, over the same documents."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from haystack import Document as HaystackDocument
from haystack.components.preprocessors import DocumentSplitter
from haystack.components.retrievers.in_memory import InMemoryBM25Retriever
from haystack.document_stores.in_memory import InMemoryDocumentStore
from langchain_community.retrievers import BM25Retriever as LangChainBM25
from langchain_core.documents import Document as LangChainDocument
from langchain_text_splitters import RecursiveCharacterTextSplitter
from llama_index.core import Document as LlamaDocument
from llama_index.core.node_parser import SentenceSplitter
from llama_index.core.schema import BaseNode, TextNode
from llama_index.retrievers.bm25 import BM25Retriever as LlamaBM25

from bench.search_cases import Source

LIMIT = 8


@dataclass(frozen=True, slots=True)
class Found:
    """A piece that an engine found."""

    name: str
    text: str


Search = Callable[[str], list[Found]]
Build = Callable[[Sequence[Source]], Search]


def llama_index(pieces: Sequence[Source], *, split: bool) -> Search:
    """LlamaIndex: `SentenceSplitter` and `BM25Retriever`, both as they come."""
    nodes: list[BaseNode]
    if split:
        texts = [LlamaDocument(text=p.text, metadata={"file": p.name}) for p in pieces]
        nodes = SentenceSplitter().get_nodes_from_documents(texts)
    else:
        nodes = [TextNode(text=p.text, metadata={"file": p.name}) for p in pieces]
    retriever = LlamaBM25.from_defaults(nodes=nodes, similarity_top_k=LIMIT)

    def search(text: str) -> list[Found]:
        return [Found(n.metadata["file"], n.get_content()) for n in retriever.retrieve(text)]

    return search


def haystack(pieces: Sequence[Source], *, split: bool) -> Search:
    """Haystack: `DocumentSplitter` and `InMemoryBM25Retriever`, both as they come."""
    documents = [HaystackDocument(content=p.text, meta={"file": p.name}) for p in pieces]
    if split:
        documents = DocumentSplitter().run(documents=documents)["documents"]
    store = InMemoryDocumentStore()
    store.write_documents(documents)
    retriever = InMemoryBM25Retriever(store, top_k=LIMIT)

    def search(text: str) -> list[Found]:
        found = retriever.run(query=text)["documents"]
        return [Found(one.meta["file"], one.content) for one in found]

    return search


def langchain(pieces: Sequence[Source], *, split: bool) -> Search:
    """LangChain: `RecursiveCharacterTextSplitter` and `BM25Retriever`, both as they come."""
    documents = [LangChainDocument(p.text, metadata={"file": p.name}) for p in pieces]
    if split:
        documents = RecursiveCharacterTextSplitter().split_documents(documents)
    retriever = LangChainBM25.from_documents(documents, k=LIMIT)

    def search(text: str) -> list[Found]:
        return [Found(one.metadata["file"], one.page_content) for one in retriever.invoke(text)]

    return search


ENGINES = {"LlamaIndex": llama_index, "Haystack": haystack, "LangChain": langchain}
