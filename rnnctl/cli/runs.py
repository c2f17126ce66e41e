"""`rnnctl runs`: what has been trained: listed, shown, compared, and removed."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from rnnctl.cli.arguments import Json, RunsFolder
from rnnctl.errors import Diagnostic, RnnctlError, UsageError, nearest
from rnnctl.report.strip import look_at
from rnnctl.runs.entries import Entry, Status, entries, entry_at
from rnnctl.runs.listing import FOLDER as RUNS

app = typer.Typer(help="The runs there are: list, show, compare, remove and prune them.")

Names = Annotated[
    list[str] | None,
    typer.Option("--name", metavar="GLOB", help="Only runs of this name, as 'sine-*'; repeatable."),
]
Statuses = Annotated[list[Status] | None, typer.Option("--status", help="Only runs of this status; repeatable.")]
Where = Annotated[
    list[str] | None,
    typer.Option(
        "--where",
        metavar="CONDITION",
        help="Only runs with this setting or metric, as training.window=64 or 'test.mse<0.5'; repeatable.",
    ),
]
Sort = Annotated[
    str | None,
    typer.Option("--sort", metavar="KEY", help="Order by a setting or metric, as test.mse; -test.mse: highest first."),
]
Limit = Annotated[int | None, typer.Option("--limit", metavar="N", min=1, help="List so many runs at most.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Remove without asking.")]
RunNames = Annotated[list[str], typer.Argument(metavar="RUN...", help="Runs by their names.", show_default=False)]


@app.callback(invoke_without_command=True)
def runs_(
    context: typer.Context,
    name: Names = None,
    status: Statuses = None,
    where: Where = None,
    sort: Sort = None,
    limit: Limit = None,
    runs: RunsFolder = RUNS,
    json_: Json = False,
) -> None:
    """List the runs there are, the newest first; `show`, `compare`, `remove` and `prune` do more with them."""
    if context.invoked_subcommand is None:
        _list(name, status, where, sort, limit, runs, json_)
    elif name or status or where or sort or limit or json_ or runs != RUNS:
        below = context.invoked_subcommand
        raise UsageError(Diagnostic("options stand behind the command", help=f"usage: rnnctl runs {below} [OPTIONS]"))


@app.command("list")
def list_(
    name: Names = None,
    status: Statuses = None,
    where: Where = None,
    sort: Sort = None,
    limit: Limit = None,
    runs: RunsFolder = RUNS,
    json_: Json = False,
) -> None:
    """List the runs there are, the newest first."""
    _list(name, status, where, sort, limit, runs, json_)


def _list(
    names: list[str] | None,
    statuses: list[Status] | None,
    where: list[str] | None,
    sort: str | None,
    limit: int | None,
    root: Path,
    json_: bool,
) -> None:
    from rnnctl.runs.select import FIELDS, condition, in_order, order_key, select, value_of
    from rnnctl.runs.settings import MISSING

    conditions = [condition(text) for text in where or ()]
    by = order_key(sort) if sort is not None else None
    every = entries(root)
    found, unknown = select(every, names or (), statuses or (), conditions)
    keys = list(dict.fromkeys([*(one.key for one in conditions), *([by] if by is not None else [])]))
    _tell_unknown(every, unknown)
    if by is not None and found and by not in unknown and all(value_of(entry, by) is MISSING for entry in found):
        _tell_unknown(every, [by], "none of these runs")
    found = (in_order(found, sort) if sort is not None else found)[:limit]
    if json_:
        print(_json([_plain(entry, keys) for entry in found]))
    elif found:
        from rnnctl.report.runs import list_lines

        print("\n".join(list_lines(found, [key for key in keys if key not in FIELDS], look_at(sys.stdout))))
    else:
        told = f"none of {len(every):,} runs in '{root}' is meant" if every else f"there are no runs in '{root}'"
        print(Diagnostic(told, severity="warning"), file=sys.stderr)


def _tell_unknown(every: list[Entry], keys: list[str], who: str = "no run") -> None:
    """Warn of keys that no run has."""
    from rnnctl.runs.select import meant

    for key in keys:
        guess = meant(every, key)
        help_text = f"did you mean '{guess}'?" if guess not in (None, key) else None
        print(Diagnostic(f"{who} has '{key}'", severity="warning", help=help_text), file=sys.stderr)


def _plain(entry: Entry, keys: list[str]) -> dict[str, Any]:
    from rnnctl.runs.select import value_of
    from rnnctl.runs.settings import MISSING

    asked = {key: None if (found := value_of(entry, key)) is MISSING else found for key in keys}
    record = {key: value for key, value in entry.record.items() if key not in ("format", "name", "status")}
    about = {"name": entry.name, "path": str(entry.path), "status": str(entry.status), "trouble": entry.trouble}
    return {**about, "link": entry.link, "config": entry.record.get("name"), **record, "asked": asked}


@app.command()
def show(
    run: Annotated[
        str | None,
        typer.Argument(
            metavar="RUN", help="A run by its name or directory; without it, the newest.", show_default=False
        ),
    ] = None,
    runs: RunsFolder = RUNS,
    json_: Json = False,
) -> None:
    """Show a run: what its record says, how its losses went, and its final metrics."""
    from rnnctl.runs.comparison import whole_record
    from rnnctl.runs.curves import course
    from rnnctl.runs.removal import size

    entry = _found(run, runs)
    record, went = whole_record(entry), course(entry.path)
    if json_:
        about = {**_plain(entry, []), "trouble": entry.trouble or went.trouble, "bytes": size(entry.path)}
        print(_json({**about, "record": record, "epochs": list(went.epochs)}))
        return
    from rnnctl.report.runs import show_lines

    print("\n".join(show_lines(entry, record, went, size(entry.path), look_at(sys.stdout))))


@app.command()
def compare(run: RunNames, runs: RunsFolder = RUNS, json_: Json = False) -> None:
    """Show the settings in which runs differ beside the metrics in which they differ, and their curves."""
    from rnnctl.runs.comparison import compared

    if len(run) < 2:
        raise UsageError(Diagnostic("compare needs two runs or more", help="usage: rnnctl runs compare RUN RUN..."))
    found = compared([_found(name, runs) for name in run])
    if json_:
        print(_json(found.as_dict()))
        return
    from rnnctl.report.runs import compare_lines

    print("\n".join(compare_lines(found, look_at(sys.stdout))))


@app.command()
def remove(run: RunNames, yes: Yes = False, runs: RunsFolder = RUNS, json_: Json = False) -> None:
    """Remove runs and all that is in their directories. In a terminal it asks before."""
    from rnnctl.runs.removal import chosen

    _remove(chosen(runs, run), runs, yes=yes, json_=json_)


@app.command()
def prune(
    keep: Annotated[int | None, typer.Option("--keep", metavar="N", min=0, help="Keep the N newest runs.")] = None,
    older: Annotated[
        float | None, typer.Option("--older", metavar="N", min=0, help="Only runs last trained over N days ago.")
    ] = None,
    unfinished: Annotated[bool, typer.Option("--unfinished", help="Only runs that have not finished.")] = False,
    name: Names = None,
    status: Statuses = None,
    where: Where = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be removed, and remove nothing.")] = False,
    yes: Yes = False,
    runs: RunsFolder = RUNS,
    json_: Json = False,
) -> None:
    """Remove runs by age, number, status or result, or because they never finished; one must meet all that is given.

    A run that is being trained stays, and so does a link.
    """
    from rnnctl.runs.removal import outdated
    from rnnctl.runs.select import condition, select

    if keep is None and older is None and not (unfinished or status or where):
        help_text = "give --keep N, --older N, --unfinished, --status STATUS, --where CONDITION, or several of them"
        raise UsageError(Diagnostic("prune needs to know which runs may go", help=help_text))
    conditions = [condition(text) for text in where or ()]
    every = entries(runs)
    found, unknown = select(every, name or (), status or (), conditions)
    _tell_unknown(every, unknown)
    found = outdated(found, keep=keep or 0, older=older, unfinished=unfinished, now=time.time())
    _remove(found, runs, yes=yes, dry_run=dry_run, json_=json_)


def _found(wanted: str | None, root: Path) -> Entry:
    """A run, damaged ones too; the newest where none is named. Errors: UsageError."""
    if wanted is None:
        every = entries(root)
        if not every:
            raise UsageError(Diagnostic(f"there is no run in '{root}'", help="train one first: rnnctl train CONFIG"))
        return every[0]
    for path in (Path(wanted), root / wanted):
        entry = entry_at(path)
        if entry is not None:
            return entry
    known = [entry.name for entry in entries(root)]
    guess = nearest(wanted, known)
    help_text = f"did you mean '{guess}'?" if guess else f"rnnctl runs lists the runs in '{root}'"
    raise UsageError(Diagnostic(f"there is no run '{wanted}'", help=help_text))


def _remove(found: list[Entry], root: Path, *, yes: bool, dry_run: bool = False, json_: bool = False) -> None:
    """Say what goes, ask, and remove it; what cannot be removed is told when the others are gone."""
    from rnnctl.report.runs import removal_lines
    from rnnctl.runs.removal import remove as remove_run
    from rnnctl.runs.removal import size

    sizes = [size(entry.path) for entry in found]
    if not json_:
        print("\n".join(removal_lines(found, sizes, dry_run)))
    if found and not (yes or dry_run) and not _agreed():
        return
    wrong: list[RnnctlError] = []
    gone: list[Entry] = []
    for entry in found if not dry_run else ():
        try:
            remove_run(root, entry)
            gone.append(entry)
        except RnnctlError as error:
            wrong.append(error)
    if json_:
        meant = [{"name": e.name, "status": str(e.status), "bytes": n} for e, n in zip(found, sizes, strict=True)]
        print(_json({"dry_run": dry_run, "chosen": meant, "removed": [entry.name for entry in gone]}))
    elif found and not dry_run:
        print(f"removed: {len(gone):,} of {len(found):,}")
    if wrong:
        raise type(wrong[0])(*(told for error in wrong for told in error.diagnostics))


def _agreed() -> bool:
    """Whether the user says that runs may go. Errors: UsageError where nobody can be asked."""
    if not sys.stdin.isatty():
        raise UsageError(Diagnostic("nothing was removed: there is no terminal to ask in", help="--yes removes"))
    if typer.confirm("remove?", err=True):
        return True
    print("nothing was removed", file=sys.stderr)
    return False


def _json(value: Any) -> str:
    """JSON in ASCII, so that a name whose bytes are no text is told as it is."""
    import json

    from rnnctl.runs.files import as_json

    text = as_json(value)
    return text if text.isascii() else json.dumps(json.loads(text))
