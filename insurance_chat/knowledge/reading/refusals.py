"""Why a file cannot be read, in words for the administrator."""

from __future__ import annotations

from insurance_chat.core.errors import Kind, ServiceError

TEXTS = {
    "encrypted": "Файл защищён паролем. Снимите защиту и загрузите его ещё раз.",
    "damaged": "Не удалось прочитать файл: похоже, он повреждён. Пересохраните его и попробуйте ещё раз.",
    "slow": "Файл обрабатывается слишком долго. Разделите его на части и загрузите по отдельности.",
    "empty": "В файле нет текста.",
    "unsupported": "Такие файлы база знаний не читает. Подойдут PDF, DOCX, XLSX, PPTX, RTF, HTML, "
    "Markdown, обычный текст, картинки и ZIP с такими файлами.",
    "old_office": "Это файл старого формата Office. Сохраните его как DOCX, XLSX, PPTX или PDF.",
    "front_matter": "Не удалось прочитать заголовок файла между строками «---»: проверьте формат YAML.",
    "hostile": "Файл устроен так, как устроены вредоносные файлы (описание сущностей XML). "
    "Откройте его в Office и сохраните заново.",
    "bomb": "Файл слишком велик после распаковки. Разделите его на части.",
    "too_large": "Файл слишком велик. Разделите его на части и загрузите по отдельности.",
    "too_many_pages": "В документе слишком много страниц. Разделите его на части.",
    "too_much_text": "В файле слишком много текста. Разделите его на части.",
    "too_many_files": "В архиве слишком много файлов. Разделите его на части.",
    "memory": "Файл требует слишком много памяти. Разделите его на части или сохраните проще.",
    "nested": "Архив внутри архива не читается. Распакуйте его и загрузите файлы.",
    "no_files": "В архиве нет файлов, которые можно прочитать.",
    "ocr_missing": "Это скан, а распознавание текста не установлено. Установите пакеты tesseract-ocr "
    "и tesseract-ocr-rus (подскажет команда doctor) или загрузите файл с текстом.",
    "ocr_empty": "На картинке не удалось распознать текст. Загрузите более чёткий скан.",
    "archive": "Это архив: загрузите его на странице «Добавить информацию», там он будет распакован.",
}
_CODES = {"old_office": "unsupported", "bomb": "too_large", "too_many_pages": "too_large"}
_CODES |= {"too_much_text": "too_large", "too_many_files": "too_large", "ocr_empty": "empty"}
_CODES |= {"archive": "unsupported"}
_LARGE = frozenset({"too_large"})


class Refused(Exception):  # noqa: N818 - a state of the file, not a mistake of ours
    """The file gives no text.

    Args:
        reason: a key of `TEXTS`.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def refusal(reason: str) -> ServiceError:
    """The error that doors show for a reason: `kb_front_matter` or `kb_file_<code>`."""
    if reason == "front_matter":
        return ServiceError("kb_front_matter", Kind.INVALID, TEXTS[reason])
    code = _CODES.get(reason, reason)
    kind = Kind.TOO_LARGE if code in _LARGE else Kind.INVALID
    return ServiceError(f"kb_file_{code}", kind, TEXTS.get(reason, TEXTS["damaged"]))
