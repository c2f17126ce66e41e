"""Lines of the console, run one after the other beside the application, so that keys are heard meanwhile."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator

from rnnctl.errors import RnnctlError
from rnnctl.stepping.console import Console, Outcome


class Runner:
    """Runs lines of a console in the order in which they were given."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.busy = False
        """Whether a line is being run: nobody else may then look at the session."""
        self._stop = False
        self._waiting: deque[tuple[str, ...]] = deque()
        console.each = self._each

    @property
    def idle(self) -> bool:
        """Whether nothing is run and nothing waits."""
        return not self._waiting

    def add(self, lines: tuple[str, ...]) -> None:
        """Let lines wait for their turn; where one of them cannot be done, those behind it are not tried."""
        self._waiting.append(lines)

    def stop(self) -> None:
        """Stop the line that is being run: nothing of it is done, nor of those that wait."""
        self._stop = True

    async def outcomes(self) -> AsyncIterator[Outcome | RnnctlError | None]:
        """Run what waits, and tell what came of each line: None where it was stopped."""
        while self._waiting:
            for line in self._waiting[0]:
                self._stop, self.busy = False, True
                try:
                    came = await asyncio.to_thread(self._attempt, line)
                finally:
                    self.busy = False
                yield came
                if not isinstance(came, Outcome):
                    break
            if self._stop:
                self._waiting.clear()
            else:
                self._waiting.popleft()

    def _attempt(self, line: str) -> Outcome | RnnctlError | None:
        try:
            return self.console.run(line)
        except RnnctlError as error:
            return error
        except KeyboardInterrupt:
            return None

    def _each(self) -> None:
        if self._stop:
            raise KeyboardInterrupt
