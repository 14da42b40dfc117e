"""Tables of a PDF page: where lines cross, there are cells."""

from __future__ import annotations

import ctypes
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from insurance_chat.knowledge.reading.pdfium import Handle, raw

THIN = 3.0  # points; a path narrower than this is a line
NEAR = 3.5  # points; ends that close to a line touch it
MAX_PATHS = 4000  # a drawing, not tables
MAX_CELLS = 4000
MAX_POINTS = 400
FEWEST_RULES = 3

Box = tuple[float, float, float, float]  # left, bottom, right, top


@dataclass(frozen=True, slots=True)
class Table:
    """A table: where it stands on the page and what its cells say; the first row names columns."""

    box: Box
    rows: tuple[tuple[str, ...], ...]

    def holds(self, x: float, y: float) -> bool:
        """True for a point inside."""
        left, bottom, right, top = self.box
        return left - 1 <= x <= right + 1 and bottom - 1 <= y <= top + 1


@dataclass(slots=True)
class _Line:
    at: float  # x of a vertical line, y of a horizontal one
    low: float
    high: float


def find_tables(
    page: Handle, text_of: Callable[[Box], str], runs: Sequence[Box] = ()
) -> list[Table]:
    """Tables with ruled cells, and with rules between the rows only, top to bottom.

    Args:
        page: of a PDF.
        text_of: the words inside a box.
        runs: where pieces of text stand; they tell columns that no line parts.
    """
    across, down = _lines(page)
    found = [] if down else list(_open_tables(_merged(across), runs, text_of))
    for rows, columns in _groups(_merged(across), _merged(down)):
        table = _table(rows, columns, text_of)
        if table is not None:
            found.append(table)
    return sorted(found, key=lambda table: -table.box[3])


def _lines(page: Handle) -> tuple[list[_Line], list[_Line]]:
    across: list[_Line] = []
    down: list[_Line] = []
    for number, path in enumerate(page.get_objects(filter=[raw.FPDF_PAGEOBJ_PATH], max_depth=3)):
        if number >= MAX_PATHS:
            return [], []
        for left, bottom, right, top in _strokes(path):
            if top - bottom <= THIN < right - left:
                across.append(_Line((top + bottom) / 2, left, right))
            elif right - left <= THIN < top - bottom:
                down.append(_Line((left + right) / 2, bottom, top))
    return across, down


def _strokes(path: Handle) -> Iterator[Box]:
    left, bottom, right, top = path.get_bounds()
    if top - bottom <= THIN or right - left <= THIN:
        yield left, bottom, right, top
        return
    if _is_drawn(path) and raw.FPDFPath_CountSegments(path) <= MAX_POINTS:
        for one, two in itertools.pairwise(_points(path)):
            if one is not None and two is not None:
                yield min(one[0], two[0]), min(one[1], two[1]), *_most(one, two)


def _is_drawn(path: Handle) -> bool:
    """False for a shape that is only filled: shading of a row is no border."""
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    return bool(raw.FPDFPath_GetDrawMode(path, fill, stroke) and stroke.value)


def _most(one: tuple[float, float], two: tuple[float, float]) -> tuple[float, float]:
    return max(one[0], two[0]), max(one[1], two[1])


def _points(path: Handle) -> Iterator[tuple[float, float] | None]:
    """Corners in the page's points; None where the pen is lifted."""
    matrix = path.get_matrix()
    first: tuple[float, float] | None = None
    x, y = ctypes.c_float(), ctypes.c_float()
    for number in range(raw.FPDFPath_CountSegments(path)):
        segment = raw.FPDFPath_GetPathSegment(path, number)
        raw.FPDFPathSegment_GetPoint(segment, x, y)
        point = matrix.on_point(x.value, y.value)
        if raw.FPDFPathSegment_GetType(segment) == raw.FPDF_SEGMENT_MOVETO:
            yield None
            first = point
        yield point
        if raw.FPDFPathSegment_GetClose(segment) and first is not None:
            yield first


def _merged(lines: list[_Line]) -> list[_Line]:
    """Pieces of one line joined: editors draw a border for every cell."""
    out: list[_Line] = []
    for line in sorted(lines, key=lambda one: (round(one.at / NEAR), one.low)):
        last = out[-1] if out else None
        if last and abs(last.at - line.at) <= NEAR and line.low <= last.high + NEAR:
            last.high = max(last.high, line.high)
        else:
            out.append(line)
    return out


def _groups(across: list[_Line], down: list[_Line]) -> Iterator[tuple[list[_Line], list[_Line]]]:
    """Lines that cross each other, directly or through others."""
    left = set(range(len(across)))
    while left:
        rows, columns = {left.pop()}, set[int]()
        grew = True
        while grew:
            grown = {
                n for n, one in enumerate(down) if any(_cross(across[row], one) for row in rows)
            }
            reached = {n for n in left if any(_cross(across[n], down[c]) for c in grown)}
            grew = bool(reached) or grown != columns
            columns = grown
            rows |= reached
            left -= reached
        if len(rows) > 1 and len(columns) > 2:
            yield [across[n] for n in rows], [down[n] for n in columns]


