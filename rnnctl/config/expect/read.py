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
from rnnctl.config.expect.meant import amount_meant, figure_meant, side_meant, unknown_figure, wrong_shape
from rnnctl.config.expect.promises import SPLITS, Amount, Bound, Expectations, Kind, Promise, Seeds
from rnnctl.config.expect.sections import MEMORY, SHARE, CountBound, ExpectSection, FigureBound, MetricBound
from rnnctl.errors import MOST_SOUGHT, Problem, SettingPath

MOST_PROMISES = 1000
_UNITS = {unit: 1000**i for i, unit in enumerate(("B", "kB", "MB", "GB", "TB"))}
_UNITS |= {unit: 1024**i for i, unit in enumerate(("B", "KiB", "MiB", "GiB", "TiB"))} | {"KB": 1000, "kiB": 1024}
_FIXED = tuple(ExpectSection.model_fields)
_EXAMPLE = "{below: 0.02}"


def read_expect(written: object, folder_of: Callable[[SettingPath], Path]) -> tuple[Expectations | None, list[Problem]]:
    """What a config promises, as far as it could be read, and all that is wrong with how it says so.

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
            parts[key], wrong = _fixed(key, value)
        else:
            promises[key], wrong = _metric(key, value)
        problems += islice(wrong, max(0, MOST_SOUGHT - len(problems)))
    found = ExpectSection.model_construct(**parts)
    wrong, others = _others(found, folder_of)
    problems += wrong
    promises |= {promise.key: promise for promise in others}
    made = tuple(p for key in written if (p := promises.get(key)) is not None)
    if not made and not problems:
        other = "or write expect: null" if written else "or leave expect out"
        help_text = f"write test.mse: {_EXAMPLE}, say, {other}"
        return None, [Problem(("expect",), "expect promises nothing", help_text, on="key")]
    several = 1 if written.get("seeds") is None else 2  # of seeds that could not be read no more is to be said
    seeds = Seeds(several) if found.seeds is None else Seeds(found.seeds.count, found.seeds.judge)
    return Expectations(made, seeds, _plain(written, found, made)), problems


def _fixed(key: str, value: object) -> tuple[Any, list[Problem]]:
    """What a key beside the metrics says."""
    if (wrong := wrong_shape(key, value)) is not None:
        return None, [wrong]
    section, problems = validated(ExpectSection, {key: value}, ("expect",))
    return getattr(section, key, None), [side_meant(p, str(p.setting[-1])) for p in problems]


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
        return None, [unknown_figure(key, value, _FIXED)]
    if value is None:
        return None, []
    if not isinstance(value, dict):
        return None, [Problem(path, f"{key} must be a mapping, not {describe(value)}", figure_meant(key, value))]
    found, problems = validated(MetricBound, value, path)
    if found is None:
        return None, [side_meant(p, str(p.setting[-1])) for p in problems]
    bound, problems = _bound(found, path)
    return (None if bound is None else Promise(key, "metric", bound)), problems


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
    share = value.strip()
    if re.fullmatch(f"-{SHARE}", share):
        return None, Problem(path, "a share is at least 0%")
    if not re.fullmatch(SHARE, share):
        message = f"{path[-1]} must be a number or a share such as 5%, not {describe(value)}"
        return None, Problem(path, message, amount_meant(value))
    if of is None:
        message = f"{value} of what is not said"
        return None, Problem(path, message, "write `of: baseline`, or `of:` and a number, beside it")
    return Amount(float(share.rstrip("% ")), share=True), None


def _idle(bound: Bound, path: SettingPath) -> Iterator[Problem]:
    """Why a bound asks nothing, or what nothing can meet."""
    if all(part is None for part in (bound.above, bound.below, bound.within, bound.exactly)):
        choices = "above, below" + {"parameters": ", exactly", "horizon": ""}.get(str(path[-1]), ", within")
        yield Problem(path, f"{path[-1]} has no bound", f"one of {choices}", on="key")
        return
    if bound.within is not None and bound.of is None:
        message = "within is a distance, and what from is not said"
        yield Problem((*path, "within"), message, "write `of: baseline`, or `of:` and a number, beside it")
    if bound.within is not None and bound.within.value < 0 and not bound.within.share:
        yield Problem((*path, "within"), "a distance is at least 0")
    shares = [amount for amount in (bound.above, bound.below, bound.within) if amount is not None and amount.share]
    if bound.of is not None and not shares and bound.within is None:
        message = "nothing is held against `of`"
        yield Problem((*path, "of"), message, "write `within: 5%`, or `below: 110%`, beside it", on="key")
    if bound.of == 0 and shares:
        message = "a share of 0 is 0"
        yield Problem((*path, "of"), message, "write the bound as a number")
    low, high = bound.above, bound.below
    if bound.exactly is not None and (beside := "above" if low else "below" if high else None):
        message = f"exactly says all, and {beside} nothing more"
        yield Problem((*path, beside), message, "keep one", on="key", also=(((*path, "exactly"), "exactly this"),))
        return
    apart = 1 if path[-1] == "parameters" else 0  # between two whole numbers that follow each other there is none
    if low is not None and high is not None and low.share == high.share and low.value >= high.value - apart:
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
            message = f"memory must be bytes above 0, or a text such as 500 MB, not {describe(found.memory.below)}"
            problems.append(
                Problem(("expect", "memory", "below"), message, "units: B, kB, MB, GB, TB; KiB, MiB, GiB, TiB")
            )
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
        number = value.strip().rstrip("kKMGTiB")
        unit = value.strip().removeprefix(number)
        size = float(number) * _UNITS[unit] if re.fullmatch(MEMORY, value.strip()) else 0
    else:
        size = float(value)
    return size if size > 0 and math.isfinite(size) else None


def _file(name: str, folder: Path) -> Path:
    return Path(os.path.abspath(folder / os.path.expanduser(name)))  # noqa: PTH100, PTH111 (as in sources.py)
