"""What a value or a key of `expect` that is none was most likely meant to be."""

from __future__ import annotations

import math
import re
from typing import Any

from rnnctl.config.diagnose import describe
from rnnctl.config.expect.promises import SPLITS
from rnnctl.config.expect.sections import MetricBound
from rnnctl.config.unknown import unknown_key
from rnnctl.errors import Problem, SettingPath, nearest, number_meant

METRICS = (
    *("loss", "mse", "rmse", "mae", "skill", "nll", "coverage", "accuracy", "precision", "recall", "f1", "bits"),
    *("perplexity", "baseline_mse", "baseline_rmse", "baseline_mae", "baseline_nll", "baseline_accuracy"),
    "scored_steps",
)
"""Every metric that some loss and some target have; of several targets each has `mse.NAME` beside them."""
HIGHER = frozenset(("skill", "accuracy", "precision", "recall", "f1", "coverage", "scored_steps", "baseline_accuracy"))
"""The metrics of which more is better; of all others less is."""

_SIDES = {
    "<": "below",
    "<=": "below",
    ">": "above",
    ">=": "above",
    **dict.fromkeys(("at_most", "less_than", "lower_than", "lt", "le", "max", "maximum", "under", "upper"), "below"),
    **dict.fromkeys(
        ("at_least", "greater_than", "higher_than", "gt", "ge", "min", "minimum", "over", "lower"), "above"
    ),
    **dict.fromkeys(("equals", "equal", "eq", "value", "count"), "exactly"),
    **dict.fromkeys(("tolerance", "rel", "abs", "atol", "rtol", "margin"), "within"),
    **dict.fromkeys(("baseline", "reference", "from"), "of"),
}
"""What others call the side of a bound."""
_FIGURES = {
    **dict.fromkeys(("time", "duration", "runtime", "second", "minutes"), "seconds"),
    **dict.fromkeys(("ram", "rss", "bytes", "peak_memory", "max_memory"), "memory"),
    **dict.fromkeys(("params", "weights", "size", "n_parameters", "parameter_count"), "parameters"),
    **dict.fromkeys(("determinism", "reproducible", "bitwise"), "deterministic"),
    **dict.fromkeys(("runs", "repeats", "n_seeds"), "seeds"),
    **dict.fromkeys(("script", "scripts", "steps"), "transcript"),
    "effective_memory": "horizon",
}
"""What others call a figure."""
_SPLITS = {"val": "valid", "validation": "valid", "dev": "valid", "eval": "valid", "training": "train"}
_COMPARED = re.compile(r"\s*(?P<sign>[<>]=?)\s*(?P<number>[-+]?[0-9.]+([eE][-+]?[0-9]+)?%?)\s*")
_SPAN = re.compile(r"(?P<number>[0-9]+(\.[0-9]+)?) ?(?P<unit>s|sec|seconds?|m|min|minutes?|h|hours?)")
_UNITS = {"s": 1, "m": 60, "h": 3600}


def split_meant(word: str) -> str | None:
    """The split that a word most likely stands for."""
    return _SPLITS.get(word.lower()) or nearest(word, SPLITS)


def figure_meant(key: str, value: object) -> str | None:
    """How a bound is written, for what stands in its place: a number, a comparison, a share."""
    side = _side(key)
    metric, _, last = key.rpartition(".")
    if "." in metric and (guess := nearest(last, tuple(MetricBound.model_fields))):
        return f"did you mean {metric}: {{{guess}: {value}}}?"
    if isinstance(value, str):
        if match := _COMPARED.fullmatch(value):
            side, number = _SIDES[match["sign"]], match["number"]
            return f"write {key}: {{{side}: {number}{', of: baseline' if number.endswith('%') else ''}}}"
        if re.fullmatch(r"[0-9.]+ ?%", value) and "." in key:
            return f"write {key}: {{within: {value}, of: baseline}}"
        if key == "seconds" and (span := _SPAN.fullmatch(value)):
            return f"write seconds: {{below: {float(span['number']) * _UNITS[span['unit'][0]]:g}}}"
        if key == "memory" and re.fullmatch(r"[0-9.]+ ?[A-Za-z]+", value):
            return f"write memory: {{below: {value}}}"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"write {key}: {{{side}: {_USUAL.get(key, 0.02 if side == 'below' else 0.9)}}}, say"
    return f"write {key}: {{{side}: {value:.10g}}}"


_USUAL = {"seconds": "60", "memory": "500 MB", "horizon": "20"}


def _side(key: str) -> str:
    return "above" if key == "horizon" or key.partition(".")[2] in HIGHER else "below"


def amount_meant(value: str) -> str | None:
    """What to write for a text where an amount should be."""
    if match := _COMPARED.fullmatch(value):
        return f"write {match['number']}: whether above or below, the key says"
    return number_meant(value)


def side_meant(problem: Problem, key: str) -> Problem:
    """The problem of a key inside a bound, with the side that it most likely names."""
    meant = _SIDES.get(key.lower())
    if meant is None or not problem.message.startswith("unknown key") or meant not in (problem.help or ""):
        return problem
    return problem._replace(help=f"did you mean '{meant}'? {(problem.help or '').partition('? ')[2] or problem.help}")


