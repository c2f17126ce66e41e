"""Lines of the console, run one after the other beside the application, so that keys are heard meanwhile."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from typing import TypeAlias

from rnnctl.errors import RnnctlError
from rnnctl.stepping.console import Console, Outcome
from rnnctl.stepping.session import Branch, Session
from rnnctl.tui import ASKING

Came: TypeAlias = "Outcome | RnnctlError | None"
"""What came of a line; None where it was stopped."""


class Runner:
    """Runs lines of a console in the order in which they were given.

    A line that only asks, such as `horizon`, is run on a copy of the session: it can be dropped at any moment,
    and goes on by itself to an end that nobody hears of.
    """

    def __init__(self, console: Console) -> None:
        self.console = console
        self.busy = False
        """Whether a line is being run that may change the session: nobody else may then look at it."""
        self._stop = False
        self._asked: asyncio.Future[Came] | None = None
        self._waiting: deque[tuple[str, ...]] = deque()
        console.each = self._each

    @property
    def idle(self) -> bool:
        """Whether nothing is run and nothing waits."""
        return not self._waiting

    @property
    def asks(self) -> bool:
        """Whether a line is being run that only asks."""
        return self._asked is not None

    def add(self, lines: tuple[str, ...]) -> None:
        """Let lines wait for their turn; where one of them cannot be done, those behind it are not tried."""
        self._waiting.append(lines)

    def stop(self) -> None:
        """Stop the line that is being run: nothing of it is done, nor of those that wait."""
        self._stop = True
        if self._asked is not None:
            self._asked.cancel()

    async def outcomes(self) -> AsyncIterator[Came]:
        """Run what waits, and tell what came of each line."""
        while self._waiting:
            for line in self._waiting[0]:
                self._stop = False
                came = await (self._ask(line) if self._only_asks(line) else self._do(line))
                yield came
                if not isinstance(came, Outcome):
                    break
            if self._stop:
                self._waiting.clear()
            else:
                self._waiting.popleft()

    async def _do(self, line: str) -> Came:
        self.busy = True
        try:
            return await asyncio.to_thread(_attempt, self.console, line)
        finally:
            self.busy = False

    def _only_asks(self, line: str) -> bool:
        try:
            command, _ = self.console.read(line)
        except RnnctlError:  # which is told when it is run
            return False
        return command is not None and command.topic == "ask"

    async def _ask(self, line: str) -> Came:
        """Run a line on a copy of the session, and write it down once it is done; None where it is dropped before."""
        aside = Console(_copied(self.console.session), self.console.run_of)
        executor = ThreadPoolExecutor(1, ASKING)
        asked = asyncio.get_running_loop().run_in_executor(executor, _attempt, aside, line)
        executor.shutdown(wait=False)
        self._asked = asked
        try:
            await asyncio.wait({asked})
        finally:
            asked.cancel()
            self._asked = None
        came = None if asked.cancelled() else asked.result()
        if isinstance(came, Outcome):
            try:
                self.console.script += aside.script
                self.console.write_down()
            except RnnctlError as error:
                return error
        return came

    def _each(self) -> None:
        if self._stop:
            raise KeyboardInterrupt


def _attempt(console: Console, line: str) -> Came:
    try:
        return console.run(line)
    except RnnctlError as error:
        return error
    except KeyboardInterrupt:
        return None


def _copied(session: Session) -> Session:
    """A session that stands where this one does, and shares nothing with it that changes."""
    other = copy(session)
    other.branches = {name: Branch(list(branch.moments), branch.at) for name, branch in session.branches.items()}
    return other
