"""A config against the lengths of its data: splits, windows and burn-in that leave nothing, or change nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rnnctl.config.layout import count_windows, epoch_batches, longest_row
from rnnctl.config.members import bidirectional_problems
from rnnctl.config.read import Config
from rnnctl.config.rules import EPOCHS, POLICY, UPDATE, shorter, state_problems
from rnnctl.config.sections import TrainingSection, WindowSection
from rnnctl.config.sources import KINDS
from rnnctl.data.records import Facts
from rnnctl.data.spec import CsvSource, Source, Split, SplitName
from rnnctl.data.splits import Piece, split_pieces
from rnnctl.document.mistakes import bounded
from rnnctl.errors import ConfigError, DataError, Problem, SettingPath

Pieces = Mapping[SplitName, Sequence[Piece]]
BURN_IN: SettingPath = ("training", "burn_in")


def length_warnings(config: Config, facts: Facts) -> list[Problem]:
    """Refuse splits without a scored step and a series shorter than its window; warn of what changes nothing.

    An order of sequences is refused for one series.
    Errors: ConfigError, DataError, placed in the config.
    """
    training = config.training
    if facts.one_series and config.data.split.shuffle is not None:
        message = "one series is split by time, so there is nothing to shuffle"
        problem = Problem(
            ("data", "split", "shuffle"), message, "leave shuffle out", on="key", id="split-of-one-series"
        )
        raise ConfigError(config.locate(problem))
    pieces = _pieces(config, facts)
    if found := _burnt(training, pieces, one_series=facts.one_series):
        raise DataError(config.locate(found))
    lengths = [piece.length for piece in pieces["train"]]
    longest = max(lengths)
    window = training.window.update if training.window else None
    if window is not None and window > longest and facts.one_series:
        message = f"the training split has {longest} steps, fewer than one window of {window}"
        help_text = f"write window: {longest} or less, or window: null for the whole series"
        also = ((("data", "split", "train"), "the training split"),)
        problem = Problem(UPDATE, message, help_text, id="window-longer-than-series", also=also)
        raise DataError(config.locate(problem))
    if facts.one_series and "window" not in training.model_fields_set:
        uncut = [_in_one_window(config, pieces, longest_row(training, lengths))]
    else:
        uncut = _uncut(training, longest_row(training, lengths))
    return [
        *uncut,
        *([] if uncut else _mostly_uncut(training, lengths)),
        *([] if uncut else _small_splits(training, pieces, facts)),
        *(_far_answers(training, lengths, config.source) if facts.each == "sequence" else ()),
        *(_mostly_burnt(training, pieces["train"], facts) if training.burn_in else ()),
        *_warming_up(training, lengths),
    ]


def _pieces(config: Config, facts: Facts) -> Pieces:
    """The pieces of each split. Errors: ConfigError, DataError, placed in the config."""
    try:
        pieces = split_pieces(facts, config.split, config.training.seed)
    except DataError as error:
        raise placed(DataError(problems=_unsplit(error.problems, config, facts)), config) from None
    if config.training.early_stopping is not None and not pieces["valid"]:
        message = "early stopping looks at the validation loss, and the validation split is empty"
        help_text, also = "give `valid` a share of `data.split`", ((("data", "split", "valid"), "no validation split"),)
        place: SettingPath = ("training", "early_stopping")
        found = Problem(place, message, help_text, on="key", id="early-stopping-without-validation", also=also)
        raise ConfigError(config.locate(found))
    return pieces


# windows


def _in_one_window(config: Config, pieces: Pieces, row: int) -> Problem:
    """One series that nobody has said anything of windows for, its training steps in rows of so many."""
    training = config.training
    epochs = training.epochs
    many = f"{epochs} epochs make {epochs} updates" if epochs != 1 else "1 epoch makes 1 update"
    message = f"the whole series is one window: {many}"
    steps = _a_window(config, pieces, row)
    many = f"{steps} steps" if steps != 1 else "step"
    help_text = f"write window: {steps}, say, to update every {many}" if steps else "write window: null to say so"
    place: SettingPath = ("training", "window")
    return Problem(place, message, help_text, on="key", severity="warning", id="series-in-one-window")


def _a_window(config: Config, pieces: Pieces, row: int) -> int | None:
    """A window that cuts rows of so many steps, and that nothing in the config speaks against."""
    training = config.training
    splits = (sum(len(piece.scored) for piece in pieces[name]) for name in pieces if name != "train")
    least = training.burn_in + 1 if training.reset.policy == "window" else 1
    steps = max(least, min(32, row // 2, *(steps for steps in splits if steps)))
    cut = training.model_copy(update={"window": WindowSection(update=steps)})
    against = [*state_problems(cut), *bidirectional_problems(config.layers, cut)]
    return None if against or steps > row else steps


def _uncut(training: TrainingSection, longest: int) -> list[Problem]:
    """Warn of a window longer than every row, or of gradients that go back further than there are steps."""
    window, streams = training.window, training.batching == "streams"
    if window is None:
        return []
    steps = f"{longest} step{'s' * (longest != 1)}"
    what = f"no {'row' if streams else 'sequence'} is longer than {steps}"
    also = ((("training", "batch"), f"cuts all steps into {training.batch} rows"),) if streams else ()
    if window.update > longest:
        help_text = "write window: null to say so"
        if streams and training.batch > 1:
            help_text += ", or a smaller batch for longer rows"
        message = f"{what}, so this window never cuts one"
        return [Problem(UPDATE, message, help_text, severity="warning", id="window-cuts-nothing", also=also)]
    enough = window.update * -(-longest // window.update)
    if window.depth <= enough:
        return []
    place: SettingPath = ("training", "window", "backward")
    message = f"{what}, so no gradient goes back {window.depth}"
    help_text = f"write backward: {enough}, which reaches to the start of every row"
    return [Problem(place, message, help_text, severity="warning", id="backward-beyond-rows", also=also)]


def _mostly_uncut(training: TrainingSection, lengths: Sequence[int]) -> Iterator[Problem]:
    """Warn of a window longer than more than half of the sequences."""
    if training.window is None or training.batching == "streams" or len(lengths) == 1:
        return
    update = training.window.update
    within = sum(length < update for length in lengths)
    if 2 * within > len(lengths):
        message = (
            f"{within:,} of the {len(lengths):,} training sequences are shorter than this window of {update} steps"
        )
        help_text = "write window: null for whole sequences, or a shorter window to cut most of them"
        yield Problem(UPDATE, message, help_text, severity="warning", id="window-cuts-few")


def _far_answers(training: TrainingSection, lengths: Sequence[int], source: Source) -> Iterator[Problem]:
    """Warn of gradients that end before the start of most sequences, whose answer is asked at their last step."""
    window = training.window
    if window is None:
        return
    update, again = window.update, window.depth - window.update
    aligned = training.batching == "sequences"  # in streams a window may begin anywhere
    cut = sum((length - 1) // update * update > again if aligned else length > window.depth for length in lengths)
    if 2 * cut > len(lengths):
        message = (
            "the answer is asked at the last step, and its gradient does not reach the start of "
            f"{cut:,} of the {len(lengths):,} training sequences"
        )
        csv = isinstance(source, CsvSource)
        asked: SettingPath = ("data", "target", "each") if csv else ("data", "task")
        also = ((asked, "one answer a sequence"),)
        help_text = "write window: null, with which gradients go through whole sequences"
        yield Problem(UPDATE, message, help_text, severity="warning", id="window-hides-start", also=also)


_SPLITS: Mapping[SplitName, str] = {"train": "training", "valid": "validation", "test": "test"}


def _small_splits(training: TrainingSection, pieces: Pieces, facts: Facts) -> Iterator[Problem]:
    """Warn of validation and test splits that have fewer steps than a window."""
    if training.window is None:
        return
    update = training.window.update
    names: tuple[SplitName, ...] = ("valid", "test")
    for name in names:
        steps = sum(len(piece.scored) if facts.one_series else piece.length for piece in pieces[name])
        if 0 < steps < update:
            count = f"{steps} step{'s' * (steps != 1)}"
            message = f"the {_SPLITS[name]} split has {count}, fewer than one window of {update}: it says little"
            help_text, also = f"give `{name}` a larger share, or write a shorter window", ((UPDATE, "the window"),)
            place: SettingPath = ("data", "split", name)
            yield Problem(place, message, help_text, severity="warning", id="split-shorter-than-window", also=also)


def _warming_up(training: TrainingSection, lengths: Sequence[int]) -> Iterator[Problem]:
    """Warn of a warm-up that all updates are part of."""
    name, options = training.schedule.chosen
    warmup: int = dict(options)["warmup"]
    least = training.epochs * (-(-len(lengths) // training.batch) if training.batching == "sequences" else 1)
    if warmup <= least:
        return  # without a look at every batch
    most = training.epochs * count_windows(training, epoch_batches(training, lengths, 1))
    if warmup > most:
        message = f"the warm-up takes {warmup:,} updates, and training has at most {most:,}: its full rate never comes"
        help_text = f"write warmup: {max(1, most // 10)}, say, or more epochs"
        place: SettingPath = ("training", "schedule", name, "warmup")
        also = ((EPOCHS, f"{training.epochs} epoch{'s' * (training.epochs != 1)} in all"),)
        yield Problem(place, message, help_text, severity="warning", id="warmup-never-ends", also=also)


# splits

_FRACTIONS = ((0.7, 0.15, 0.15), (0.6, 0.2, 0.2), (0.5, 0.25, 0.25), (0.6, 0.4, 0), (0.8, 0.2, 0), (1, 0, 0))


def _unsplit(problems: Sequence[Problem], config: Config, facts: Facts) -> Iterator[Problem]:
    """Why splits cannot be made, placed where data is split or else where it comes from, with one way that can."""
    source, help_text = config.source, next(_other_splits(config, facts), None)
    for found in problems:
        problem = found._replace(id="split-scores-nothing")
        if problem.setting[:2] == ("data", "split") and "split" in config.document.value["data"]:
            yield problem._replace(help=help_text)
        elif problem.setting[:2] == ("data", "split"):
            kind = next(kind for kind in KINDS if getattr(config.data, kind) is not None)
            yield problem._replace(setting=("data", kind), on="key", help=help_text)
        elif not (isinstance(source, CsvSource) and source.target.ahead and any(source.resets)):
            yield problem
        else:
            also = tuple(
                (("training", "reset", key), "resets") for key, name in source.resets._asdict().items() if name
            )
            if source.target.where is None:
                message = problem.message.replace("this column is 0", "a reset stands before the target")
                yield problem._replace(setting=("data", "target", "ahead"), message=message, also=also)
            else:
                message = problem.message.replace("is 0", "is 0, or a reset stands before the target,")
                yield problem._replace(message=message, also=also)
        help_text = None


def _other_splits(config: Config, facts: Facts) -> Iterator[str]:
    """Fractions with which every split has something to score, as they are written."""
    shuffle = config.split.shuffle
    for train, valid, test in _FRACTIONS:
        try:
            split_pieces(facts, Split(train, valid, test, shuffle), config.training.seed)
        except DataError:
            continue
        order = "" if shuffle else ", shuffle: false"
        yield f"write split: {{train: {train:g}, valid: {valid:g}, test: {test:g}{order}}}"


# burn-in


def _burnt(training: TrainingSection, pieces: Pieces, *, one_series: bool) -> Problem | None:
    """Why the burn-in leaves nothing to score, if it does: between two resets there are no more steps than it has."""
    policy, burn_in = training.reset.policy, training.burn_in
    message = "burn_in leaves nothing to score"
    found = Problem(BURN_IN, message, id="burn-in-leaves-nothing")
    if policy == "never" or not burn_in:
        return None
    row = -(-sum(piece.length for piece in pieces["train"]) // training.batch)
    if training.batching == "streams" and burn_in >= row:
        message += f": each of the {training.batch} rows has {row} steps"
        rows = ((("training", "batch"), "rows"),)
        return found._replace(message=message, help=f"{shorter(row)}, or a smaller batch for longer rows", also=rows)
    if policy == "epoch":
        return None
    for name, its in pieces.items():
        longest = max((piece.length for piece in its), default=0)
        if its and burn_in >= longest:
            what = f"the {_SPLITS[name]} split has {longest} steps"
            if not one_series:
                what = f"no sequence of the {_SPLITS[name]} split is longer than {longest} steps"
            also = ((("data", "split", name), f"the {_SPLITS[name]} split"),)
            return found._replace(message=f"{message}: {what}", help=shorter(longest), also=also)
    return None


def _mostly_burnt(training: TrainingSection, pieces: Sequence[Piece], facts: Facts) -> Iterator[Problem]:
    """Warn of a burn-in that leaves out most of what could be scored, or that leaves out nothing."""
    window, policy, streams = training.window, training.reset.policy, training.batching == "streams"
    if policy == "never":
        return
    lengths, burn_in = [piece.length for piece in pieces], training.burn_in
    counted, left = sum(piece.counted for piece in pieces), 0
    by_row = streams and (facts.one_series or policy == "epoch") and policy != "window"
    if by_row:
        shortest = longest_row(training, lengths)
        left = min(counted, _young(range(sum(lengths)), shortest, burn_in))
    else:
        sizes = [min(window.update, n) if window and policy == "window" else n for n in lengths]
        shortest = min(sizes)
        parts = ((part, size) for piece, size in zip(pieces, sizes, strict=True) for part in piece.stretches)
        left = sum(_young(part, size, burn_in) for part, size in parts)
    if 2 * left > counted and 2 * burn_in > shortest:
        least = "at least " if streams and not by_row else ""
        message = f"burn_in leaves out {least}{left:,} of the {counted:,} steps of an epoch that could be scored"
        also = ((POLICY, "where the carry goes back"), (UPDATE, "a window's steps"))
        help_text = "write a smaller burn_in, or reset less often"
        yield Problem(BURN_IN, message, help_text, severity="warning", id="burn-in-leaves-little", also=also)
    elif left == 0 and facts.each == "sequence" and not streams and not (facts.before or facts.after):
        message = "the answer is asked at the last step of a sequence, and no sequence is so short that it is left out"
        help_text = "leave burn_in out"
        yield Problem(BURN_IN, message, help_text, severity="warning", id="burn-in-changes-nothing")


def _young(scored: range, size: int, burn_in: int) -> int:
    """How many of these steps stand less than the burn-in behind a border, of which there is one each `size` steps."""

    def before(step: int) -> int:
        return step // size * min(burn_in, size) + min(step % size, burn_in)

    return before(scored.stop) - before(scored.start)


def placed(error: DataError, config: Config) -> DataError:
    """The same error, its problems at their places in the config, in the order of the file."""
    found = [config.locate(p) for p in error.problems]
    found.sort(key=lambda d: (d.where.line, d.where.column) if d.where else (0, 0))
    return DataError(*error.diagnostics, *bounded(found))
