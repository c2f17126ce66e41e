"""The keys of `expect` as types. Those that name a metric, `test.mse`, are read beside them, as `MetricBound`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from rnnctl.config.sections import MOST, Section

MOST_SEEDS = 1000

Judged = Literal["mean", "worst", "confidence"]


SHARE = r"([0-9]+(\.[0-9]*)?|\.[0-9]+) ?%"
"""How a share is written."""
MEMORY = r"[0-9]+(\.[0-9]+)? ?([kKMGT]i?)?B"
"""How memory is written, with its unit."""

JudgeKey = Annotated[
    Judged | None,
    Field(description="what of several seeds is judged: the mean, the worst, or the end of its 95 % interval"),
]


class FigureBound(Section):
    """What is asked of one figure."""

    above: float | None = Field(None, description="what the figure is above")
    below: float | None = Field(None, description="what the figure is below")
    judge: JudgeKey = None


class MetricBound(Section):
    """What is asked of one metric, by itself or beside another value."""

    above: float | str | None = Field(None, description="what the metric is above; a share, `90%`, with `of`")
    below: float | str | None = Field(None, description="what the metric is below; a share, `110%`, with `of`")
    within: float | str | None = Field(None, description="how far from `of` it may be: a share, `5%`, or a difference")
    of: float | Literal["baseline"] | None = Field(
        None, description="what it is held against: the value that is recorded as the baseline, or a number"
    )
    judge: JudgeKey = None


class CountBound(Section):
    """What is asked of a count."""

    exactly: int | None = Field(None, ge=0, description="what the count is")
    above: int | None = Field(None, ge=0, description="what the count is above")
    below: int | None = Field(None, ge=0, description="what the count is below")


class SecondsBound(Section):
    """What is asked of a time."""

    below: Annotated[float, Field(gt=0, le=MOST)] = Field(description="the seconds that training may take")


class MemoryBound(Section):
    """What is asked of memory."""

    below: int | str = Field(description="the bytes that the process may hold at its peak, or a text such as `500 MB`")


class SeedsSection(Section):
    """How many times the model is trained, each with another seed."""

    count: int = Field(ge=1, le=MOST_SEEDS, description="how many seeds: `training.seed` and those that follow it")
    judge: Judged = Field("worst", description="what is judged where a bound does not say: the mean, the worst, …")


def _count(value: Any) -> Any:
    return {"exactly": value} if isinstance(value, int) and not isinstance(value, bool) else value


def _seeds(value: Any) -> Any:
    return {"count": value} if isinstance(value, int) and not isinstance(value, bool) else value


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


class ExpectSection(Section):
    """What a config promises, beside its metrics."""

    parameters: Annotated[CountBound | None, BeforeValidator(_count)] = Field(
        None, description="how many numbers are trained"
    )
    seconds: SecondsBound | None = Field(None, description="how long training takes, from its start to its judgement")
    memory: MemoryBound | None = Field(None, description="the most memory that the training process holds")
    horizon: FigureBound | None = Field(None, description="the steps of effective memory, on the test split")
    deterministic: bool | None = Field(None, description="true: trained twice, it gives the same bits")
    resume: Literal["exact"] | None = Field(None, description="exact: stopped and gone on with, it gives the same bits")
    transcript: Annotated[list[Annotated[str, Field(min_length=1)]] | None, BeforeValidator(_listed)] = Field(
        None, min_length=1, description="scripts of the stepper whose every `expect` holds; relative to the config"
    )
    seeds: Annotated[SeedsSection | None, BeforeValidator(_seeds)] = Field(
        None, description="how many seeds it is trained with, and what of them is judged"
    )
