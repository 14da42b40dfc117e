"""Cuts Markdown into passages along the structure of the text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

SMALL = 400  # characters; a passage grows at least to this size where the section allows
LARGE = 900  # characters; a passage is closed before it outgrows this size
WHOLE_ANSWER = 3000  # characters; an answer to a question is cut only beyond this
PATH_SEPARATOR = " › "
BULLET = "• "
PAGE_MARK = "\u2063"  # invisible, and not white space that trimming would eat

_HEADING = re.compile(r"^(#{1,6})\s+(\S.*)$")
_PAGE = re.compile(rf"^{PAGE_MARK}(\d+){PAGE_MARK}$")
_ITEM = re.compile(r"^\s*(?:[-*+•]|\d{1,2}[.)])\s+(.*)$")
_NUMBERED = re.compile(r"^\s*\d{1,2}[.)]\s")
_RULE = re.compile(r"^\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?\s*$")
# Lengths are bounded: an open bracket without its pair must not cost a look to the end of the file.
_EMPHASIS = re.compile(r"(\*\*|__|`)(.{1,500}?)\1|(?<![\w*])\*([^*\s][^*]{0,500})\*(?![\w*])", re.S)
_LINK = re.compile(r"!?\[([^\[\]]{0,300})\]\(([^()\s]{0,1000})[^()]{0,300}\)")
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+\-.!|>~])")
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+(?=[А-ЯЁA-Z«\d])")


@dataclass(frozen=True, slots=True)
class Piece:
    """A passage before it is stored.

    `page` is the page on which it begins, counted from 1; None where the format has no pages.
    """

    heading_path: str
    page: int | None
    text: str


@dataclass(slots=True)
class _Section:
    path: str
    question: bool
    level: int = 0
    page: int | None = None
    blocks: list[tuple[int | None, str]] = field(default_factory=list)


def split_markdown(markdown: str) -> list[Piece]:
    """Cut a document into passages.

    A section whose heading is a question stays whole. Table rows and list items are kept on lines
    of their own, each table row with the names of its columns.

    Args:
        markdown: the text; `PAGE_MARK + number + PAGE_MARK` on a line of its own opens a page.
    """
    pieces: list[Piece] = []
    for section in _sections(_without_comments(markdown)):
        limit = WHOLE_ANSWER if section.question else LARGE
        pieces.extend(_pack(section, limit))
    return pieces


def _without_comments(markdown: str) -> str:
    kept: list[str] = []
    at = 0
    while (start := markdown.find("<!--", at)) >= 0 and (end := markdown.find("-->", start)) >= 0:
        kept.append(markdown[at:start])
        at = end + 3
    return "".join(kept) + markdown[at:]


def _sections(markdown: str) -> Iterator[_Section]:
    stack: list[tuple[int, str]] = []
    current = _Section("", question=False)
    page: int | None = None
    for block in _blocks(markdown):
        if mark := _PAGE.match(block):
            page = int(mark.group(1))
        elif heading := _HEADING.match(block):
            level, title = len(heading.group(1)), _plain(heading.group(2).rstrip("# "))
            yield _kept(current, level)
            stack = [*(entry for entry in stack if entry[0] < level), (level, title)]
            path = PATH_SEPARATOR.join(name for _, name in stack)
            question = title.rstrip("»\"'").endswith("?")
            current = _Section(path, question, level, page)
        else:
            text = _readable(block)
            if text:
                current.blocks.append((page, text))
    yield _kept(current, 0)


def _kept(section: _Section, next_level: int) -> _Section:
    """A heading with nothing under it is itself the text; slides often are only that."""
    if section.path and not section.blocks and next_level <= section.level:
        section.blocks.append((section.page, section.path.rsplit(PATH_SEPARATOR, 1)[-1]))
    return section


def _blocks(markdown: str) -> Iterator[str]:
    """Headings, page marks and runs of other non-empty lines."""
    lines: list[str] = []
    for raw in markdown.split("\n"):
        line = raw.rstrip()
        alone = _HEADING.match(line) or _PAGE.match(line)
        if alone or not line.strip():
            if lines:
                yield "\n".join(lines)
                lines = []
            if alone:
                yield line
        else:
            lines.append(line)
    if lines:
        yield "\n".join(lines)


def _readable(block: str) -> str:
    """One block as it is shown to people: no markup, rows and items on lines of their own."""
    lines = block.split("\n")
    rule = next((number for number, line in enumerate(lines) if _RULE.match(line)), None)
    if rule == 1 and "|" in lines[0]:
        return _table(lines)
    out: list[str] = []
    for line in lines:
        item = _ITEM.match(line)
        if item and _NUMBERED.match(line):
            out.append(line.strip())
        elif item:
            out.append(BULLET + item.group(1))
        elif out and not _after_list(out[-1], line):
            out[-1] = _join(out[-1], line.strip().removeprefix("> "))
        elif not _RULE.match(line):
            out.append(line.strip().removeprefix("> "))
    return _plain("\n".join(out))


def _after_list(previous: str, line: str) -> bool:
    """True for a sentence that stands right below a list without belonging to its last item."""
    return previous.startswith(BULLET) and previous.endswith((".", ";")) and line[:1].isupper()


def _join(left: str, right: str) -> str:
    if left.endswith("-") and left[-2:-1].islower() and right[:1].islower():
        return left[:-1] + right  # a word carried over to the next line
    return f"{left} {right}"


def _table(lines: list[str]) -> str:
    header = _cells(lines[0])
    rows = []
    for line in lines[2:]:
        pairs = zip(header, _cells(line), strict=False)
        cells = [f"{name}: {value}" if name else value for name, value in pairs if value]
        if cells:
            rows.append(BULLET + "; ".join(cells))
    # A header without rows is text like any other.
    return _plain("\n".join(rows) or "; ".join(name for name in header if name))


def _cells(line: str) -> list[str]:
    parts = re.split(r"(?<!\\)\|", line.strip().removeprefix("|").removesuffix("|"))
    return [part.replace("\\|", "|").replace("<br>", " ").strip() for part in parts]


def _plain(text: str) -> str:
    text = _LINK.sub(lambda link: link.group(1) or link.group(2), text)
    text = _EMPHASIS.sub(lambda mark: mark.group(2) or mark.group(3), text)
    return _ESCAPE.sub(r"\1", text).strip()


def _pack(section: _Section, limit: int) -> Iterator[Piece]:
    """Join neighbouring blocks of a section until a passage is large enough."""
    held: list[str] = []
    held_page: int | None = None
    for page, part in _parts(section.blocks, limit):
        size = sum(map(len, held))
        if held and size + len(part) > limit:
            yield Piece(section.path, held_page, "\n".join(held))
            held = []
        if not held:
            held_page = page
        held.append(part)
        if not section.question and sum(map(len, held)) >= (SMALL + LARGE) // 2:
            yield Piece(section.path, held_page, "\n".join(held))
            held = []
    if held:
        yield Piece(section.path, held_page, "\n".join(held))


def _parts(blocks: list[tuple[int | None, str]], limit: int) -> Iterator[tuple[int | None, str]]:
    """Blocks, those that are too long cut at lines, then at sentences, then at words."""
    for page, block in blocks:
        if len(block) <= limit:
            yield page, block
            continue
        for line in block.split("\n"):
            if len(line) <= limit:
                yield page, line
                continue
            for sentence in _SENTENCE_END.split(line):
                yield from ((page, part) for part in _cut(sentence, limit))


def _cut(text: str, limit: int) -> Iterator[str]:
    begin = 0
    while len(text) - begin > limit:
        space = text.rfind(" ", begin + limit // 2, begin + limit)
        end = space if space > 0 else begin + limit
        yield text[begin:end].strip()
        begin = end
    if rest := text[begin:].strip():
        yield rest