def unknown_figure(key: str, value: object, fixed: tuple[str, ...]) -> Problem:
    """A key that is none of `expect`'s, with what it may have been meant to be."""
    path: SettingPath = ("expect", key)
    split, point, name = key.partition(".")
    if split in SPLITS:
        return _of_split(path, split, value, named=bool(point))
    if point:
        guess = split_meant(split)
        said = f"did you mean '{guess}.{name}'? " if guess and name else ""
        return Problem(path, f"unknown split '{split}'", f"{said}splits: {', '.join(SPLITS)}", on="key")
    if key.lower() in METRICS:
        message = f"'{key}' is a metric, and of which split is not said"
        return Problem(path, message, f"write test.{key.lower()}, valid.{key.lower()} or train.{key.lower()}", on="key")
    if match := re.fullmatch(r"([A-Za-z]+)[-_/: ]+(\w+)", key):
        guess = match[1] if match[1] in SPLITS else _SPLITS.get(match[1])
        if guess is not None:
            help_text = f"did you mean '{guess}.{match[2]}'? a metric is named with its split and a point"
            return Problem(path, f"unknown key '{key}'", help_text, on="key")
    if meant := _FIGURES.get(key.lower()):
        return Problem(path, f"unknown key '{key}'", f"did you mean '{meant}'? {_known(fixed)}", on="key")
    problem = unknown_key(path, fixed)
    return problem if nearest(key, fixed) else problem._replace(help=f"{_known(fixed)}; metrics as in test.mse")


def _known(fixed: tuple[str, ...]) -> str:
    return f"known here: {', '.join(fixed)}"


def _of_split(path: SettingPath, split: str, value: object, *, named: bool) -> Problem:
    """A split that stands where a metric should, maybe with metrics inside of it."""
    if named:
        return Problem(path, f"'{path[-1]}' names no metric", f"write {split}.mse: {{below: 0.02}}, say", on="key")
    help_text = f"write {split}.mse: {{below: 0.02}}, say"
    if isinstance(value, dict) and value:
        name, inner = next(iter(value.items()))
        help_text = f"write {split}.{name}: {_flow(inner)}, in one key"
    elif isinstance(value, int | float | str) and not isinstance(value, bool):
        help_text = f"write {split}.mse: {{below: {value}}}, say"
    return Problem(path, f"'{split}' is a split, and names no metric", help_text, on="key")


def _flow(value: Any) -> str:
    if isinstance(value, dict) and len(value) <= 3 and all(isinstance(v, int | float | str) for v in value.values()):
        written = f"{{{', '.join(f'{k}: {v}' for k, v in value.items())}}}"
        return written if len(written) <= 60 else "{…}"
    return "{…}"


def wrong_shape(key: str, value: object) -> Problem | None:
    """Why a value is none that a figure may have, where that is not for its type alone to say."""
    path: SettingPath = ("expect", key)
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if key in ("seconds", "memory", "horizon") and value is not None and not isinstance(value, dict):
        return Problem(path, f"{key} must be a mapping, not {describe(value)}", figure_meant(key, value))
    if key in ("seconds", "memory") and isinstance(value, dict) and "above" in value and "below" not in value:
        message = f"{key} has a bound from above alone"
        return Problem((*path, "above"), message, f"write below: {value['above']}", on="key")
    if key in ("seconds", "memory") and isinstance(value, dict):
        return _wrong_most(key, value.get("below"))
    if key == "resume" and value is not None and value != "exact":
        return Problem(path, f"resume must be exact, not {describe(value)}", "write resume: exact")
    if key == "deterministic" and value == "exact":
        return Problem(path, "deterministic must be true or false, not the text 'exact'", "write deterministic: true")
    if key in ("parameters", "seeds") and value is not None and not isinstance(value, dict):
        least = 1 if key == "seeds" else 0
        if isinstance(value, bool) or not isinstance(value, int):
            message = f"{key} must be a whole number or a mapping, not {describe(value)}"
            return Problem(path, message, _count_meant(key, value) if number or isinstance(value, list) else None)
        if value < least:
            return Problem(path, f"{key} must be at least {least}, not {value}")
    return None


def _wrong_most(key: str, most: object) -> Problem | None:
    """Why the bound of seconds or memory is none, where another unit or kind of number says what was meant."""
    path: SettingPath = ("expect", key, "below")
    if key == "memory" and isinstance(most, float):
        message = f"below must be a whole number or a text such as 500 MB, not {describe(most)}"
        return Problem(path, message, number_meant(most, whole=True))
    if key == "seconds" and isinstance(most, str) and (span := _SPAN.fullmatch(most)):
        message = f"below must be a number, not {describe(most)}"
        return Problem(path, message, f"write {float(span['number']) * _UNITS[span['unit'][0]]:g}, in seconds")
    return None


def _count_meant(key: str, value: Any) -> str | None:
    if isinstance(value, list):
        return f"write seeds: {len(value)}: `training.seed` and those that follow it" if key == "seeds" else None
    return f"write {int(value)}" if math.isfinite(value) and value == int(value) else None
