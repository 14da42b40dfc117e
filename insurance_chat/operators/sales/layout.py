"""How a flow is laid out as a form: headings, switches beside questions, what is shown on demand."""

from __future__ import annotations

from typing import Final

OFFER: Final = "offer"
MORE_DRIVERS: Final = "add_driver"
# First question of a section → its heading; the questions after it belong to the same section.
HEADINGS: Final = {
    "same_car": "Автомобиль",
    "vehicle_document": "Документ на машину и собственник",
    "policyholder_full_name": "Страхователь",
    "drivers_unlimited": "Водители",
    "start_date": "Срок и контакты",
    "same_mortgage": "Что страхуем",
    "mortgage_bank": "Кредит",
    "object_kind": "Объект",
    "policyholder_birth_date": "Заёмщик",
    "agreement_number": "Договор и адрес",
}
# Facts that a client may mention by themselves stand in the form as switches after these questions.
BESIDE: Final = {"plate": "no_plate", "drivers_unlimited": "driver_is_owner"}
# Asked for only when the flow could not find them out.
ON_DEMAND: Final = frozenset({"region"})
# What stands in the form is hidden from every reader and can only be replaced.
HIDDEN_TYPES: Final = frozenset({"passport", "license", "vehicle_document", "phone", "email"})
