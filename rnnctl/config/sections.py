"""The sections of a config as types: every key with its type, range, default and one sentence.

Short forms (`adam` for `{adam: {}}`, a list of columns for `{columns: [...]}`) are written out before these
types see them.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Fraction = Annotated[float, Field(ge=0, le=1)]
BelowOne = Annotated[float, Field(ge=0, lt=1)]
MOST = 1_000_000_000
"""The most that a count or a rate may be: more is a slip of the finger, and may be no number in single precision."""
MOST_COLUMNS = 10_000
"""How many columns may be named: far more than a person writes, and few enough to tell of each."""
Positive = Annotated[float, Field(gt=0, le=MOST)]
NotNegative = Annotated[float, Field(ge=0, le=MOST)]


class Section(BaseModel):
    """Strict: no key that is not known, no value of another type, no NaN."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False, defer_build=True)


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


class InputSection(Section):
    """What the model is shown at each step."""

    columns: list[str] = Field(min_length=1, max_length=MOST_COLUMNS, description="columns of the CSV file")
    kind: Literal["number", "symbol"] = Field("number", description="numbers, or one symbol a step")


class TargetSection(Section):
    """What the model is asked."""

    column: str | None = Field(None, description="a column of the CSV file")
    columns: list[str] | None = Field(
        None, min_length=1, max_length=MOST_COLUMNS, description="several columns of numbers, or of 0 and 1"
    )
    kind: Literal["number", "class", "binary"] = Field(
        "number", description="numbers to forecast, a class to name, or columns of 0 and 1"
    )
    ahead: int = Field(0, ge=0, description="ask for the value this many steps later")
    each: Literal["step", "sequence"] = Field("step", description="one target a step, or one a sequence")
    where: str | None = Field(None, description="a column: only steps at which it is 1 are scored; null: all")


class TextSection(Section):
    """Text files, each of them a sequence."""

    files: Annotated[list[Annotated[str, Field(min_length=1)]], BeforeValidator(_listed)] = Field(
        min_length=1, description="paths or patterns; relative to the config, or `stdlib:` and a pattern"
    )
    level: Literal["byte", "character"] = Field("byte", description="what a step is: a byte, or a character of UTF-8")


class SplitSection(Section):
    """The fractions of the data for training, validation and test, and which sequences each gets."""

    train: Fraction = Field(0.7, description="what is trained on")
    valid: Fraction = Field(0.15, description="what the best checkpoint is chosen by")
    test: Fraction = Field(0.15, description="what the final judgement is made on")
    shuffle: bool | None = Field(
        None, description="deal sequences out by the seed; false: in their order; null: true, but for one series"
    )


def _columns(value: Any) -> Any:
    if isinstance(value, str):
        return {"columns": [value]}
    return {"columns": value} if isinstance(value, list) else value


def _column(value: Any) -> Any:
    return {"column": value} if isinstance(value, str) else value


def _files(value: Any) -> Any:
    return {"files": value} if isinstance(value, str | list) else value


def _named(value: Any) -> Any:
    if isinstance(value, str):
        return {value: {}}
    if isinstance(value, dict):
        return {name: {} if options is None else options for name, options in value.items()}
    return value


class DataSection(Section):
    """Where the data comes from, and how it is split and scaled."""

    csv: str | None = Field(None, min_length=1, description="a CSV file, one row a time step; relative to the config")
    text: Annotated[TextSection | None, BeforeValidator(_files)] = Field(
        None, description="text files, of which the next byte or character is asked"
    )
    task: Annotated[dict[str, dict[str, Any]] | None, BeforeValidator(_named)] = Field(
        None, description="a synthetic task, made on the spot"
    )
    id: str | None = Field(None, description="the column that tells sequences apart; none: one series")
    time: str | None = Field(None, description="the column that says when each row was, by which it is checked")
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


class Huber(Section):
    """Squared near zero, absolute beyond: Huber 1964."""

    delta: Positive = Field(1.0, description="the error, in model units, from which on it is absolute")


class Plain(Section):
    """A loss without settings."""


class LossSection(Section):
    """One of these."""

    mse: Plain | None = Field(None, description="mean squared error, for numbers")
    mae: Plain | None = Field(None, description="mean absolute error, for numbers")
    huber: Huber | None = Field(None, description="squared for small errors, absolute for large ones, for numbers")
    gaussian: Plain | None = Field(None, description="likelihood of a mean and a variance, both given by the model")
    cross_entropy: Plain | None = Field(None, description="for classes, in nats")
    binary_cross_entropy: Plain | None = Field(None, description="for columns of yes and no, in nats")

    @property
    def chosen(self) -> tuple[str, Section]:
        """The name and the settings of the loss that is given."""
        return next((name, value) for name, value in self if value is not None)

    @property
    def name(self) -> str:
        """The name of the loss that is given."""
        return self.chosen[0]


class WindowSection(Section):
    """How often there is an update, and how far back its gradient goes."""

    update: int = Field(ge=1, le=MOST, description="steps from one update to the next")
    backward: int | None = Field(
        None, ge=1, le=MOST, description="steps that the gradient goes back through: a multiple of `update`"
    )

    @property
    def depth(self) -> int:
        """The steps that a gradient goes back through."""
        return self.backward or self.update


