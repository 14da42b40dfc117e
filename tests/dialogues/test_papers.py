"""A photo of a certificate in the middle of a sale, through recognition and all."""

from __future__ import annotations

import pytest

from insurance_chat.knowledge.reading import scans
from insurance_chat.knowledge.reading.limits import Limits
from tests.support import papers as samples
from tests.support.office_files import picture
from tests.support.papers import lines
from tests.support.world import World

OCR = pytest.mark.skipif(
    not scans.usable(Limits()), reason="tesseract with Russian is not installed"
)


@OCR
async def test_a_photo_is_shown_confirmed_and_the_sale_goes_on(world: World) -> None:
    await world.reset()
    talk = await world.begin()
    for text in ("хочу осаго", "согласен"):
        await world.say(talk, text)

    (reply,) = await world.send(talk, {"IMG_1.png": picture(lines(samples.STS))}, None)
    assert "Прочитал в документе (СТС)" in reply.text
    assert "• госномер: А123ВС196" in reply.text
    assert "plate" not in (await world.dialogue(talk))["slots"]

    (reply,) = await world.say(talk, "да")
    slots = (await world.dialogue(talk))["slots"]
    assert (slots["plate"], slots["vin"]) == ("А123ВС196", "XTA219010J0123456")
    assert slots["make_model"] == {"brand": "LADA", "model": "Granta"}
    assert reply.metadata["expects"] == "owner_birth_date"


async def test_nothing_of_a_document_is_logged_and_nothing_but_what_was_taken_is_kept(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    await world.reset()
    talk = await world.begin()
    await world.say(talk, "хочу осаго")
    await world.say(talk, "согласен")
    secret = "Выдан отделом полиции Н-ского района\n"
    await world.send(talk, {"паспорт.txt": samples.PASSPORT + samples.ZONE + secret}, None)

    told = capsys.readouterr()
    assert not [word for word in ("ИВАНОВ", "4510123456", "Н-ского") if word in told.out + told.err]
    kept = [await world.bodies(talk), await world.dialogue(talk)]
    assert "4510123456" in str(kept)
    assert "Н-ского" not in str(kept)
    assert "4511234569RUS" not in str(kept)
