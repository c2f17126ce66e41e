"""A config against the lengths of its data: splits, windows and burn-in that leave nothing, or cut nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rnnctl.config.layout import longest_row
from rnnctl.config.read import Config
from rnnctl.config.rules import shorter
from rnnctl.config.sections import TrainingSection
from rnnctl.config.sources import KINDS
from rnnctl.data.records import Facts
from rnnctl.data.spec import CsvSource, Split, SplitName
from rnnctl.data.splits import Piece, split_pieces
from rnnctl.errors import ConfigError, DataError, Problem


def length_warnings(config: Config, facts: Facts) -> list[Problem]:
    """Refuse splits without a scored step and a series shorter than its window; warn of a window that cuts nothing.

    Errors: ConfigError, DataError, placed in the config.
    """
    training = config.training
    window = training.window.update if training.window else None
    try:
        pieces = split_pieces(facts, config.split, config.training.seed)
    except DataError as error:
        raise placed(DataError(problems=_unsplit(error.problems, config, facts)), config) from None
    if training.early_stopping is not None and not pieces["valid"]:
        message = "early stopping looks at the validation loss, and the validation split is empty"
        problem = Problem(("training", "early_stopping"), message, "give `valid` a share of `data.split`", on="key")
        raise ConfigError(config.locate(problem))
    if found := _burnt(training, pieces, one_series=facts.one_series):
        raise DataError(config.locate(found))
    lengths = [piece.length for piece in pieces["train"]]
    longest = max(lengths)
    place = ("training", "window")
    if facts.one_series and "window" not in training.model_fields_set:
        epochs = training.epochs
        many = f"{epochs} epochs make {epochs} updates" if epochs != 1 else "1 epoch makes 1 update"
        message = f"the whole series is one window: {many}"
        help_text = "write window: 32, say, to update every 32 steps"
        return [Problem(place, message, help_text, on="key", severity="warning")]
    if window is not None and window > longest and facts.one_series:
        message = f"the training split has {longest} steps, fewer than one window of {window}"
        problem = Problem(place, message, f"write window: {longest} or less, or window: null for the whole series")
        raise DataError(config.locate(problem))
    return _uncut(training, longest_row(training, lengths))


def _uncut(training: TrainingSection, longest: int) -> list[Problem]:
    """Warn of a window longer than every row, or of gradients that go back further than there are steps."""
    window, streams = training.window, training.batching == "streams"
    if window is None:
        return []
    steps = f"{longest} step{'s' * (longest != 1)}"
    what = f"no {'row' if streams else 'sequence'} is longer than {steps}"
    if window.update > longest:
        help_text = "write window: null to say so"
        if streams and training.batch > 1:
            help_text += ", or a smaller batch for longer rows"
        message = f"{what}, so this window never cuts one"
        return [Problem(("training", "window"), message, help_text, severity="warning")]
    enough = window.update * -(-longest // window.update)
    if window.depth <= enough:
        return []
    message = f"{what}, so no gradient goes back {window.depth}"
    help_text = f"write backward: {enough}, which reaches to the start of every row"
    return [Problem(("training", "window", "backward"), message, help_text, severity="warning")]


_FRACTIONS = ((0.7, 0.15, 0.15), (0.6, 0.2, 0.2), (0.5, 0.25, 0.25), (0.6, 0.4, 0), (0.8, 0.2, 0), (1, 0, 0))


def _unsplit(problems: Sequence[Problem], config: Config, facts: Facts) -> Iterator[Problem]:
    """Why splits cannot be made, placed where data is split or else where it comes from, with one way that can."""
    source, help_text = config.source, next(_other_splits(config, facts), None)
    for problem in problems:
        if problem.setting[:2] == ("data", "split") and "split" in config.document.value["data"]:
            yield problem._replace(help=help_text)
        elif problem.setting[:2] == ("data", "split"):
            kind = next(kind for kind in KINDS if getattr(config.data, kind) is not None)
            yield problem._replace(setting=("data", kind), on="key", help=help_text)
        elif not (isinstance(source, CsvSource) and source.target.ahead and any(source.resets)):
            yield problem
        elif source.target.where is None:
            message = problem.message.replace("this column is 0", "a reset stands before the target")
            yield Problem(("data", "target", "ahead"), message)
        else:
            message = problem.message.replace("is 0", "is 0, or a reset stands before the target,")
            yield problem._replace(message=message)
        help_text = None


def _other_splits(config: Config, facts: Facts) -> Iterator[str]:
    """Fractions with which every split has something to score, as they are written."""
    for train, valid, test in _FRACTIONS:
        try:
            split_pieces(facts, Split(train, valid, test), config.training.seed)
        except DataError:
            continue
        yield f"write split: {{train: {train:g}, valid: {valid:g}, test: {test:g}}}"


_SPLITS: Mapping[SplitName, str] = {"train": "training", "valid": "validation", "test": "test"}


def _burnt(
    training: TrainingSection, pieces: Mapping[SplitName, Sequence[Piece]], *, one_series: bool
) -> Problem | None:
    """Why the burn-in leaves nothing to score, if it does: between two resets there are no more steps than it has."""
    policy, burn_in = training.reset.policy, training.burn_in
    place, message = ("training", "burn_in"), "burn_in leaves nothing to score"
    if policy == "never" or not burn_in:
        return None
    row = -(-sum(piece.length for piece in pieces["train"]) // training.batch)
    if training.batching == "streams" and burn_in >= row:
        help_text = f"{shorter(row)}, or a smaller batch for longer rows"
        return Problem(place, f"{message}: each of the {training.batch} rows has {row} steps", help_text)
    if policy == "epoch":
        return None
    for name, found in pieces.items():
        longest = max((piece.length for piece in found), default=0)
        if found and burn_in >= longest and one_series:
            return Problem(place, f"{message}: the {_SPLITS[name]} split has {longest} steps", shorter(longest))
        if found and burn_in >= longest:
            what = f"no sequence of the {_SPLITS[name]} split is longer than {longest} steps"
            return Problem(place, f"{message}: {what}", shorter(longest))
    return None


def placed(error: DataError, config: Config) -> DataError:
    """The same error, its problems at their places in the config, in the order of the file."""
    found = [config.locate(p) for p in error.problems]
    found.sort(key=lambda d: (d.where.line, d.where.column) if d.where else (0, 0))
    return DataError(*error.diagnostics, *found)
