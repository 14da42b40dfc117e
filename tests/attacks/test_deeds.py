"""What an obedient model is ordered to do: sell cheap, agree, choose, leave, send, call people."""

from __future__ import annotations

import pytest

from tests.attacks.attack import Attack, attacks, sentence
from tests.attacks.stage import Stage

GROUPS = ("direct", "decisions", "hijack", "fields")


@pytest.mark.parametrize("attack", attacks(*GROUPS), ids=sentence)
async def test_the_model_obeys_and_nothing_comes_of_it(attack: Attack, stage: Stage) -> None:
    await stage.withstands(attack)
