"""What a person sees of training: a bar with loss, speed and time left, and the judgement at the end."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rnnctl.training.events import EpochEnded, Event, Finished, Started, WindowTrained

_LINES = 10
"""How many lines are printed where there is no terminal to draw a bar in."""


@contextmanager
def progress(name: str, run: Path, quiet: bool) -> Iterator[Callable[[Event], None]]:
    """A listener that shows progress on stderr: a bar in a terminal, some lines elsewhere."""
    if quiet:
        yield _nothing
    elif sys.stderr.isatty():
        with _bar(name, run) as listener:
            yield listener
    else:
        yield _Lines(name, run)


def _nothing(_: Event) -> None:
    """Show nothing."""


class _Lines:
    """A line for one epoch in ten: for logs."""

    def __init__(self, name: str, run: Path) -> None:
        self.name = name
        self.run = run
        self.epochs = 1
        self.began = time.monotonic()
        self.steps = 0

    def __call__(self, event: Event) -> None:
        if isinstance(event, Started):
            self.epochs = event.epochs
            print(
                f"{self.name}: {event.parameters:,} parameters, {event.epochs} epochs, in {self.run}", file=sys.stderr
            )
        elif isinstance(event, WindowTrained):
            self.steps += event.steps
        elif isinstance(event, EpochEnded):
            every = max(1, self.epochs // _LINES)
            if event.epoch % every == 0 or event.epoch in (1, self.epochs):
                speed = self.steps / max(time.monotonic() - self.began, 1e-9)
                print(f"epoch {event.epoch}/{self.epochs}  {losses(event)}  {speed:,.0f} steps/s", file=sys.stderr)


def losses(event: EpochEnded) -> str:
    """The losses of an epoch, in model units."""
    text = f"train loss {figure(event.train.get('loss', float('nan')))}"
    return text + (f"  valid loss {figure(event.valid['loss'])}" if event.valid else "")


@contextmanager
def _bar(name: str, run: Path) -> Iterator[Callable[[Event], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (
        TextColumn("[bold]{task.fields[name]}"),
        TextColumn("epoch {task.fields[epoch]}/{task.fields[epochs]}"),
        BarColumn(bar_width=None),
        TextColumn("{task.fields[loss]}"),
        TextColumn("{task.fields[speed]}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True, refresh_per_second=8) as bar:
        task = bar.add_task("", name=name, epoch=0, epochs=0, loss="", speed="", total=None)
        began, steps, windows = time.monotonic(), 0, 0

        def listener(event: Event) -> None:
            nonlocal began, steps, windows
            if isinstance(event, Started):
                console.print(f"[bold]{name}[/]: {event.parameters:,} parameters, in {run}", highlight=False)
                bar.update(task, total=event.windows * event.epochs, epochs=event.epochs, epoch=1)
                began, windows = time.monotonic(), event.windows
            elif isinstance(event, WindowTrained):
                steps += event.steps
                speed = f"{steps / max(time.monotonic() - began, 1e-9):,.0f} steps/s"
                done = (event.epoch - 1) * windows + event.window  # a resume does not begin at the first
                bar.update(task, completed=done, epoch=event.epoch, speed=speed)
            elif isinstance(event, EpochEnded):
                shown = event.valid or event.train
                which = "valid loss" if event.valid else "loss"
                bar.update(task, loss=f"{which} {figure(shown.get('loss', float('nan')))}")
            elif isinstance(event, Finished):
                seconds = time.monotonic() - began
                console.print(
                    f"trained {event.epochs} epochs, {event.update:,} updates, in {seconds:.1f} s", highlight=False
                )

        yield listener


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


def _class_rows(metrics: Mapping[str, float]) -> list[tuple[str, str, str]]:
    """What is said of classes, and of columns of yes and no."""
    rows = [("accuracy", f"{metrics['accuracy']:.2%}", f"{metrics['baseline_accuracy']:.2%}")]
    if "f1" in metrics:
        rows += [(_NAMES[key], f"{metrics[key]:.2%}", "") for key in ("precision", "recall", "f1")]
        return [*rows, ("cross entropy, nats a column", figure(metrics["loss"]), "")]
    rows.append(("cross entropy, nats a step", figure(metrics["loss"]), ""))
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
        rows += _class_rows(metrics)
        gain = metrics["accuracy"] - metrics["baseline_accuracy"]
        better = f"accuracy {100 * gain:.1f} points higher"
    else:
        rows += [*_error_rows(metrics, result["target"]), *_normal_rows(metrics)]
        gain = metrics["skill"]
        better = f"{gain:.0%} less squared error"
    widths = [max(len(row[i]) for row in rows) for i in range(3)]
    lines = [f"{a:<{widths[0]}}  {b:>{widths[1]}}  {c:>{widths[2]}}".rstrip() for a, b, c in rows]
    count = int(metrics["scored_steps"])
    verdict = f"beats the {baseline}: {better}" if gain > 0 else f"does not beat the {baseline}"
    return [*lines, f"{verdict}, over {count:,} scored step{'s' * (count != 1)}", f"run: {result['run']}"]
