"""From the columns of a CSV file to sequences: who belongs to whom, and which symbol is which number."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from itertools import accumulate, groupby, islice

from rnnctl.data.mistakes import cell_place, row_place
from rnnctl.data.order import check_times
from rnnctl.data.records import Facts, Marked, Records, Signal
from rnnctl.data.spec import CsvSource, SignalKind
from rnnctl.data.table import Mistake, Sheet, Table, read_sheet, read_table, rows, told_of
from rnnctl.errors import MOST_SOUGHT, DataError, Diagnostic, Problem, SettingPath, nearest

_MOST_HELPED = 100
"""For how many columns that are not there the nearest one is looked for."""


def read_series(source: CsvSource) -> Records:
    """Read a CSV file whole, in the order of its rows, which is the order of time.

    Raises DataError: about a setting where the config names what is not there, else with the place in the
    file. The rows of one id stand together, with rising times if a column holds these; the label of a sequence
    is the same in all its rows.
    """
    _check_target(source)
    sheet = read_sheet(source.path)
    _check_names(source, sheet)
    asked = source.target
    table = _table(source, sheet)
    names, lengths = _sequences(source, sheet, table)
    if source.time is not None:
        check_times(sheet, source.time, table.texts[source.time], None if source.id is None else names, lengths)
    if (longest := max(lengths)) <= asked.ahead:
        message = f"no step has a value {asked.ahead} ahead: the longest sequence has {longest}"
        raise DataError(problems=[Problem(("data", "target", "ahead"), message, id="ahead-past-the-end")])
    if asked.each == "sequence":
        _check_labels(source, sheet, table, names, lengths)
    shown, inputs = _signal(table, source.input.kind, source.input.names)
    target, targets = _signal(table, asked.kind, asked.columns)
    where, before, after = (
        None if column is None else table.flags[column]
        for column in (asked.where, source.resets.before, source.resets.after)
    )
    if asked.ahead and (before is not None or after is not None):
        where = within_resets(where or b"\x01" * table.rows, before, after, asked.ahead)
    facts = Facts(
        input=shown,
        target=target,
        lengths=lengths,
        one_series=source.id is None,
        ahead=asked.ahead,
        each=asked.each,
        where=None if where is None else stretches(where),
        before=_marked(before, lengths),
        after=_marked(after, lengths),
    )
    return Records(facts, names, inputs, targets, where, before, after)


def _table(source: CsvSource, sheet: Sheet) -> Table:
    """The columns that the config names, each as what it is used for."""
    kinds: list[tuple[SignalKind, str]] = [(source.input.kind, name) for name in source.input.names]
    kinds += [(source.target.kind, name) for name in source.target.columns]
    numbers = [name for kind, name in kinds if kind == "number"]
    texts = [name for kind, name in kinds if kind in ("symbol", "class")]
    flags = [name for kind, name in kinds if kind == "binary"]
    texts += [column for column in (source.id, source.time) if column is not None]
    flags += [column for column in (source.target.where, *source.resets) if column is not None]
    return read_table(sheet, numbers, texts, flags)


def _marked(marks: bytes | None, lengths: Sequence[int]) -> Marked | None:
    """Where a column of resets is 1, in numbers."""
    if marks is None:
        return None
    ends = list(accumulate(lengths))
    first = sum(marks[end - length] for end, length in zip(ends, lengths, strict=True))
    return Marked(marks.count(1), first, sum(marks[end - 1] for end in ends))


def within_resets(where: bytes, before: bytes | None, after: bytes | None, ahead: int) -> bytes:
    """Leave the marks of the steps whose target, `ahead` steps on, stands on the same side of every reset."""
    marks = bytearray(where)
    for column, behind in ((before, 0), (after, 1)):
        last, at = 0, -1
        while column is not None and (at := column.find(1, at + 1)) >= 0:
            border = at + behind  # the carry goes back before this step
            start = max(last, border - ahead)
            marks[start:border] = bytes(border - start)
            last = border
    return bytes(marks)


def stretches(marks: bytes) -> tuple[int, ...]:
    """Where the stretches of ones among zeros and ones begin and end, in turn."""
    found: list[int] = []
    stop = 0
    while (start := marks.find(1, stop)) >= 0:
        stop = marks.find(0, start)
        stop = len(marks) if stop < 0 else stop
        found += (start, stop)
    return tuple(found)


def ordered_symbols(cells: Sequence[str]) -> tuple[str, ...]:
    """List the different cells, in the order of numbers if all are whole numbers, else of text."""
    different = sorted(set(cells))
    if all(_is_whole(cell) for cell in different):
        different.sort(key=int)
    return tuple(different)


def _is_whole(cell: str) -> bool:
    digits = cell.removeprefix("-")
    return digits.isascii() and digits.isdigit() and len(digits) <= 18


def _signal(
    table: Table, kind: SignalKind, names: tuple[str, ...]
) -> tuple[Signal, tuple[array[float] | array[int], ...]]:
    if kind == "number":
        return Signal(kind, names), tuple(table.numbers[name] for name in names)
    if kind == "binary":
        return Signal(kind, names), tuple(array("d", list(table.flags[name])) for name in names)
    cells = table.texts[names[0]]
    symbols = ordered_symbols(cells)
    code = {symbol: i for i, symbol in enumerate(symbols)}
    return Signal(kind, names, symbols), (array("q", [code[cell] for cell in cells]),)


def _check_target(source: CsvSource) -> None:
    if source.target.each == "step":
        return
    problems = []
    if source.id is None:
        message = "one label for each sequence needs `id`, the column that tells the sequences apart"
        problems.append(Problem(("data", "target", "each"), message))
    if source.target.ahead:
        problems.append(Problem(("data", "target", "ahead"), "the label of a whole sequence is not ahead of it"))
    if problems:
        raise DataError(problems=problems)


def _named(source: CsvSource) -> list[tuple[SettingPath, str]]:
    """List every column that the config names, with the setting that names it."""
    shown, asked = source.input, source.target
    single = len(asked.columns) == 1
    named: list[tuple[SettingPath, str]] = [
        (("data", "input", i) if shown.kind == "number" else ("data", "input"), name)
        for i, name in enumerate(shown.names)
    ]
    named += [
        (("data", "target", "column") if single else ("data", "target", "column", i), name)
        for i, name in enumerate(asked.columns)
    ]
    others: list[tuple[SettingPath, str | None]] = [
        (("data", "target", "where"), asked.where),
        (("data", "id"), source.id),
        (("data", "time"), source.time),
        (("training", "reset", "before"), source.resets.before),
        (("training", "reset", "after"), source.resets.after),
    ]
    return [*named, *((setting, name) for setting, name in others if name is not None)]


def _check_names(source: CsvSource, sheet: Sheet) -> None:
    known = set(sheet.header)
    strange = ((setting, name) for setting, name in _named(source) if not name or name not in known)
    missing = list(islice(strange, MOST_SOUGHT))
    problems = [
        Problem(
            setting,
            f"there is no column '{name if len(name) <= 100 else name[:99] + '…'}' in {source.path.name}",
            _columns_help(name, sheet.header) if i < _MOST_HELPED else None,
        )
        for i, (setting, name) in enumerate(missing)
    ]
    for names, setting in ((source.input.names, "input"), (source.target.columns, "target")):
        if len(set(names)) < len(names):
            problems.append(Problem(("data", setting), "a column is named twice"))
    if missing:
        _check_header(sheet)
    if problems:
        raise DataError(problems=problems)


def _columns_help(name: str, header: Sequence[str]) -> str:
    known = [column for column in header if column]
    parts = name.split(",") if len(name) < 1000 else []
    if len(parts) > 1 and any(part.strip() in known for part in parts):
        return f"for several columns write a list: [{', '.join(part.strip() for part in parts)}]"
    close = nearest(name, known)
    shown = ", ".join(known[:12]) + (f", … ({len(known)} in all)" if len(known) > 12 else "")
    return f"did you mean '{close}'? columns: {shown}" if close else f"columns: {shown}"


def _check_header(sheet: Sheet) -> None:
    """Say so where a column is missing because the first line is not a header of commas."""
    header = sheet.header
    first = next(rows(sheet))
    file = str(sheet.path)
    if len(header) == 1 and (";" in header[0] or "\t" in header[0]):
        message = f"one column named {header[0]!r}; rnnctl reads comma-separated files"
        raise DataError(Diagnostic(message, cell_place(file, first, 0), "save the file with commas"))
    if all(_reads_as_number(name) for name in header):
        message = "the first line must name the columns, and this one holds numbers"
        raise DataError(Diagnostic(message, row_place(file, first)))


def _reads_as_number(name: str) -> bool:
    try:
        float(name)
    except ValueError:
        return False
    return True


def _sequences(source: CsvSource, sheet: Sheet, table: Table) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Find the name and the length of each sequence, in the order of the file."""
    if source.id is None:
        return (source.path.stem,), (table.rows,)
    groups = [(name, sum(1 for _ in group)) for name, group in groupby(table.texts[source.id])]
    if len({name for name, _ in groups}) < len(groups):
        raise DataError(*told_of(sheet, _returning(source.id, groups)))
    return tuple(name for name, _ in groups), tuple(length for _, length in groups)


