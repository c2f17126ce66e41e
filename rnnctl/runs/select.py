"""Which of many runs are meant: by name, by status, by settings and by metrics; and in which order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from math import isnan
from operator import ge, gt, le, lt
from typing import Any, NamedTuple

from rnnctl.errors import Diagnostic, RnnctlError, UsageError, nearest
from rnnctl.runs.comparison import keys_of
from rnnctl.runs.curves import best_epoch, last_epoch
from rnnctl.runs.entries import SPLITS, Entry, Status
from rnnctl.runs.settings import MISSING, setting

FIELDS = ("name", "status", "created", "epoch", "best_epoch", "stopped_early")
"""What a run is known by beside its settings and metrics."""
_CONDITION = re.compile(r"\s*([^\s=<>!]+)\s*(<=|>=|!=|==|=|<|>)\s*(.*?)\s*", re.DOTALL)
_ORDERS = {"<": lt, "<=": le, ">": gt, ">=": ge}


class Condition(NamedTuple):
    """What is asked of the value that a run has under a key."""

    key: str
    sign: str
    value: Any

    def holds(self, found: Any) -> bool:
        """Whether a value meets it; what a run has not meets nothing, and no number is less than a text."""
        if found is MISSING:
            return False
        if self.sign in ("=", "==", "!="):
            return _same(found, self.value) is (self.sign != "!=")
        for kind in (_is_number, _is_text):
            if kind(found) and kind(self.value):
                return bool(_ORDERS[self.sign](found, self.value))
        return False


def condition(text: str) -> Condition:
    """Read `training.window=64` or `test.mse<0.5`; values are read as YAML. Errors: UsageError."""
    found = _CONDITION.fullmatch(text)
    if found is None or not found[3]:
        example = "write a key, a sign (= != < <= > >=) and a value, as training.window=64 or 'test.mse<0.5'"
        raise UsageError(Diagnostic(f"'{text}' is no condition", help=example))
    key, sign, written = found.groups()
    value = _value(written)
    if sign in _ORDERS and not (_is_number(value) or isinstance(value, str)):
        raise UsageError(Diagnostic(f"'{text}': '{sign}' needs a number or a text"))
    return Condition(key, sign, value)


def value_of(entry: Entry, key: str) -> Any:
    """What a run has under a key: a field, a metric such as `test.mse`, or a setting; MISSING where it has none.

    A metric of a split that it was not judged on is that of its best epoch so far.
    """
    if key in FIELDS:
        return _field(entry, key)
    split, _, metric = key.partition(".")
    if split not in SPLITS:
        return setting(entry.path, key)
    if split in entry.record:
        return entry.record[split].get(metric, MISSING)
    if split == "test":
        return MISSING
    line = best_epoch(entry.path, entry.record.get("best_epoch")) or {}
    found = line.get(split)
    return found.get(metric, MISSING) if isinstance(found, Mapping) else MISSING


def select(
    runs: Iterable[Entry], names: Sequence[str] = (), statuses: Sequence[Status] = (), asked: Sequence[Condition] = ()
) -> tuple[list[Entry], list[str]]:
    """The runs that have one of the names, one of the statuses, and meet all conditions; and keys that none has.

    Names are patterns with `*`, `?` and `[…]`. A key is told of where some run was asked for it and no run had it.
    """
    chosen: list[Entry] = []
    had: dict[str, bool] = {}
    by_cost = sorted(asked, key=lambda one: (one.key not in FIELDS) + 2 * (one.key.partition(".")[0] not in SPLITS))
    for entry in runs:
        if names and not any(fnmatchcase(entry.name, name) for name in names):
            continue
        if statuses and entry.status not in statuses:
            continue
        for one in by_cost:
            found = value_of(entry, one.key)
            had[one.key] = had.get(one.key, False) or found is not MISSING
            if not one.holds(found):
                break
        else:
            chosen.append(entry)
    return chosen, [key for key, some in had.items() if not some]


def in_order(runs: Sequence[Entry], key: str) -> list[Entry]:
    """The runs by what they have under a key, the lowest first, with `-` before it the highest; then those without."""
    descending = key.startswith("-")
    found = [(value_of(entry, order_key(key)), entry) for entry in runs]
    numbers = [pair for pair in found if _is_number(pair[0])]
    texts = [pair for pair in found if isinstance(pair[0], str)]
    rest = [entry for value, entry in found if not _is_number(value) and not isinstance(value, str)]
    ordered = [sorted(part, key=lambda pair: pair[0], reverse=descending) for part in (numbers, texts)]
    return [entry for part in ordered for _, entry in part] + rest


def order_key(text: str) -> str:
    """The key of an order such as `-test.mse`. Errors: UsageError where it names none."""
    key = text.removeprefix("-").strip()
    if not key:
        raise UsageError(Diagnostic(f"'{text}' is no key to sort by", help="write one, as test.mse or -test.mse"))
    return key


def meant(runs: Sequence[Entry], key: str) -> str | None:
    """The key that was meant by one that no run has, by what the newest run has."""
    known = [*FIELDS, *(keys_of(runs[0]) if runs else ())]
    return nearest(key, known)


def _field(entry: Entry, key: str) -> Any:
    if key == "name":
        return entry.name
    if key == "status":
        return str(entry.status)
    if key == "epoch" and entry.status is not Status.finished:
        found = last_epoch(entry.path)
        return MISSING if found is None else found
    return entry.record.get("best_epoch" if key == "epoch" else key, MISSING)


def _value(text: str) -> Any:
    """A value as YAML has it; what YAML cannot read stands for itself."""
    from rnnctl.document import parse

    try:
        return parse(f"value: {text}", "--where").value["value"]
    except (RnnctlError, KeyError, TypeError):
        return text


def _same(found: Any, wanted: Any) -> bool:
    """Whether two values are equal; 1 is 1.0 and not true, and a choice is known by its name."""
    if _is_number(found) and _is_number(wanted):
        return bool(found == wanted)
    if isinstance(found, dict) and len(found) == 1 and isinstance(wanted, str):
        return bool(next(iter(found)) == wanted)
    if isinstance(found, list) and isinstance(wanted, list):
        return len(found) == len(wanted) and all(map(_same, found, wanted))
    return type(found) is type(wanted) and bool(found == wanted)


def _is_number(value: object) -> bool:
    return (isinstance(value, int) and not isinstance(value, bool)) or (isinstance(value, float) and not isnan(value))


def _is_text(value: object) -> bool:
    return isinstance(value, str)
