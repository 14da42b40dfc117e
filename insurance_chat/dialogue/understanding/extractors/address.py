"""Postal addresses of registration, put together from their parts in any usual order of writing."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from insurance_chat.dialogue.understanding.data_files import plain, stem
from insurance_chat.dialogue.understanding.extractors.found import Found
from insurance_chat.dialogue.understanding.extractors.places import Place, find_places
from insurance_chat.dialogue.understanding.text import Text

_SEPARATOR = re.compile(r"[\s,.;]*(?:(?:на|в|во|по|и|россия|рф)(?![0-9a-zа-я])[\s,.;]*){0,2}")
_B = r"(?<![0-9a-zа-я])"
_E = r"(?![0-9a-zа-я])"
_NAME = r"(?:[0-9]{1,4}(?:-?[йя]|-?го|-?ая)? )?[а-я][а-я\-]*"
_SMALL_WORDS = r"(?:на|в|во|по|и|с|со|у|от|г|город|прописка|адрес|живу|проживаю|прописан|прописана|зарегистрирован|зарегистрирована)"
_STREET_TYPE = (
    r"(?:улице|улицы|улица|улиц|ул|проспекте|проспект|пр-кт|просп|пр-т|пр|переулке|переулок|пер|бульваре|бульвар|б-р|бул|шоссе|ш|"
    r"набережная|набережной|наб|площади|площадь|пл|микрорайоне|микрорайон|мкрн|мкр|м-н|проезде|проезд|пр-д|тракте|тракт|линия|аллея|"
    r"квартал|кв-л|тупик|снт|днп)"
)
_HOUSE = r"\d{1,4}(?: ?[а-д](?![а-я]))?(?:/\d{1,3}[а-я]?)?"
_PIECES = {
    "index": re.compile(rf"(?<!\d{{4}} ){_B}\d{{6}}{_E}"),
    "region": re.compile(
        rf"{_B}(?:(?:респ|республика)\.? [а-я\-]+|[а-я\-]+(?:ая|ий|ый) (?:обл|область|край|респ|республика|ао|автономный округ){_E})\.?"
    ),
    "district": re.compile(
        rf"{_B}(?:[а-я\-]+(?:ий|ый|ой) (?:район|р-н|го){_E}|(?:район|р-н) [а-я\-]+)\.?"
    ),
    "city": re.compile(
        rf"{_B}(?:город|гор|г|поселок|пос|пгт|п|село|с|деревня|дер|д|станица|ст-ца|хутор|х|аул|рп)(?:\. ?| )"
        rf"(?![а-я]{{1,2}}{_E}|\d)(?:[а-я]+(?:[иы]й|[аяо]я|[ое]е|[иы]е|ой) (?!{_STREET_TYPE}{_E}))?(?:[а-я]+)(?:-[а-я]+){{0,2}}"
    ),
    "street": re.compile(
        rf"{_B}{_STREET_TYPE}{_E}\.? ?(?:им\.? ?|имени )?{_NAME}(?: (?!{_STREET_TYPE}{_E}|д{_E}|дом{_E}|кв{_E}|корп|стр)[а-я\-]{{2,}}){{0,3}}(?: \d{{1,2}}-[яй](?![а-я]))?|{_B}(?!{_SMALL_WORDS}{_E}){_NAME}(?: [а-я\-]{{3,}})? {_STREET_TYPE}{_E}\.?(?=[ ,.]*(?:(?:дом|д)[ .]*)?\d|[ ,.]*$)"
    ),
    "house": re.compile(rf"{_B}(?:дом|д|вл|владение|уч|участок)\.? ?#? ?{_HOUSE}{_E}"),
    "building": re.compile(
        rf"{_B}(?:(?:корпус|корп|кор|к|строение|стр)\.? ?\d{{1,3}}[а-я]?|(?:корпус|литера|лит)\.? ?[а-я]){_E}"
    ),
    "flat": re.compile(rf"{_B}(?:квартира|кв|офис|оф|комната|ком|пом)\.? ?#? ?\d{{1,5}}{_E}"),
}
_BARE_HOUSE = re.compile(
    rf"{_B}{_HOUSE}(?: ?(?:к|корп|стр)\.? ?\d{{1,2}})?(?! ?(?:лс|л\.|лет|год|мес|квт)|-[яй](?![а-я])){_E}"
)
_DASH = re.compile(r"- ?")
_BARE_FLAT = re.compile(rf"{_B}\d{{1,4}}{_E}")
_BARE_STREET = re.compile(
    rf"{_B}(?P<name>(?:\d{{1,3}} лет |\d{{1,4}}(?:-?[йя]|-?го|-?ая)? )?[а-я][а-я\-]{{3,}}(?: [а-я\-]{{4,}})?)(?: |, ?)(?=(?:д|дом)?\.? ?\d{{1,4}}(?:[а-д]|/\d+)?(?:{_E}|[ ,\-]))"
)
_LABEL = re.compile(
    r"(?:адрес\w*|прописк\w*|прописан\w?|зарегистрирован\w*|регистраци\w+|проживаю|живу)[ :\-—]*(?:по адресу|регистрации|собственника)?[ :\-—]*(?:в )?$"
)
_NOMINATIVE = {"улице": "улица", "проспекте": "проспект", "переулке": "переулок", "бульваре": "бульвар", "площади": "площадь",
               "микрорайоне": "микрорайон", "проезде": "проезд", "тракте": "тракт", "набережной": "набережная"}  # fmt: skip
_IN_CASE = re.compile(rf"(?<![а-яё])(?:{'|'.join(_NOMINATIVE)})(?![а-яё])", re.IGNORECASE)
_NICKNAMES = {"спб", "питер", "питере", "петербург", "мск", "екб", "нск", "с-пб"}
_NOT_STREET = {"стаж", "мощность", "год", "паспорт", "водитель", "права", "телефон", "номер", "серия", "солярис", "около", "всего", "хочу", "надо", "осаго"}  # fmt: skip


@dataclass(slots=True)
class _Draft:
    start: int
    end: int
    parts: dict[str, str] = field(default_factory=dict)
    place: Place | None = None


def find_addresses(text: Text, expected: bool = False) -> list[Found]:
    """Addresses as `{"text", "region", "city"}` with spans.

    `region` is the title of the subject, `city` that of the town, None when not recognised.
    Problem: `address_house` (a street or a town without a house). An address that was asked for
    may lack the town: the flow asks for the region then.
    A town alone is not an address unless an address was asked for.
    """
    places = find_places(text)
    found: list[Found] = []
    at = 0
    for start in _starts(text, places):
        if start < at:
            continue
        draft = _read(text, places, start, expected)
        one = _judge(text, draft, expected)
        if one:
            found.append(one)
            at = draft.end
    return found


def _starts(text: Text, places: list[Found]) -> list[int]:
    names = ("index", "region", "city", "street", "house")
    starts = {match.start() for name in names for match in _PIECES[name].finditer(text.flat)}
    return sorted(starts | {place.start for place in places})


def _read(text: Text, places: list[Found], start: int, expected: bool) -> _Draft:
    by_start = {place.start: place for place in places}
    draft = _Draft(start, start)
    at = start
    while True:
        taken = _piece(text, by_start, draft, at, expected)
        if taken is None:
            return draft
        draft.end = taken
        separator = _SEPARATOR.match(text.flat, taken)
        at = separator.end() if separator else taken


def _piece(
    text: Text, places: dict[int, Found], draft: _Draft, at: int, expected: bool
) -> int | None:
    place = places.get(at)
    ends = "house" in draft.parts and not {"city", "region"} & draft.parts.keys()
    if place and ("street" not in draft.parts or ends):
        region = place.value.title == place.value.subject
        name = "region" if region and " " in place.value.title else "city"
        name = "city" if name in draft.parts else name
        draft.parts[name] = _place_name(text.raw(place.start, place.end), place.value)
        draft.place = place.value if draft.place is None or not region else draft.place
        return place.end
    for name, pattern in _PIECES.items():
        match = pattern.match(text.flat, at)
        if match and name not in draft.parts and match.end() > at:
            return _accept(text, places, draft, name, match.start(), match.end())
    return _bare(text, draft, at, expected)


def _place_name(typed: str, place: Place) -> str:
    """«в Казани» and «спб» as the full name; a suburb keeps the name that was typed."""
    same = [stem(word) for word in re.split(r"[ \-]+", plain(typed))] == [
        stem(word) for word in re.split(r"[ \-]+", plain(place.title))
    ]
    return place.title if same or plain(typed) in _NICKNAMES else typed


def _accept(
    text: Text, places: dict[int, Found], draft: _Draft, name: str, start: int, end: int
) -> int:
    inside = next((one for one in places.values() if start <= one.start < end), None)
    if inside and inside.end > end and name == "city":
        end = inside.end  # «г. нижний новгород»: the mark alone takes one word
    draft.parts[name] = _shown(text, start, end)
    inside = inside if inside and inside.end <= end else None
    if name in {"city", "region"} and inside:
        draft.place = inside.value if draft.place is None or name == "city" else draft.place
    return end


def _shown(text: Text, start: int, end: int) -> str:
    """As typed; dictated numbers («дом пять») as digits."""
    typed = text.raw(start, end)
    said = any(char.isdigit() for char in text.flat[start:end])
    typed = text.flat[start:end] if said and not any(map(str.isdigit, typed)) else typed
    return _IN_CASE.sub(lambda match: _NOMINATIVE[match[0].lower()], typed)


def _bare(text: Text, draft: _Draft, at: int, expected: bool) -> int | None:
    """Parts without their marks: «москва ленина 1 2», «ул Ленина 5, 12»."""
    parts = draft.parts
    if "street" not in parts and ("city" in parts or "region" in parts) and "house" not in parts:
        match = _BARE_STREET.match(text.flat, at)
        labelled = _LABEL.search(text.flat[max(0, draft.start - 40) : draft.start])
        flat_follows = re.search(r"кв\.? ?\d", text.flat[at : at + 60])
        if (
            match
            and match["name"].split(" ")[0] not in _NOT_STREET
            and (expected or labelled or flat_follows)
        ):
            parts["street"] = text.raw(match.start("name"), match.end("name"))
            return match.end("name")
    if "street" in parts and "house" not in parts:
        match = _BARE_HOUSE.match(text.flat, at)
        if match:
            parts["house"] = _shown(text, *match.span())
            return match.end()
    if "house" in parts and "flat" not in parts and "street" in parts:
        dash = _DASH.match(text.flat, at)
        match = _BARE_FLAT.match(text.flat, dash.end() if dash else at)
        if match:
            parts["flat"] = _shown(text, *match.span())
            return match.end()
    return None


def _judge(text: Text, draft: _Draft, expected: bool) -> Found | None:
    parts = draft.parts
    labelled = bool(_LABEL.search(text.flat[max(0, draft.start - 40) : draft.start]))
    solid = (
        "street" in parts
        or ("city" in parts and "house" in parts)
        or ("house" in parts and "flat" in parts)
    )
    if not solid and not ((expected or labelled) and parts and parts.keys() != {"house"}):
        return None
    label = "address" if labelled else ""
    if "house" not in parts and "flat" not in parts:
        return Found("address", draft.start, draft.end, None, "address_house", label)
    if not {"city", "region"} & parts.keys() and not (expected or labelled or len(parts) >= 3):
        return None
    return Found("address", draft.start, draft.end, _value(draft), None, label)


def _value(draft: _Draft) -> dict[str, str | None]:
    order = ("index", "region", "district", "city", "street", "house", "building", "flat")
    marks = {"house": "д. ", "flat": "кв. "}
    shown = []
    for name in order:
        part = draft.parts.get(name)
        if part:
            mark = marks.get(name, "") if part[0].isdigit() else ""
            shown.append(mark + _capitals(part))
    return address_value(", ".join(shown), draft.place)


def address_value(words: str, place: Place | None) -> dict[str, str | None]:
    """The JSON value of an address slot: the words as they go to an insurer, and where it is."""
    city = place.title if place and place.is_town else None
    shown = ", ".join(map(_capitals, words.split(", ")))
    return {"text": shown, "region": place.subject if place else None, "city": city}


_SMALL = re.compile(
    rf"(?:{_STREET_TYPE}|город|гор|г|поселок|посёлок|пос|пгт|п|село|с|деревня|дер|д|дом|обл|область|край|район|р-н|корпус|корп|к|"
    r"строение|стр|квартира|кв|офис|оф|им|имени|на|ао|в)"
)


def _capitals(part: str) -> str:
    """Names of places with a capital letter, words such as «ул» as they are."""
    if part != part.lower():
        return part
    return re.sub(
        r"[а-яё]+(?:-[а-яё]+)*",
        lambda match: (
            "-".join(map(_capital, match[0].split("-")))
            if not _SMALL.fullmatch(match[0])
            else match[0]
        ),
        part,
    )


def _capital(word: str) -> str:
    return word if len(word) == 1 or _SMALL.fullmatch(word) else word.capitalize()
