"""`rnnctl verify-resume CONFIG`: train in one go and in pieces, in processes of their own, and compare every bit."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from rnnctl.cli.arguments import ConfigPath, Json, Settings, open_with_warnings
from rnnctl.errors import Diagnostic, UsageError
from rnnctl.runs.files import as_json
from rnnctl.runs.verify import Part, compare, in_one_go, in_pieces

DIFFERS = 10
"""The exit code where the bits differ."""


def command(
    config: ConfigPath,
    settings: Settings = None,
    updates: Annotated[int, typer.Option("--updates", metavar="N", min=2, help="How many updates to make.")] = 100,
    pieces: Annotated[int, typer.Option("--pieces", metavar="K", min=2, help="In how many pieces.")] = 4,
    json_: Json = False,
) -> None:
    """Show that a config's training can be stopped and gone on with, to the same bits.

    It makes N updates in one go, and as many in K pieces, each in a process of its own that goes on from the
    checkpoint of the one before. Then it compares every bit of weights, optimizer, carry and metrics, and exits
    with 10 where one differs. Nothing is kept.
    """
    import tempfile

    if pieces > updates:
        raise _too_few(updates, pieces)
    resolved = open_with_warnings(config, settings)
    with tempfile.TemporaryDirectory(prefix="rnnctl-") as folder:
        print(f"in one go: {updates} updates", file=sys.stderr)
        whole = in_one_go(config, Path(folder) / "whole", resolved.name, settings or (), updates)
        done = whole.updates
        if pieces > done:
            raise _too_few(done, pieces, "its training has no more; ")
        cut = in_pieces(whole, Path(folder) / "pieces", pieces, partial(_told, pieces))
        found = list(compare(whole.run, cut))
    difference = next((part.difference for part in found if part.difference is not None), None)
    if json_:
        compared = {part.name: part.amount for part in found}
        about = {"identical": difference is None, "updates": done, "pieces": pieces}
        print(as_json({**about, "compared": compared, "difference": difference}))
    else:
        print("\n".join(_table(found)))
        what = f"{done} updates in one go and in {pieces} piece{'s' * (pieces != 1)}"
        print(f"identical: {what}" if difference is None else f"different: {what}: {difference}")
    if difference is not None:
        raise typer.Exit(DIFFERS)


def _too_few(updates: int, pieces: int, why: str = "") -> UsageError:
    made = f"{updates} update{'s' * (updates != 1)}"
    message = f"{made} cannot be made in {pieces} pieces: a piece makes one at least"
    return UsageError(
        Diagnostic(message, help=f"{why}--pieces {updates} or fewer" if updates > 1 else why + "train longer")
    )


def _told(pieces: int, number: int, count: int) -> None:
    print(f"piece {number} of {pieces}: {count} update{'s' * (count != 1)}", file=sys.stderr)


def _table(found: Sequence[Part]) -> Iterator[str]:
    width = max(len(part.name) for part in found)
    for part in found:
        yield f"{part.name:<{width}}  {'same' if part.difference is None else 'DIFFERENT':<9}  {part.amount}"