class ResetSection(Section):
    """Where the carry goes back to the initial carry."""

    policy: Literal["sequence", "window", "epoch", "never"] = Field(
        "sequence", description="at the start of every sequence, window or epoch, or of the run alone"
    )
    before: str | None = Field(None, description="a column: also before each step at which it is 1")
    after: str | None = Field(None, description="a column: also after each step at which it is 1")


class ClipSection(Section):
    """A bound on the gradient, before it is used."""

    norm: Positive | None = Field(None, description="the largest Euclidean norm of all gradients together")
    value: Positive | None = Field(None, description="the largest absolute value of each")


class Constant(Section):
    """The learning rate stays as it is, after its warm-up."""

    warmup: int = Field(0, ge=0, le=MOST, description="updates in which the rate rises from 0")


class Decay(Constant):
    """Down over all epochs: straight, or along a cosine (Loshchilov & Hutter 2017, arXiv:1608.03983)."""

    to: Fraction = Field(0.0, description="the share of the rate that is left at the end")


class Exponential(Constant):
    """Multiplied at the end of every epoch."""

    factor: Annotated[float, Field(gt=0, le=1)] = Field(0.95, description="what the rate is multiplied by")


class StepDecay(Exponential):
    """Multiplied at the end of every so many epochs."""

    factor: Annotated[float, Field(gt=0, le=1)] = Field(0.5, description="what the rate is multiplied by")
    every: int = Field(ge=1, le=MOST, description="epochs from one multiplication to the next")


class ScheduleSection(Section):
    """One of these."""

    constant: Constant | None = Field(None, description="the learning rate as it is given")
    linear: Decay | None = Field(None, description="down in a straight line over all epochs")
    cosine: Decay | None = Field(None, description="down along half a cosine over all epochs")
    exponential: Exponential | None = Field(None, description="multiplied after each epoch")
    step: StepDecay | None = Field(None, description="multiplied after every so many epochs")

    @property
    def chosen(self) -> tuple[str, Section]:
        """The name and the settings of the schedule that is given."""
        return next((name, value) for name, value in self if value is not None)


class EarlyStopping(Section):
    """Stop where the validation loss no longer falls."""

    patience: int = Field(ge=1, le=MOST, description="epochs without a lower loss, after which training stops")
    margin: NotNegative = Field(0.0, description="how much lower than the best the loss must be, to count")


SHORT = {"early_stopping": "patience", "reset": "policy", "window": "update"}
"""Of each section that may be written as a value alone, the key that this value stands for."""


def _short(section: str) -> BeforeValidator:
    """The short form of a section, written out."""
    key = SHORT[section]

    def written_out(value: Any) -> Any:
        return value if value is None or isinstance(value, dict) else {key: value}

    return BeforeValidator(written_out)


class TrainingSection(Section):
    """How the model is trained, and what happens to its state."""

    loss: Annotated[LossSection, BeforeValidator(_named)] = Field(
        description="what is made small: a mean over scored steps"
    )
    optimizer: Annotated[OptimizerSection, BeforeValidator(_named)] = Field(
        default_factory=lambda: OptimizerSection(adam=Adam()), description="how weights follow gradients"
    )
    schedule: Annotated[ScheduleSection, BeforeValidator(_named)] = Field(
        default_factory=lambda: ScheduleSection(constant=Constant()), description="how the learning rate changes"
    )
    clip: ClipSection | None = Field(None, description="a bound on the gradient; null: none")
    epochs: int = Field(10, ge=1, le=MOST, description="how often the training data is gone through")
    early_stopping: Annotated[EarlyStopping | None, _short("early_stopping")] = Field(
        None, description="stop where the validation loss no longer falls; null: go through all epochs"
    )
    batching: Literal["sequences", "streams"] = Field(
        "sequences", description="a row is one whole sequence, or a long stream that goes on from window to window"
    )
    batch: int = Field(32, ge=1, le=MOST, description="how many rows a batch has")
    window: Annotated[WindowSection | None, _short("window")] = Field(
        None, description="steps that an update sees and goes back through; null: the whole row"
    )
    reset: Annotated[ResetSection, _short("reset")] = Field(
        default_factory=ResetSection, description="the border at which the carry goes back to the initial carry"
    )
    burn_in: int = Field(0, ge=0, le=MOST, description="steps after a reset that run and are not scored")
    learn_initial_state: bool = Field(False, description="train the initial carry of every layer")
    shuffle: bool | None = Field(
        None, description="go through sequences in another order each epoch; null: with `batching: sequences`"
    )
    seed: int = Field(0, ge=0, lt=2**63, description="what all random choices follow from")
    precision: Literal["float32", "float64"] = Field("float32", description="the type of weights and windows")
    threads: Annotated[int, Field(ge=1, le=1024)] | Literal["auto"] = Field(
        1, description="processor threads for one operation; auto: what is faster, one or all"
    )


class ModelSection(Section):
    """The layers, from the input to the output."""

    chain: list[Any] = Field(min_length=1, description="one layer an item: a name, and its options")
