"""The PDF library, named once: its bindings are generated and carry no types."""

from __future__ import annotations

from typing import Any

import pypdfium2
import pypdfium2.raw

library: Any = pypdfium2
raw: Any = pypdfium2.raw
PdfiumError: type[RuntimeError] = pypdfium2.PdfiumError
Handle = Any  # a document, a page, the text of a page, an object on it
