"""PDF files: text with its layout, page by page; scanned pages are recognised."""

from __future__ import annotations

from collections.abc import Callable

from insurance_chat.core import sniff
from insurance_chat.knowledge.reading import scans
from insurance_chat.knowledge.reading.limits import Limits, Read
from insurance_chat.knowledge.reading.pdf_layout import to_markdown
from insurance_chat.knowledge.reading.pdf_lines import Page, read_page
from insurance_chat.knowledge.reading.pdfium import Handle, PdfiumError, library, raw
from insurance_chat.knowledge.reading.refusals import Refused

DOTS_PER_INCH = 300
MOST_DOTS = 24_000_000  # of one page; A4 at 300 dpi has 8.7 million

Progress = Callable[[str, int, int], None]  # step (`text` or `ocr`), done, of how many


def read_pdf(data: bytes, limits: Limits, progress: Progress) -> Read:
    """Read a PDF.

    Raises:
        Refused: `encrypted`, `damaged`, `too_many_pages`, `ocr_missing` when all is scanned.
    """
    try:
        document = library.PdfDocument(data)
    except PdfiumError as problem:
        locked = getattr(problem, "err_code", None) in (
            raw.FPDF_ERR_PASSWORD,
            raw.FPDF_ERR_SECURITY,
        )
        raise Refused("encrypted" if locked else "damaged") from problem
    try:
        total = len(document)
        if total > limits.max_pages:
            raise Refused("too_many_pages")
        pages = []
        for number in range(1, total + 1):
            pages.append(_page(document, number))
            progress("text", number, total)
        recognised, notes = _recognise(document, pages, limits, progress)
        title = document.get_metadata_value("Title").strip()
        return Read(sniff.PDF, to_markdown(pages, recognised), title, max(1, total), notes)
    finally:
        document.close()


def _page(document: Handle, number: int) -> Page:
    """One page; a broken one among good ones is empty."""
    try:
        page = document[number - 1]
    except PdfiumError:
        return Page(number, (), (), 0.0, scanned=False)
    try:
        return read_page(page, number)
    except (PdfiumError, ValueError, OverflowError):
        return Page(number, (), (), 0.0, scanned=False)
    finally:
        page.close()


def _recognise(
    document: Handle, pages: list[Page], limits: Limits, progress: Progress
) -> tuple[dict[int, str], tuple[str, ...]]:
    wanted = [page.number for page in pages if page.scanned]
    if not wanted:
        return {}, ()
    if not scans.usable(limits):
        if not any(page.lines for page in pages):
            raise Refused("ocr_missing")
        note = f"Страницы-сканы не прочитаны, распознавание не установлено: {_ranges(wanted)}."
        return {}, (note,)
    found: dict[int, str] = {}
    failed: list[int] = []
    for done, number in enumerate(wanted, 1):
        try:
            found[number] = "\n\n".join(scans.recognise(_picture(document, number), limits))
        except (Refused, PdfiumError, ValueError, MemoryError):
            failed.append(number)
        progress("ocr", done, len(wanted))
    notes = [f"Распознано сканов: {len(found)} — проверьте текст этих страниц: {_ranges(wanted)}."]
    if failed:
        notes.append(f"Не удалось распознать страницы: {_ranges(failed)}.")
    return found, tuple(notes)


def _picture(document: Handle, number: int) -> bytes:
    """A page as a grey picture in the simplest of formats (PGM)."""
    page = document[number - 1]
    try:
        width, height = page.get_size()
        scale = DOTS_PER_INCH / 72
        scale *= min(1.0, (MOST_DOTS / max(1.0, width * height * scale * scale)) ** 0.5)
        bitmap = page.render(scale=scale, grayscale=True)
        rows = bitmap.to_numpy()
        return f"P5\n{bitmap.width} {bitmap.height}\n255\n".encode() + bytes(rows.tobytes())
    finally:
        page.close()


def _ranges(numbers: list[int]) -> str:
    """`1–3, 7` for 1, 2, 3, 7."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ", ".join(str(one) if one == two else f"{one}–{two}" for one, two in spans)
