"""All measurements: `python -m bench [--quick]`, the same as `make bench`; `python -m bench chat` one."""

from __future__ import annotations

import argparse
import asyncio

from bench import channels, chat_turns, pages, pull_away, search, search_quality, startup, turns


def main() -> None:
    """Print one table after another."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a minute or two, rough numbers")
    parser.add_argument(
        "part", nargs="?", choices=["chat", "pages", "channels"], help="only this measurement"
    )
    given = parser.parse_args()
    quick = given.quick
    if given.part is None:
        _all_but_chat(quick)
    if given.part in (None, "pages"):
        print("\n## Pages of the administrator\n")
        asyncio.run(pages.report(pages.QUICK if quick else pages.FULL))
    if given.part == "pages":
        return
    if given.part in (None, "channels"):
        print("\n## Messengers")
        asyncio.run(channels.report(channels.QUICK if quick else channels.FULL))
    if given.part == "channels":
        return
    print("\n## Chat API beside LangGraph\n")
    asyncio.run(chat_turns.report(chat_turns.QUICK if quick else chat_turns.FULL))


def _all_but_chat(quick: bool) -> None:
    print("\n## Start\n")
    asyncio.run(startup.measure(1 if quick else 3))
    print("\n## Turns, memory, notices\n")
    size = turns.QUICK if quick else turns.FULL
    asyncio.run(turns.report(size, [1, 16, 50]))
    print("\n## Leading clients away")
    pull_away.measure()
    print("\n## Search")
    search.measure(0 if quick else 100_000)
    print("\n## Search on several insurers, beside other engines")
    search_quality.measure_all()


if __name__ == "__main__":
    main()
