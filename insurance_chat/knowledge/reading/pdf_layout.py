"""Pages of a PDF as Markdown: headings by size and weight, paragraphs, tables, page marks."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from insurance_chat.knowledge.passages import PAGE_MARK
from insurance_chat.knowledge.reading.pdf_lines import Line, Page
from insurance_chat.knowledge.reading.pdf_tables import Table

LARGER = 1.12  # times the size of plain text: a heading
LONGEST_HEADING = 160
EDGE_LINES = 2  # at the top and at the bottom, where running titles stand
BOLD_LEVEL = 5  # of headings that are told by their weight or words, not by their size
FARTHER = 1.7  # times the height of a line between two lines: another paragraph

_DIGITS = re.compile(r"\d+")
_PAGE_NUMBER = re.compile(
    r"^(?:стр(?:аница|\.)?\s*)?[-–—]?\s*\d{1,4}\s*(?:(?:из|/)\s*\d{1,4})?\s*[-–—]?$", re.I
)
_CHAPTER = re.compile(r"^(?:глава|раздел|часть|приложение|статья)\s+(?:[\dIVXLC]+|№)", re.I)
_NUMBERED = re.compile(r"^\d{1,3}(?:\.\d{1,3}){0,4}[.)]?\s+\S")
_ITEM = re.compile(r"^(?:[-–—•▪●*]\s|\d{1,3}(?:\.\d{1,3}){1,4}[.)]?\s|\d{1,2}[.)]\s|[а-яa-z]\)\s)")
_BULLET = re.compile(r"^[-–—•▪●*]\s+")
_MARKUP = re.compile(r"^([#>|])")
_LETTER = re.compile(r"[^\W\d_]")
_ENDS = (".", ";", ",", ":", "-")
_Title = tuple[str, int]


def to_markdown(pages: Sequence[Page], recognised: Mapping[int, str]) -> str:
    """Write the document.

    Args:
        pages: in order.
        recognised: text of scanned pages by number.
    """
    running, writer = _running_titles(pages), _Writer(_levels(pages))
    for page in pages:
        writer.open_page(page.number)
        if page.number in recognised:
            writer.add_text(recognised[page.number])
            continue
        for item in _items(page, running):
            if isinstance(item, Table):
                writer.add_table(item)
            else:
                writer.add_line(item)
    return writer.finish()


class _Writer:
    """Collects blocks; lines of one paragraph are kept together."""

    def __init__(self, levels: Mapping[float, int]) -> None:
        self._levels = levels
        self._out: list[str] = []
        self._paragraph: list[str] = []
        self._previous: Line | None = None
        self._heading = 0  # level of the heading that was written last, with nothing after it
        self._table: tuple[str, ...] = ()  # header of the table that was written last

    def open_page(self, number: int) -> None:
        self._close()
        self._previous, self._heading = None, 0
        self._out.append(f"{PAGE_MARK}{number}{PAGE_MARK}")

    def add_text(self, text: str) -> None:
        self._out.append(text)
        self._table = ()

    def add_table(self, table: Table) -> None:
        self._close()
        header, rows = table.rows[0], list(table.rows[1:])
        # A table that goes on upon the next page keeps the names of its columns.
        if self._table and self._opens_page() and len(header) == len(self._table):
            if header != self._table:
                rows.insert(0, header)
            header = self._table
        lines = [_row(header), "|" + "---|" * len(header), *map(_row, rows)]
        self._out.append("\n".join(lines))
        self._table, self._previous, self._heading = header, None, 0

    def add_line(self, line: Line) -> None:
        level = self._level(line)
        if level:
            self._add_heading(line, level)
        else:
            if self._starts_paragraph(line):
                self._close()
            self._heading = 0
            self._paragraph.append(_BULLET.sub("- ", _MARKUP.sub(r"\\\1", line.text)))
        self._previous, self._table = line, ()

    def finish(self) -> str:
        self._close()
        return "\n\n".join(self._out)

    def _opens_page(self) -> bool:
        return bool(self._out) and self._out[-1].startswith(PAGE_MARK)

    def _close(self) -> None:
        if self._paragraph:
            self._out.append("\n".join(self._paragraph))
            self._paragraph = []

    def _add_heading(self, line: Line, level: int) -> None:
        self._close()
        goes_on = self._heading == level and not self._is_far(line) and not _opens(line.text)
        if goes_on and len(self._out[-1]) + len(line.text) < LONGEST_HEADING * 2:
            self._out[-1] += " " + line.text
        else:
            self._out.append("#" * level + " " + line.text)
        self._heading = level

    def _level(self, line: Line) -> int:
        text = line.text
        if len(text) > LONGEST_HEADING or not _LETTER.search(text):
            return 0
        if found := self._levels.get(line.size, 0):
            return found
        if text.endswith(_ENDS) or (self._paragraph and not self._starts_paragraph(line)):
            return 0
        marked = line.bold or _CHAPTER.match(text) or _is_capital(text)
        return BOLD_LEVEL if marked else 0

    def _starts_paragraph(self, line: Line) -> bool:
        if self._previous is None or self._heading or _ITEM.match(line.text):
            return True
        return self._is_far(line)

    def _is_far(self, line: Line) -> bool:
        previous = self._previous
        if previous is None:
            return True
        step = previous.box[1] - line.box[1]
        return step < 0 or step > FARTHER * max(line.size, previous.size, 1.0)


def _opens(text: str) -> bool:
    return bool(_CHAPTER.match(text) or _NUMBERED.match(text))


def _is_capital(text: str) -> bool:
    letters = _LETTER.findall(text)
    return len(letters) >= 8 and text == text.upper() and " " in text


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _running_titles(pages: Sequence[Page]) -> frozenset[_Title]:
    """Texts that stand at the same height of many pages, whatever number they carry."""
    seen: Counter[_Title] = Counter()
    for page in pages:
        edges = (*page.lines[:EDGE_LINES], *page.lines[-EDGE_LINES:])
        seen.update({_title(line) for line in edges})
    often = max(2, len(pages) * 3 // 5)
    return frozenset(title for title, count in seen.items() if count >= often)


def _title(line: Line) -> _Title:
    return _DIGITS.sub("#", line.text), round(line.box[1] / 4)


def _levels(pages: Sequence[Page]) -> dict[float, int]:
    """Levels of headings by the size of their letters."""
    weight: Counter[float] = Counter()
    for page in pages:
        for line in page.lines:
            weight[line.size] += len(line.text)
    if not weight:
        return {}
    body = weight.most_common(1)[0][0]
    larger = sorted((size for size in weight if size > body * LARGER), reverse=True)
    steps: list[float] = []
    levels = {}
    for size in larger:
        if not steps or steps[-1] - size > 0.6:  # sizes differ a little by rounding
            steps.append(size)
        levels[size] = min(len(steps), BOLD_LEVEL - 1)
    return levels


def _items(page: Page, running: frozenset[_Title]) -> Iterator[Line | Table]:
    """Lines without running titles; the lines of a table give way to the table."""
    left = list(page.tables)
    for line in _body(page.lines, running):
        middle = (line.box[0] + 2, (line.box[1] + line.box[3]) / 2)
        inside = next((table for table in page.tables if table.holds(*middle)), None)
        if inside is None:
            yield line
        elif inside in left:
            left.remove(inside)
            yield inside
    yield from left


def _body(lines: Sequence[Line], running: frozenset[_Title]) -> Sequence[Line]:
    """Without what stands at the edges of every page, counted from the very edge."""
    first, last = 0, len(lines)
    while first < min(EDGE_LINES, last) and _is_running(lines[first], running):
        first += 1
    least = max(first, len(lines) - EDGE_LINES)
    while last > least and _is_running(lines[last - 1], running):
        last -= 1
    return lines[first:last]


def _is_running(line: Line, running: frozenset[_Title]) -> bool:
    if _CHAPTER.match(line.text):
        return False
    return bool(_PAGE_NUMBER.match(line.text)) or _title(line) in running
