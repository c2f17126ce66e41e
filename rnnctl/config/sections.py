"""The sections of a config as types: every key with its type, range, default and one sentence.

Short forms (`adam` for `{adam: {}}`, a list of columns for `{columns: [...]}`) are written out before these
types see them.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Fraction = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
BelowOne = Annotated[float, Field(ge=0, lt=1)]
MOST = 1_000_000_000
"""The most that a count may be: more is a slip of the finger."""


class Section(BaseModel):
    """Strict: no key that is not known, no value of another type, no NaN."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False, defer_build=True)


class InputSection(Section):
    """What the model is shown at each step."""

    columns: list[str] = Field(min_length=1, description="columns of the CSV file")
    kind: Literal["number", "symbol"] = Field("number", description="numbers, or one symbol a step")


class TargetSection(Section):
    """What the model is asked."""

    column: str | None = Field(None, description="a column of the CSV file")
    columns: list[str] | None = Field(None, min_length=1, description="several columns of numbers")
    kind: Literal["number", "class"] = Field("number", description="numbers to forecast, or a class to name")
    ahead: int = Field(0, ge=0, description="ask for the value this many steps later")
    each: Literal["step", "sequence"] = Field("step", description="one target a step, or one a sequence")


class SplitSection(Section):
    """The fractions of the data for training, validation and test."""

    train: Fraction = Field(0.7, description="what is trained on")
    valid: Fraction = Field(0.15, description="what the best checkpoint is chosen by")
    test: Fraction = Field(0.15, description="what the final judgement is made on")


def _columns(value: Any) -> Any:
    if isinstance(value, str):
        return {"columns": [value]}
    return {"columns": value} if isinstance(value, list) else value


def _column(value: Any) -> Any:
    return {"column": value} if isinstance(value, str) else value


def _named(value: Any) -> Any:
    if isinstance(value, str):
        return {value: {}}
    if isinstance(value, dict):
        return {name: {} if options is None else options for name, options in value.items()}
    return value


class DataSection(Section):
    """Where the data comes from, and how it is split and scaled."""

    csv: str | None = Field(None, min_length=1, description="a CSV file, one row a time step; relative to the config")
    task: Annotated[dict[str, dict[str, Any]] | None, BeforeValidator(_named)] = Field(
        None, description="a synthetic task, made on the spot"
    )
    id: str | None = Field(None, description="the column that tells sequences apart; none: one series")
    input: Annotated[InputSection | None, BeforeValidator(_columns)] = Field(
        None, description="the columns that the model is shown"
    )
    target: Annotated[TargetSection | None, BeforeValidator(_column)] = Field(
        None, description="the column that the model is asked for"
    )
    split: SplitSection = Field(default_factory=SplitSection, description="fractions of the data")
    scale: Literal["standard", "range", "none"] = Field(
        "standard", description="mean 0 and variance 1, range 0 to 1, or as it is; fitted on the training split"
    )


class Adam(Section):
    """Kingma & Ba 2015, arXiv:1412.6980."""

    lr: Positive = Field(1e-3, description="learning rate")
    betas: tuple[BelowOne, BelowOne] = Field((0.9, 0.999), description="decay of the two running means", strict=False)
    eps: Positive = Field(1e-8, description="added to the divisor")


class AdamW(Adam):
    """Adam with decoupled weight decay: Loshchilov & Hutter 2019, arXiv:1711.05101."""

    weight_decay: NotNegative = Field(0.01, description="per update; initial states are left alone")


class Sgd(Section):
    """Gradient descent, with momentum where it is given."""

    lr: Positive = Field(1e-2, description="learning rate")
    momentum: BelowOne = Field(0.0, description="share of the last update that is kept")


class RmsProp(Section):
    """Hinton 2012, lecture 6e."""

    lr: Positive = Field(1e-3, description="learning rate")
    alpha: BelowOne = Field(0.99, description="decay of the running mean")
    eps: Positive = Field(1e-8, description="added to the divisor")


class OptimizerSection(Section):
    """One of these."""

    adam: Adam | None = Field(None, description="Adam")
    adamw: AdamW | None = Field(None, description="Adam with decoupled weight decay")
    rmsprop: RmsProp | None = Field(None, description="RMSprop")
    sgd: Sgd | None = Field(None, description="gradient descent with momentum")

    @property
    def chosen(self) -> tuple[str, Section]:
        """The name and the settings of the optimizer that is given."""
        return next((name, value) for name, value in self if value is not None)


class TrainingSection(Section):
    """How the model is trained, and what happens to its state."""

    loss: Literal["mse", "mae", "cross_entropy"] = Field(description="what is made small: a mean over scored steps")
    optimizer: Annotated[OptimizerSection, BeforeValidator(_named)] = Field(
        default_factory=lambda: OptimizerSection(adam=Adam()), description="how weights follow gradients"
    )
    epochs: int = Field(10, ge=1, le=MOST, description="how often the training data is gone through")
    batch: int = Field(32, ge=1, le=MOST, description="how many sequences are rows of a batch")
    window: int | None = Field(
        None, ge=1, le=MOST, description="steps that an update sees and goes back through; null: the whole sequence"
    )
    reset: Literal["sequence", "window"] = Field(
        "sequence", description="the border at which the carry goes back to the initial carry"
    )
    learn_initial_state: bool = Field(False, description="train the initial carry of every layer")
    shuffle: bool = Field(True, description="go through sequences in another order each epoch")
    seed: int = Field(0, ge=0, lt=2**63, description="what all random choices follow from")
    precision: Literal["float32", "float64"] = Field("float32", description="the type of weights and windows")
    threads: int = Field(
        1, ge=1, le=1024, description="processor threads for one operation; small models are fastest on one"
    )


class ModelSection(Section):
    """The layers, from the input to the output."""

    chain: list[Any] = Field(min_length=1, description="one layer an item: a name, and its options")