def _returning(column: str, groups: Sequence[tuple[str, int]]) -> Iterator[Mistake]:
    """Where a sequence goes on after others."""
    seen: set[str] = set()
    row = 0
    help_ = f"sort the file by '{column}', keeping the order of time within each"
    for name, length in groups:
        if name in seen:
            yield Mistake("back", column, row, f"'{name}' comes back in column '{column}' after other sequences", help_)
        seen.add(name)
        row += length


def _check_labels(source: CsvSource, sheet: Sheet, table: Table, names: Sequence[str], lengths: Sequence[int]) -> None:
    found: list[Mistake] = []
    for column in source.target.columns:
        kind = source.target.kind
        cells: Sequence[str] | Sequence[float] = (
            table.texts[column]
            if kind == "class"
            else table.flags[column]
            if kind == "binary"
            else table.numbers[column]
        )
        help_ = "with `each: step` every row has a target of its own"
        for sequence, row in _changes(cells, lengths):
            message = f"the label of sequence '{names[sequence]}' changes from {cells[row - 1]!r} to {cells[row]!r}"
            found.append(Mistake("label", column, row, message, help_))
    if found:
        raise DataError(*told_of(sheet, found))


def _changes(cells: Sequence[str] | Sequence[float], lengths: Sequence[int]) -> list[tuple[int, int]]:
    """Find the sequences whose cells are not all the same, each with the first row that differs."""
    changes = []
    start = 0
    for sequence, length in enumerate(lengths):
        part = cells[start : start + length]
        if len(set(part)) > 1:
            changes.append((sequence, start + next(i for i, cell in enumerate(part) if cell != part[0])))
        start += length
    return changes
