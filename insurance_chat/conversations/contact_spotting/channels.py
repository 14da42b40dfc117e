"""Names of other places to talk: messengers and networks, with their nicknames and disguises."""

from __future__ import annotations

import re

# Stem and its endings; a stem may be split («ват сап», «т.е.л.е.г.а») or written with look-alikes.
_NAMES = (
    (("ватсап", "вотсап", "вацап", "воцап", "уотсап", "ватцап"), r"п?(?:[аеуыо]|ом|чик\w{0,3})?"),
    (("whatsapp", "whatsap", "watsap"), ""),
    (("телеграм",), r"м?(?:[аеуыо]|ом|чик\w{0,3})?"),
    (("телег",), r"(?:[аеуи]|ой|ами?|ах)"),
    (("telegram", "telega"), ""),
    (("вайбер", "вибер"), r"(?:[аеуы]|ом)?"),
    (("viber", "instagram", "facebook", "discord", "skype"), ""),
    (("инстаграм",), r"м?(?:[аеуыо]|ом)?"),
    (("инст",), r"(?:[аеуы]|ой|аче|ач)"),
    (("вконтакт",), r"(?:е|ике)"),
    (("фейсбук", "дискорд", "скайп", "тикток"), r"(?:[аеуы]|ом)?"),
)
_SHORT = (
    r"вотс[еу]?|ватс[еу]?|вацк\w|тг|тгшк\w|вк|вкшк\w|одноклассник(?:ах|и)|мессенджер\w{0,3}|авито|tg|vk|insta|wa|"
    r"vatsap\w?|votsap\w?|telegu|telege|ok\.ru"
)
_ALIKE = {"а": "[аa@4]", "о": "[оo0]", "е": "[еe3]", "т": "[тt]", "с": "[сc]"}
_GAP = r"[\s.\-_*|]{0,2}"


def _spread(stem: str) -> str:
    return _GAP.join(_ALIKE.get(letter, letter) for letter in stem)


def _pattern() -> str:
    long = "|".join(
        f"(?:{'|'.join(_spread(stem) for stem in stems)}){ending}" for stems, ending in _NAMES
    )
    return rf"(?<!\w)(?:{long}|{_SHORT})(?!\w)"


CHANNEL = re.compile(_pattern())
STEM = re.compile("|".join(stem for stems, _ in _NAMES for stem in stems))
