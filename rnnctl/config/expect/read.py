"""The section `expect` -> promises, and all that is wrong with it on its own."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from rnnctl.config.diagnose import describe, validated
from rnnctl.config.expect.promises import SPLITS, Amount, Bound, Expectations, Kind, Promise, Seeds
from rnnctl.config.expect.sections import CountBound, ExpectSection, FigureBound, MetricBound
from rnnctl.config.unknown import unknown_key
from rnnctl.errors import MOST_SOUGHT, Problem, SettingPath, nearest

MOST_PROMISES = 1000
_SHARE = re.compile(r"(?P<number>[0-9]+(\.[0-9]+)?) ?%")
_MEMORY = re.compile(r"(?P<number>[0-9]+(\.[0-9]+)?) ?(?P<unit>[kKMGT]i?B|B)")
_UNITS = {unit: 1000**i for i, unit in enumerate(("B", "kB", "MB", "GB", "TB"))}
_UNITS |= {unit: 1024**i for i, unit in enumerate(("B", "KiB", "MiB", "GiB", "TiB"))} | {"KB": 1000, "kiB": 1024}
_FIXED = tuple(ExpectSection.model_fields)
_EXAMPLE = "{below: 0.02}"


def read_expect(written: object, folder_of: Callable[[SettingPath], Path]) -> tuple[Expectations | None, list[Problem]]:
    """What a config promises, or all that is wrong with how it says so; None where it promises nothing.

    `folder_of` tells where a path begins that a setting holds.
    """
    if written is None:
        return None, []
    if not isinstance(written, dict):
        example = f"write `test.mse: {_EXAMPLE}` below it, two spaces in"
        return None, [Problem(("expect",), f"expect must be a mapping, not {describe(written)}", example)]
    if len(written) > MOST_PROMISES:
        message = f"a config makes at most {MOST_PROMISES:,} promises, and here are {len(written):,}"
        return None, [Problem(("expect",), message, on="key")]
    problems: list[Problem] = []
    promises: dict[str, Promise | None] = {}
    parts: dict[str, Any] = {}
    for key, value in written.items():
        if key in _FIXED:
            section, wrong = validated(ExpectSection, {key: value}, ("expect",))
            parts[key] = getattr(section, key, None)
        else:
            promises[key], wrong = _metric(key, value)
        problems += islice(wrong, max(0, MOST_SOUGHT - len(problems)))
    found = ExpectSection.model_construct(**parts)
    wrong, others = _others(found, folder_of)
    problems += wrong
    if problems:
        return None, problems
    promises |= {promise.key: promise for promise in others}
    made = tuple(p for key in written if (p := promises.get(key)) is not None)
    if not made:
        message = "expect promises nothing"
        return None, [Problem(("expect",), message, f"write test.mse: {_EXAMPLE}, say, or leave expect out", on="key")]
    seeds = Seeds() if found.seeds is None else Seeds(found.seeds.count, found.seeds.judge)
    return Expectations(made, seeds, _plain(written, found, made)), []


def _plain(written: Mapping[str, Any], found: ExpectSection, promises: Sequence[Promise]) -> dict[str, Any]:
    """The section with null left out, short forms and files written in one way."""
    plain = {key: _given(value) for key, value in written.items() if value is not None and value is not False}
    plain |= {promise.key: [str(path) for path in promise.files] for promise in promises if promise.files}
    if found.parameters is not None:
        bound = _given(dict(found.parameters))
        plain["parameters"] = bound["exactly"] if set(bound) == {"exactly"} else bound
    if found.seeds is not None:
        plain["seeds"] = found.seeds.count if found.seeds.judge == Seeds().judge else dict(found.seeds)
    return plain


def _given(value: Any) -> Any:
    return {name: part for name, part in value.items() if part is not None} if isinstance(value, dict) else value


# metrics


def _metric(key: str, value: object) -> tuple[Promise | None, list[Problem]]:
    """The promise of a metric, if its key names one."""
    path: SettingPath = ("expect", key)
    split, point, name = key.partition(".")
    if not point or split not in SPLITS or not name:
        return None, [_unknown(key)]
    if value is None:
        return None, []
    if not isinstance(value, dict):
        return None, [Problem(path, f"{key} must be a mapping, not {describe(value)}", _intended(key, value))]
    found, problems = validated(MetricBound, value, path)
    if found is None:
        return None, problems
    bound, problems = _bound(found, path)
    return (None if bound is None else Promise(key, "metric", bound)), problems


def _intended(key: str, value: object) -> str:
    """How what seems to be meant is written."""
    number = f"{value:g}" if isinstance(value, int | float) and not isinstance(value, bool) else "0.5"
    lower = key.endswith(("mse", "mae", "rmse", "loss", "nll", "bits", "perplexity"))
    return f"write {key}: {{{'below' if lower else 'above'}: {number}}}"


def _unknown(key: str) -> Problem:
    """A key that is none of `expect`'s, with what it may have been meant to be."""
    split, point, name = key.partition(".")
    path: SettingPath = ("expect", key)
    if split in SPLITS:
        message = f"'{key}' names no metric" if point else f"'{key}' is a split, and names no metric"
        return Problem(path, message, f"write {split}.mse: {_EXAMPLE}, say", on="key")
    guess = nearest(split, SPLITS) if point else None
    if point:
        said = f"did you mean '{guess}.{name}'? " if guess and name else ""
        return Problem(path, f"unknown split '{split}'", f"{said}splits: {', '.join(SPLITS)}", on="key")
    problem = unknown_key(path, _FIXED)
    if nearest(key, _FIXED):
        return problem
    help_text = f"a metric is named with its split, as in test.{key}; other keys: {', '.join(_FIXED)}"
    return problem._replace(help=help_text)


