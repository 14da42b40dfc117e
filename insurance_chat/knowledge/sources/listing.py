"""Addresses of documents out of a feed or a site map."""

from __future__ import annotations

import io
import zlib
from dataclasses import dataclass
from urllib.parse import urldefrag, urljoin

import feedparser
from selectolax.lexbor import LexborHTMLParser

from insurance_chat.core.errors import Kind, ServiceError, invalid

MOST_BYTES = 10 * 1024 * 1024
MOST_LINKS = 5000
LONGEST_URL = 2000


@dataclass(frozen=True, slots=True)
class Link:
    """A document named by a feed, a site map or a folder."""

    url: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """What a feed or a site map names.

    Args:
        nested: further site maps.
    """

    title: str
    links: tuple[Link, ...]
    nested: tuple[str, ...] = ()


def is_feed(data: bytes) -> bool:
    """RSS or Atom."""
    head = data[:3000].lower()
    return any(mark in head for mark in (b"<rss", b"<feed", b"<rdf:rdf"))


def is_sitemap(data: bytes) -> bool:
    """A site map, or a list of them, packed or not."""
    head = unpacked(data)[:3000].lower() if data[:2] == b"\x1f\x8b" else data[:3000].lower()
    return b"<urlset" in head or b"<sitemapindex" in head


def read_feed(data: bytes, url: str) -> Listing:
    """Entries of an RSS or Atom feed, newest first as the feed has them.

    Raises:
        ServiceError: `source_feed` when it is none.
    """
    _harmless(data)
    # A stream: feedparser takes bytes and texts for names of files and addresses.
    found = feedparser.parse(io.BytesIO(data))
    if not found.get("version"):
        raise invalid("source_feed", "По этому адресу не RSS и не Atom.")
    links: dict[str, Link] = {}
    for entry in found.entries[:MOST_LINKS]:
        address = _absolute(url, str(entry.get("link") or ""))
        if address:
            links.setdefault(address, Link(address, str(entry.get("title") or "").strip()[:300]))
    return Listing(str(found.feed.get("title") or "").strip()[:300], tuple(links.values()))


def read_sitemap(data: bytes, url: str) -> Listing:
    """Pages of a site map and further site maps.

    Raises:
        ServiceError: `source_sitemap` when it is none, `source_too_large`.
    """
    data = unpacked(data)
    _harmless(data)
    if not is_sitemap(data):
        raise invalid("source_sitemap", "По этому адресу не карта сайта (sitemap.xml).")
    # An HTML parser: it knows no entities and no external files, and forgives what is broken.
    tree = LexborHTMLParser(data.decode("utf-8", errors="replace"))
    pages = [_absolute(url, node.text()) for node in tree.css("url > loc")]
    nested = [_absolute(url, node.text()) for node in tree.css("sitemap > loc")]
    kept = dict.fromkeys(page for page in pages[: 10 * MOST_LINKS] if page)
    return Listing("", tuple(map(Link, kept)), tuple(dict.fromkeys(n for n in nested if n)))


def unpacked(data: bytes) -> bytes:
    """A site map that may be packed by gzip.

    Raises:
        ServiceError: `source_too_large`, `source_sitemap` when it is damaged.
    """
    if data[:2] != b"\x1f\x8b":
        return data
    reader = zlib.decompressobj(wbits=31)
    try:
        out = reader.decompress(data, MOST_BYTES)
    except zlib.error as broken:
        raise invalid("source_sitemap", "Карта сайта повреждена.") from broken
    if reader.unconsumed_tail:
        raise _too_large()
    return out


def _harmless(data: bytes) -> None:
    if len(data) > MOST_BYTES:
        raise _too_large()
    if b"<!ENTITY" in data[:100_000].upper():
        raise invalid("source_hostile", "Файл по ссылке устроен как вредоносный: он не читается.")


def _too_large() -> ServiceError:
    return ServiceError("source_too_large", Kind.TOO_LARGE, "Список документов слишком велик.")


def _absolute(base: str, link: str) -> str:
    try:
        address = urldefrag(urljoin(base, link.strip())).url
    except ValueError:
        return ""
    known = address.startswith(("http://", "https://")) and len(address) <= LONGEST_URL
    return address if known else ""
