"""Delivers updates to webhooks: one after another, again and again until 2xx.

Source: https://core.telegram.org/bots/api#setwebhook.
"""

from __future__ import annotations

import asyncio

import httpx

from insurance_chat.sandbox.calling import http_client
from insurance_chat.sandbox.store import Doc
from insurance_chat.sandbox.telegram.world import World

#: Pauses between attempts, seconds before the time scale; the last one repeats.
RETRY_AFTER = (1.0, 2.0, 5.0, 10.0, 30.0)
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the name of a header


class WebhookCourier:
    """One task for each bot that has a webhook and something to deliver."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._tasks: dict[int, asyncio.Task[None]] = {}

    def wake(self, bot: int) -> None:
        """Start delivering if nobody is at it."""
        task = self._tasks.get(bot)
        if task is not None and not task.done():
            return
        if self._world.bot(bot)["webhook"] and self._world.next_update(bot):
            task = asyncio.get_running_loop().create_task(self._run(bot))
            self._tasks[bot] = task
            task.add_done_callback(lambda ended: None if ended.cancelled() else self.wake(bot))

    def start(self) -> None:
        """Go on with what an earlier process has left."""
        for bot in self._world.bots():
            self.wake(bot["id"])

    async def stop(self) -> None:
        """Stop; what waits stays stored."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _run(self, bot: int) -> None:
        attempt = 0
        async with http_client() as client:
            while True:
                hook, update = self._world.bot(bot)["webhook"], self._world.next_update(bot)
                if not hook or not update:
                    return
                problem = await self._post(client, hook, update)
                if problem is None:
                    attempt = 0
                    self._world.confirm(bot, update["update_id"])
                    continue
                self._note(bot, problem)
                pause = RETRY_AFTER[min(attempt, len(RETRY_AFTER) - 1)]
                attempt += 1
                await asyncio.sleep(max(self._world.sandbox.wait_seconds(pause), 0.02))

    async def _post(self, client: httpx.AsyncClient, hook: Doc, update: Doc) -> str | None:
        """What went wrong, or None."""
        headers = {SECRET_HEADER: hook["secret"]} if hook["secret"] else {}
        try:
            for _ in range(1 + self._world.behaviour.duplicate):
                answer = await client.post(hook["url"], json=update, headers=headers)
        except httpx.HTTPError as error:
            return f"Connection failed: {type(error).__name__}"
        if answer.is_success:
            return None
        return f"Wrong response from the webhook: {answer.status_code} {answer.reason_phrase}"

    def _note(self, bot: int, problem: str) -> None:
        doc = self._world.bot(bot)
        if doc["webhook"]:
            hook = doc["webhook"] | {"error": problem, "error_at": self._world.now()}
            self._world.keep_bot(doc | {"webhook": hook})
