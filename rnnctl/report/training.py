"""The judgement of a run as people read it: a table beside what needs no model, and a verdict in words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any


def figure(value: float) -> str:
    """Four significant figures, without an exponent where one can do without it."""
    if value != 0 and not 1e-4 <= abs(value) < 1e6:
        return f"{value:.3e}"
    return f"{value:.4g}" if abs(value) < 1e4 else f"{value:,.0f}"


_NAMES = {
    "mse": "mean squared error",
    "rmse": "root mean squared error",
    "mae": "mean absolute error",
    "nll": "negative log-likelihood, nats",
    "coverage": "targets within the 90 % interval",
    "bits": "bits a step",
    "perplexity": "perplexity",
    "precision": "precision",
    "recall": "recall",
    "f1": "F1",
}
_ERRORS = ("mse", "rmse", "mae")


def _error_rows(metrics: Mapping[str, float], targets: Sequence[str]) -> list[tuple[str, str, str]]:
    """The errors in data units; those of several targets apart, since they need not have one unit."""
    if len(targets) == 1:
        return [(_NAMES[key], figure(metrics[key]), figure(metrics[f"baseline_{key}"])) for key in _ERRORS]
    roots = [(t, math.sqrt(metrics[f"mse.{t}"]), math.sqrt(metrics[f"baseline_mse.{t}"])) for t in targets]
    return [(f"{_NAMES['rmse']}, {t}", figure(model), figure(baseline)) for t, model, baseline in roots]


def _class_rows(metrics: Mapping[str, float], each: str) -> list[tuple[str, str, str]]:
    """What is said of classes, and of columns of yes and no."""
    rows = [("accuracy", f"{metrics['accuracy']:.2%}", f"{metrics['baseline_accuracy']:.2%}")]
    if "f1" in metrics:
        rows += [(_NAMES[key], f"{metrics[key]:.2%}", "") for key in ("precision", "recall", "f1")]
        return [*rows, ("cross entropy, nats a column", figure(metrics["loss"]), "")]
    rows.append((f"cross entropy, nats a {each}", figure(metrics["loss"]), ""))
    return rows + [(_NAMES[key], figure(metrics[key]), "") for key in ("bits", "perplexity") if key in metrics]


def _normal_rows(metrics: Mapping[str, float]) -> list[tuple[str, str, str]]:
    """How far a model's own word on its errors is true."""
    if "nll" not in metrics:
        return []
    plain = figure(metrics["baseline_nll"]) if "baseline_nll" in metrics else ""
    return [(_NAMES["nll"], figure(metrics["nll"]), plain), (_NAMES["coverage"], f"{metrics['coverage']:.2%}", "")]


def result_lines(result: Mapping[str, Any]) -> list[str]:
    """The judgement of a run as a table, beside what needs no model, and in words."""
    metrics, baseline = result["metrics"], str(result["baseline"])
    where = f"{result['split']} split, checkpoint of epoch {result['epoch']}"
    rows = [(where, "model", baseline)]
    if "accuracy" in metrics:
        rows += _class_rows(metrics, result["each"])
        gain = round(100 * (metrics["accuracy"] - metrics["baseline_accuracy"]), 1)
        better = f"accuracy {gain:.1f} points higher"
    else:
        rows += [*_error_rows(metrics, result["target"]), *_normal_rows(metrics)]
        gain = metrics["skill"]
        gain = round(100 * gain) if math.isfinite(gain) else gain
        better = f"{gain:.0f}% less squared error"
    widths = [max(len(row[i]) for row in rows) for i in range(3)]
    lines = [f"{a:<{widths[0]}}  {b:>{widths[1]}}  {c:>{widths[2]}}".rstrip() for a, b, c in rows]
    count = int(metrics["scored_steps"])
    what = "sequence" if result["each"] == "sequence" else "scored step"
    verdict = f"beats the {baseline}: {better}"
    if gain <= 0:  # as it is shown
        verdict = f"is no better than the {baseline}" if gain == 0 else f"does not beat the {baseline}"
    return [*lines, f"{verdict}, over {count:,} {what}{'s' * (count != 1)}", f"run: {result['run']}"]
