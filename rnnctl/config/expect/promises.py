"""What a config promises, as plain frozen values: one promise for each key of `expect`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from rnnctl.errors import SettingPath

Judge: TypeAlias = Literal["mean", "worst", "confidence"]
Kind: TypeAlias = Literal[
    "metric", "parameters", "seconds", "memory", "horizon", "deterministic", "resume", "transcript"
]
SPLITS = ("test", "valid", "train")


@dataclass(frozen=True, slots=True)
class Amount:
    """A number, or with `share` that many hundredths of what a metric is held against."""

    value: float
    share: bool = False

    def __str__(self) -> str:
        return f"{self.value:g}%" if self.share else f"{self.value:.10g}"

    def of(self, reference: float | None) -> float:
        """The number that it stands for, beside a reference."""
        if not self.share:
            return self.value
        assert reference is not None
        return self.value / 100 * abs(reference)


@dataclass(frozen=True, slots=True)
class Bound:
    """What is asked of a figure: all that is given holds. `above` and `below` are strict, `within` is not.

    `of` is what shares and `within` are held against: "baseline", what was recorded, or a number.
    """

    above: Amount | None = None
    below: Amount | None = None
    within: Amount | None = None
    exactly: float | None = None
    of: float | Literal["baseline"] | None = None
    judge: Judge | None = None

    def __str__(self) -> str:
        of = "" if self.of is None else " of baseline" if self.of == "baseline" else f" of {self.of:.10g}"
        parts = [f"exactly {self.exactly:.10g}"] if self.exactly is not None else []
        for word, amount in (("above", self.above), ("below", self.below)):
            if amount is not None:
                parts.append(f"{word} {amount}{of if amount.share else ''}")
        if self.within is not None:
            parts.append(f"within {self.within}{of}")
        return " and ".join(parts)


@dataclass(frozen=True, slots=True)
class Promise:
    """One thing that a config promises: `key` is that of `expect`, "test.mse" or "parameters".

    A metric, a count of parameters, seconds, bytes of memory and a horizon have a `bound`; of `deterministic` and
    `resume` the key says all; a transcript has its `files`.
    """

    key: str
    kind: Kind
    bound: Bound | None = None
    files: tuple[Path, ...] = ()

    @property
    def setting(self) -> SettingPath:
        """Where it is written."""
        return ("expect", self.key)

    @property
    def split(self) -> str | None:
        """The split of a metric."""
        return self.key.partition(".")[0] if self.kind == "metric" else None

    @property
    def metric(self) -> str | None:
        """The name of a metric, without its split."""
        return self.key.partition(".")[2] if self.kind == "metric" else None

    def __str__(self) -> str:
        if self.kind == "deterministic":
            return "deterministic"
        if self.kind == "resume":
            return "resume exact"
        if self.kind == "transcript":
            return f"transcript {', '.join(path.name for path in self.files)}"
        return f"{self.key} {self.bound}"


@dataclass(frozen=True, slots=True)
class Seeds:
    """How many seeds are trained, and what of them is judged where a bound does not say."""

    count: int = 1
    judge: Judge = "worst"


@dataclass(frozen=True, slots=True)
class Expectations:
    """All that a config promises; `plain` is the section as a config file can hold it."""

    promises: tuple[Promise, ...]
    seeds: Seeds
    plain: Mapping[str, Any]
    """With every path absolute."""

    def judge_of(self, promise: Promise) -> Judge:
        """What of several seeds is judged."""
        return (promise.bound.judge if promise.bound else None) or self.seeds.judge