def _cross(across: _Line, down: _Line) -> bool:
    return (
        across.low - NEAR <= down.at <= across.high + NEAR
        and down.low - NEAR <= across.at <= down.high + NEAR
    )


def _open_tables(
    across: list[_Line], runs: Sequence[Box], text_of: Callable[[Box], str]
) -> Iterator[Table]:
    """Rules of one width above, between and below rows; gaps through all the text part columns."""
    alike: dict[tuple[int, int], list[_Line]] = {}
    for line in across:
        alike.setdefault((round(line.low / NEAR), round(line.high / NEAR)), []).append(line)
    for rules in alike.values():
        if len(rules) < FEWEST_RULES:
            continue
        rows, columns = _guessed(rules, runs)
        table = _table(rows, columns, text_of)
        if table is not None:
            yield table


def _guessed(rules: list[_Line], runs: Sequence[Box]) -> tuple[list[_Line], list[_Line]]:
    """Lines of such a table with those that are not drawn."""
    left, right = rules[0].low, rules[0].high
    heights = sorted(rule.at for rule in rules)
    bottom, top = heights[0], heights[-1]
    wide = [run for run in runs if left - 1 <= run[0] <= right + 1]
    inside = [run for run in wide if bottom < _middle(run) < top]
    rows = [*rules]
    step = heights[-1] - heights[-2]
    above = [run for run in wide if top < _middle(run) < top + step]
    # Rules below rows only: the names of the columns stand above the first of them.
    headed = len(above) > 1 and len(_gaps(inside)) == len(_gaps([*inside, *above])) > 0
    if headed:
        top = max(run[3] for run in above) + 1
        rows.append(_Line(top, left, right))
        inside += above
    elif len(rules) == FEWEST_RULES:  # around the header and at the end: each line is a row
        lines = _distinct(_middle(run) for run in inside)
        middles = [(one + two) / 2 for one, two in itertools.pairwise(lines)]
        rows += [_Line(at, left, right) for at in middles if at < heights[1] - NEAR]
    return rows, [_Line(x, bottom, top) for x in (left, *_gaps(inside), right)]


def _middle(run: Box) -> float:
    return (run[1] + run[3]) / 2


def _gaps(runs: Sequence[Box]) -> list[float]:
    """Middles of the spaces that no piece of text crosses."""
    out: list[float] = []
    reach: float | None = None
    for left, _, right, _ in sorted(runs):
        if reach is not None and left - reach > NEAR:
            out.append((left + reach) / 2)
        reach = right if reach is None else max(right, reach)
    return out


def _table(across: list[_Line], down: list[_Line], text_of: Callable[[Box], str]) -> Table | None:
    ys = sorted(_distinct(line.at for line in across), reverse=True)
    xs = sorted(_distinct(line.at for line in down))
    if len(ys) < 2 or len(xs) < 3 or len(ys) * len(xs) > MAX_CELLS:
        return None
    known: dict[tuple[int, int, int, int], str] = {}
    rows = []
    for row in range(len(ys) - 1):
        cells = []
        for column in range(len(xs) - 1):
            span = _span(row, column, xs, ys, across, down)
            if span not in known:
                top, bottom, first, last = span
                known[span] = text_of((xs[first], ys[bottom], xs[last], ys[top]))
            cells.append(known[span])
        if any(cells):
            rows.append(tuple(cells))
    # A single row names columns of nothing; it is read as text.
    return Table((xs[0], ys[-1], xs[-1], ys[0]), tuple(rows)) if len(rows) > 1 else None


def _distinct(places: Iterator[float]) -> list[float]:
    out: list[float] = []
    for place in sorted(places):
        if not out or place - out[-1] > NEAR:
            out.append(place)
    return out


def _span(
    row: int, column: int, xs: list[float], ys: list[float], across: list[_Line], down: list[_Line]
) -> tuple[int, int, int, int]:
    """The cell with everything that is merged with it: no line stands between."""

    def wall(edge: int, at_row: int) -> bool:
        middle = (ys[at_row] + ys[at_row + 1]) / 2
        return any(abs(d.at - xs[edge]) <= NEAR and d.low <= middle <= d.high for d in down)

    def floor(edge: int, at_column: int) -> bool:
        middle = (xs[at_column] + xs[at_column + 1]) / 2
        return any(abs(a.at - ys[edge]) <= NEAR and a.low <= middle <= a.high for a in across)

    first, last = column, column + 1
    while first > 0 and not wall(first, row):
        first -= 1
    while last < len(xs) - 1 and not wall(last, row):
        last += 1
    top, bottom = row, row + 1
    while top > 0 and not floor(top, column):
        top -= 1
    while bottom < len(ys) - 1 and not floor(bottom, column):
        bottom += 1
    return top, bottom, first, last