def _bound(found: MetricBound, path: SettingPath) -> tuple[Bound | None, list[Problem]]:
    """The bound that a metric's keys make together, or why they make none."""
    amounts: dict[str, Amount | None] = {}
    problems: list[Problem] = []
    for name in ("above", "below", "within"):
        value = getattr(found, name)
        amounts[name], wrong = (None, None) if value is None else _amount(value, (*path, name), found.of)
        problems += [wrong] if wrong else []
    bound = Bound(amounts["above"], amounts["below"], amounts["within"], None, found.of, found.judge)
    if not problems:
        problems = list(_idle(bound, path))
    return (None if problems else bound), problems


def _amount(value: float | str, path: SettingPath, of: object) -> tuple[Amount | None, Problem | None]:
    if not isinstance(value, str):
        return Amount(float(value)), None
    match = _SHARE.fullmatch(value.strip())
    if match is None:
        return None, Problem(path, f"{path[-1]} must be a number or a share such as 5%, not {describe(value)}")
    if of is None:
        message = f"{value} of what is not said"
        return None, Problem(path, message, "write `of: baseline`, or `of:` and a number, beside it")
    return Amount(float(match["number"]), share=True), None


def _idle(bound: Bound, path: SettingPath) -> Iterator[Problem]:
    """Why a bound asks nothing, or what nothing can meet."""
    if all(part is None for part in (bound.above, bound.below, bound.within, bound.exactly)):
        choices = "above, below" + ("" if path[-1] in _FIXED else ", within")
        yield Problem(path, f"{path[-1]} has no bound", f"one of {choices}", on="key")
        return
    if bound.within is not None and bound.of is None:
        message = "within is a distance, and what from is not said"
        yield Problem((*path, "within"), message, "write `of: baseline`, or `of:` and a number, beside it")
    if bound.within is not None and bound.within.value < 0:
        yield Problem((*path, "within"), "a distance is at least 0")
    shares = [amount for amount in (bound.above, bound.below, bound.within) if amount is not None and amount.share]
    if bound.of is not None and not shares and bound.within is None:
        message = "nothing is held against `of`"
        yield Problem((*path, "of"), message, "write `within: 5%`, or `below: 110%`, beside it", on="key")
    if bound.of == 0 and shares:
        message = "a share of 0 is 0"
        yield Problem((*path, "of"), message, "write the bound as a number")
    low, high = bound.above, bound.below
    if low is not None and high is not None and low.share == high.share and low.value >= high.value:
        also = (((*path, "above"), "above this"),)
        yield Problem((*path, "below"), f"nothing is above {low} and below {high}", also=also)


# other figures


def _others(found: ExpectSection, folder_of: Callable[[SettingPath], Path]) -> tuple[list[Problem], list[Promise]]:
    """The promises beside metrics, and what is wrong with them."""
    problems: list[Problem] = []
    promises: list[Promise] = []

    def figure(kind: Kind, section: FigureBound | CountBound | None) -> None:
        if section is None:
            return
        above, below = (None if value is None else Amount(float(value)) for value in (section.above, section.below))
        exactly, judge = getattr(section, "exactly", None), getattr(section, "judge", None)
        exactly = None if exactly is None else float(exactly)
        bound = Bound(above, below, exactly=exactly, judge=judge)
        problems.extend(_idle(bound, ("expect", kind)))
        promises.append(Promise(kind, kind, bound))

    figure("parameters", found.parameters)
    figure("horizon", found.horizon)
    if found.seconds is not None:
        promises.append(Promise("seconds", "seconds", Bound(below=Amount(float(found.seconds.below)))))
    if found.memory is not None:
        size = _bytes(found.memory.below)
        if size is None:
            message = f"memory must be bytes, or a text such as 500 MB, not {describe(found.memory.below)}"
            problems.append(Problem(("expect", "memory", "below"), message, f"units: {', '.join(_UNITS)}"))
        else:
            promises.append(Promise("memory", "memory", Bound(below=Amount(size))))
    if found.deterministic:
        promises.append(Promise("deterministic", "deterministic"))
    if found.resume:
        promises.append(Promise("resume", "resume"))
    if found.transcript:
        files = tuple(_file(name, folder_of(("expect", "transcript", i))) for i, name in enumerate(found.transcript))
        promises.append(Promise("transcript", "transcript", files=files))
    return problems, promises


def _bytes(value: int | str) -> float | None:
    """Bytes, above 0; None for what says none."""
    if isinstance(value, str):
        match = _MEMORY.fullmatch(value.strip())
        size = float(match["number"]) * _UNITS[match["unit"]] if match and match["unit"] in _UNITS else 0
    else:
        size = float(value)
    return size if size > 0 and math.isfinite(size) else None


def _file(name: str, folder: Path) -> Path:
    return Path(os.path.abspath(folder / os.path.expanduser(name)))  # noqa: PTH100, PTH111 (as in sources.py)
