"""Small real files of every format, made for a test: the repository keeps no binaries."""

from __future__ import annotations

import io
import zipfile

import pypdfium2
import typst

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
P = "http://schemas.openxmlformats.org/package/2006/relationships"
CT = "http://schemas.openxmlformats.org/package/2006/content-types"
DML = "http://schemas.openxmlformats.org/drawingml/2006/main"
PML = "http://schemas.openxmlformats.org/presentationml/2006/main"
S = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def pdf(source: str) -> bytes:
    """A PDF out of Typst source."""
    return bytes(typst.compile(source.encode()))


def archive(parts: dict[str, str]) -> bytes:
    """A ZIP of XML parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        for name, body in parts.items():
            target.writestr(name, '<?xml version="1.0" encoding="UTF-8"?>' + body)
    return out.getvalue()


def docx(*paragraphs: tuple[str, str]) -> bytes:
    """A Word file: pairs of style and text."""
    body = "".join(
        f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>'
        for style, text in paragraphs
    )
    return archive(
        {
            "[Content_Types].xml": f'<Types xmlns="{CT}"><Default Extension="xml" '
            'ContentType="application/xml"/></Types>',
            "word/document.xml": f'<w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>',
        }
    )


def relations(**targets: str) -> str:
    """A part of relations."""
    rows = "".join(
        f'<Relationship Id="{number}" Type="{R}/{target.split("|")[0]}" '
        f'Target="{target.split("|")[1]}"/>'
        for number, target in targets.items()
    )
    return f'<Relationships xmlns="{P}">{rows}</Relationships>'


def xlsx(sheet: str, *rows: tuple[str, str]) -> bytes:
    """A workbook with one sheet of two columns."""
    cells = "".join(
        "<row>" + "".join(f'<c t="inlineStr"><is><t>{v}</t></is></c>' for v in row) + "</row>"
        for row in rows
    )
    return archive(
        {
            "[Content_Types].xml": f'<Types xmlns="{CT}"/>',
            "_rels/.rels": relations(r1="officeDocument|xl/workbook.xml"),
            "xl/workbook.xml": f'<workbook xmlns="{S}" xmlns:r="{R}"><sheets>'
            f'<sheet name="{sheet}" sheetId="1" r:id="r1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": relations(r1="worksheet|worksheets/sheet1.xml"),
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{S}"><sheetData>{cells}</sheetData>'
            "</worksheet>",
        }
    )


def pptx(*slides: str) -> bytes:
    """A presentation, a text on each slide."""
    ids = "".join(f'<p:sldId id="{256 + n}" r:id="r{n}"/>' for n in range(len(slides)))
    shape = (
        '<p:sp><p:nvSpPr><p:cNvPr id="2" name="T"/><p:cNvSpPr/><p:nvPr/></p:nvSpPr><p:spPr/>'
        "<p:txBody><a:bodyPr/><a:p><a:r><a:t>{}</a:t></a:r></a:p></p:txBody></p:sp>"
    )
    top = f'xmlns:p="{PML}" xmlns:a="{DML}" xmlns:r="{R}"'
    links = {f"r{n}": f"slide|slides/slide{n}.xml" for n in range(len(slides))}
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{CT}"/>',
        "_rels/.rels": relations(r1="officeDocument|ppt/presentation.xml"),
        "ppt/presentation.xml": f"<p:presentation {top}><p:sldIdLst>{ids}</p:sldIdLst>"
        "</p:presentation>",
        "ppt/_rels/presentation.xml.rels": relations(**links),
    }
    for n, text in enumerate(slides):
        parts[f"ppt/slides/slide{n}.xml"] = (
            f"<p:sld {top}><p:cSld><p:spTree><p:grpSpPr/>{shape.format(text)}</p:spTree>"
            "</p:cSld></p:sld>"
        )
    return archive(parts)


def zipped(**files: bytes) -> bytes:
    """A ZIP; names with two underscores for a dot: `rules__pdf`."""
    return zip_of({name.replace("__", "."): data for name, data in files.items()})


def zip_of(files: dict[str, bytes]) -> bytes:
    """A ZIP of any names."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name, data in files.items():
            target.writestr(name, data)
    return out.getvalue()


def changed(archive_bytes: bytes, name: str, old: bytes, new: bytes) -> bytes:
    """The same office file with something else in one of its parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive_bytes)) as source, zipfile.ZipFile(out, "w") as target:
        for part in source.namelist():
            body = source.read(part)
            target.writestr(part, body.replace(old, new) if part == name else body)
    return out.getvalue()


def picture(text: str) -> bytes:
    """A PNG with words on it."""
    source = f"#set page(width: 14cm, height: auto, margin: 1cm)\n#set text(size: 16pt)\n{text}"
    return bytes(typst.compile(source.encode(), format="png", ppi=150))


def scan(*pages: str) -> bytes:
    """A PDF whose pages are but pictures of text."""
    out = pypdfium2.PdfDocument.new()
    for text in pages:
        source = pypdfium2.PdfDocument(pdf(f"#set text(size: 15pt)\n{text}"))
        bitmap = source[0].render(scale=2.5, grayscale=False)
        width, height = source[0].get_size()
        image = pypdfium2.PdfImage.new(out)
        image.set_bitmap(bitmap)
        image.set_matrix(pypdfium2.PdfMatrix().scale(width, height))
        page = out.new_page(width, height)
        page.insert_obj(image)
        page.gen_content()
    body = io.BytesIO()
    out.save(body)
    return body.getvalue()


def rtf(text: str) -> bytes:
    """Rich text in the Russian code page."""
    letters = "".join(f"\\'{byte:02x}" for byte in text.encode("cp1251"))
    return b"{\\rtf1\\ansi\\ansicpg1251 " + letters.encode() + b"}"
