"""The main part of a web page: without menus, advertising, scripts and other things around it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser, LexborNode

from insurance_chat.knowledge.reading.texts import utf8_html

MOST_BYTES = 8 * 1024 * 1024
LITTLE = 200  # characters; a shorter main part is not trusted
OUTSIDE = 0.5  # share of the text that nothing around the text may have
_NEVER = (
    "script, style, noscript, template, iframe, object, svg, canvas, video, audio, button, select, "
    "input, textarea, dialog, [hidden], [aria-hidden=true]"
)
_AROUND = (
    "nav, aside, body > header, body > footer, body > div > header, body > div > footer, "
    "[role=navigation], [role=banner], [role=contentinfo], [role=search], [role=dialog], "
    "[role=complementary], [role=alert]"
)
_NAMES = re.compile(
    r"(?:^|[\s_-])(?:ad|ads|adv|advert\w*|banner\w*|cookie\w*|breadcrumb\w*|menu|navbar|navigation|"
    r"sidebar|share|sharing|social\w*|subscri\w*|popup\w*|modal\w*|comments?|related|promo|"
    r"footer|pagination|counter|captcha)(?:$|[\s_-])",
    re.I,
)
_MAIN = ("main", "[role=main]", "article", "#content", "#main")
_FEEDS = "link[rel~=alternate][type='application/rss+xml'], link[rel~=alternate][type='application/atom+xml']"


@dataclass(frozen=True, slots=True)
class MainPart:
    """A page ready to be read.

    Args:
        html: a small document of its own, UTF-8.
        feeds: addresses of the feeds that the page names.
        characters: of its text.
    """

    title: str
    html: bytes
    feeds: tuple[str, ...]
    characters: int


def main_part(data: bytes, url: str = "") -> MainPart:
    """Take the main part out of a page; in doubt more is kept, for a lost limit costs more than a menu.

    Args:
        data: the page in any Russian encoding.
        url: its address, for links that it names.
    """
    tree = LexborHTMLParser(utf8_html(data[:MOST_BYTES]).decode("utf-8", errors="replace"))
    heading = tree.css_first("title")
    title = " ".join((heading.text() if heading else "").split())[:300]
    feeds = tuple(urljoin(url, str(node.attributes.get("href") or "")) for node in tree.css(_FEEDS))
    body = tree.body
    if body is None:
        return MainPart(title, _document(title, ""), feeds, 0)
    for node in tree.css(_NEVER):
        node.decompose()
    _drop_around(tree, body)
    chosen = _main(tree, body)
    return MainPart(title, _document(title, chosen.html or ""), feeds, _length(chosen))


def _drop_around(tree: LexborHTMLParser, body: LexborNode) -> None:
    whole = max(_length(body), 1)
    named = [node for node in tree.css("[class], [id]") if _named_so(node)]
    for node in [*tree.css(_AROUND), *named]:
        # A site that calls everything «banner» must not lose its text.
        if node.tag not in ("body", "html", "main", "article") and _length(node) < OUTSIDE * whole:
            node.decompose()


def _named_so(node: LexborNode) -> bool:
    names = f"{node.attributes.get('class') or ''} {node.attributes.get('id') or ''}"
    return bool(_NAMES.search(names))


def _main(tree: LexborHTMLParser, body: LexborNode) -> LexborNode:
    for selector in _MAIN:
        found = tree.css(selector)
        if len(found) == 1 and _length(found[0]) >= min(LITTLE, OUTSIDE * _length(body)):
            return found[0]
    return body


def _length(node: LexborNode) -> int:
    return len("".join(node.text().split()))


def _document(title: str, body: str) -> bytes:
    head = f'<meta charset="utf-8"><title>{escape(title)}</title>'
    page = f"<!doctype html><html><head>{head}</head><body>{body}</body></html>"
    return page.encode("utf-8", errors="replace")
