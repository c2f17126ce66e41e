"""How the application ends: told to by a signal, or by a mistake in it, which the command line tells."""

from __future__ import annotations

import asyncio
import signal
import threading
from contextlib import suppress

from textual.app import App
from textual.worker import WorkerFailed


class Ending(App[None]):
    """An application that ends in order, and prints nothing when it breaks off."""

    broke: BaseException | None = None
    """The mistake that it broke off with."""

    def end_on_signals(self) -> None:
        """Let it end in order when the terminal is closed, or the process is told to end."""
        if threading.current_thread() is threading.main_thread():
            for name in ("SIGTERM", "SIGHUP"):
                with suppress(AttributeError, NotImplementedError):  # as on Windows
                    asyncio.get_running_loop().add_signal_handler(getattr(signal, name), self.exit)

    def raise_what_broke_it(self) -> None:
        """Raise the mistake that it broke off with, if it did; the terminal is by then as it was before."""
        if self.broke is not None:
            raise self.broke
        if self.return_code:
            raise RuntimeError("the full-screen stepper broke off")

    def _handle_exception(self, error: Exception) -> None:
        """Keep what was raised; that it ends is all that is wanted of Textual."""
        self.broke = self.broke or (error.error if isinstance(error, WorkerFailed) else error)
        super()._handle_exception(error)

    def _print_error_renderables(self) -> None:
        """Print nothing: Textual would print a traceback of its own, with all that stood in the frames."""
        self._exit_renderables.clear()
