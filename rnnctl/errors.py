"""What can go wrong, in one tree, and how it is told.

    RnnctlError
    ├── UsageError        2  a wrong argument, a run that is not there
    ├── ConfigError       2  the YAML file, or an equation in it
    ├── DataError         3  data that is missing, malformed, or lacks what the config names
    ├── TrainingError     4  the loss diverged, memory or disk ran out
    └── CheckpointError   5  a checkpoint, run or session that is damaged or does not fit

Every error carries one or more diagnostics: what, where, and what to do. A user's mistake is always a
diagnostic; any other exception that reaches the command line is a bug in rnnctl (exit code 1).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ClassVar, Literal, NamedTuple, TypeAlias

SettingPath: TypeAlias = tuple[str | int, ...]
"""The way from a document's root to one of its values: ("model", "chain", 0, "lstm")."""


EXCERPT = 100
"""How many characters of a long line are shown before a mistake, and twice as many in all."""


def printable(text: str) -> str:
    """A text as it can be shown: characters without a face are escaped; tabs and ends of lines stay."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in "\n\t" else ascii(c)[1:-1] for c in text)


class Place(NamedTuple):
    """A stretch of one line of a file; lines and columns count from 1, in characters.

    What is no file names itself: `--set`, with the text that stands behind it.
    """

    file: str
    line: int
    column: int
    length: int
    text: str

    def excerpt(
        self, arrow: str = "-->", mark: str = "^", width: int = 0, label: str = "", columns: int | None = None
    ) -> str:
        """The line with a mark under the stretch, as it stands under an error; a long line is cut around it.

        In a terminal of so many columns it is cut to what these hold.
        """
        width = max(width, len(str(self.line)))
        text, start = self.text, self.column - 1
        if columns is not None:
            text, start = _cut(text, start, min(max(20, columns - width - 4), 2 * EXCERPT))
        if start > EXCERPT:
            text, start = "…" + text[start - EXCERPT // 2 :], EXCERPT // 2 + 1
        if len(text) > 2 * EXCERPT:
            text = text[: 2 * EXCERPT] + "…"
        lead = "".join("\t" if c == "\t" else " " for c in printable(text[:start]))
        length = self.length if columns is None else min(self.length, len(text) - start)
        marks = mark * max(1, len(printable(text[start : start + length]))) + (f" {label}" if label else "")
        head = f"  {arrow} {self.file}:{self.line}:{self.column}"
        return f"{head}\n {self.line:>{width}} | {printable(text)}\n {'':{width}} | {lead}{marks}"


def _cut(text: str, start: int, room: int) -> tuple[str, int]:
    """As much of a line as there is room for around a character, and where that stands in it."""
    if len(text) <= room:
        return text, start
    first = max(0, min(start - room // 3, len(text) - room))
    cut = text[first : first + room]
    cut = f"…{cut[1:]}" if first else cut
    return (f"{cut[:-1]}…" if first + room < len(text) else cut), start - first


class Related(NamedTuple):
    """Another place that a mistake has to do with, and what stands there."""

    where: Place
    label: str = ""


MOST_SOUGHT = 1000
"""How many mistakes of one kind are looked for in one pass; far fewer are told."""

Severity: TypeAlias = Literal["error", "warning"]


class Diagnostic(NamedTuple):
    """One thing to tell the user: what is wrong, where, and what to do about it.

    `id` is that of a check, which `rnnctl explain` documents; `note` says where a value came from that does not
    stand at its place, and `also` has the other places that it takes to see what is wrong.
    """

    message: str
    where: Place | None = None
    help: str | None = None
    severity: Severity = "error"
    id: str | None = None
    note: str | None = None
    also: tuple[Related, ...] = ()

    def __str__(self) -> str:
        return self.told()

    def told(self, columns: int | None = None) -> str:
        """The lines that a person reads, those of files cut to a terminal of so many columns."""
        lines = [f"{self.severity}{f'[{self.id}]' if self.id else ''}: {self.message}"]
        places = [place for place in (self.where, *(other.where for other in self.also)) if place is not None]
        width = max((len(str(place.line)) for place in places), default=0)
        if self.where is not None:
            lines.append(self.where.excerpt(width=width, columns=columns))
        lines += [other.where.excerpt(":::", "-", width, other.label, columns) for other in self.also]
        margin = " " * (width + 2)
        lines += [
            f"{margin}= {word}: {text}" for word, text in (("note", self.note), ("help", self.help)) if text is not None
        ]
        return printable("\n".join(lines))

    def as_dict(self) -> dict[str, Any]:
        """Plain values for machines, the same for every diagnostic; what there is none of is null."""
        return {
            "severity": self.severity,
            "id": self.id,
            "message": self.message,
            "where": None if self.where is None else self.where._asdict(),
            "also": [{"label": other.label, **other.where._asdict()} for other in self.also],
            "note": self.note,
            "help": self.help,
        }


class Problem(NamedTuple):
    """A diagnostic that knows a setting of the config instead of a place in the file.

    Code that never sees the text (data, sizes, rules across sections) reports problems; whoever holds the
    document turns them into diagnostics. `on` says what the caret stands under; for a setting that is
    missing name its parent, with `on="key"`. `also` names the other settings of a rule that crosses sections,
    each with what it says there; of these, those that are written are shown.
    """

    setting: SettingPath
    message: str
    help: str | None = None
    on: Literal["key", "value"] = "value"
    severity: Severity = "error"
    id: str | None = None
    also: tuple[tuple[SettingPath, str], ...] = ()


class RnnctlError(Exception):
    """The root of all errors that are the user's to mend."""

    exit_code: ClassVar[int] = 1

    def __init__(self, *diagnostics: Diagnostic | str, problems: Iterable[Problem] = ()) -> None:
        self.diagnostics = tuple(Diagnostic(d) if isinstance(d, str) else d for d in diagnostics)
        self.problems = tuple(problems)
        super().__init__(*self.diagnostics)

    def __str__(self) -> str:
        every = [*self.diagnostics, *(Diagnostic(p.message, None, p.help, p.severity, p.id) for p in self.problems)]
        if len(every) == 1 and every[0].where is None:
            return every[0].message + (f" ({every[0].help})" if every[0].help else "")
        return "\n".join(str(d) for d in every)


class UsageError(RnnctlError):
    """A wrong argument on the command line or to a public function."""

    exit_code = 2


class ConfigError(RnnctlError):
    """A mistake in the YAML file, or in an equation that it holds."""

    exit_code = 2


class DataError(RnnctlError):
    """Data that is missing or malformed, or that lacks what the config names."""

    exit_code = 3


class TrainingError(RnnctlError):
    """Training cannot go on: the loss is not finite, or memory or disk ran out."""

    exit_code = 4


class CheckpointError(RnnctlError):
    """A checkpoint, run or session that is damaged or does not fit."""

    exit_code = 5


SYNONYMS = {
    "int": "integer",
    "bce": "binary_cross_entropy",
    "bilstm": "bidirectional",
    "birnn": "bidirectional",
    "crossentropy": "cross_entropy",
    "hidden": "size",
    "hidden_dim": "size",
    "hidden_size": "size",
    "l1": "mae",
    "l1_loss": "mae",
    "layers": "chain",
    "learning_rate": "lr",
    "linear": "dense",
    "mean_absolute_error": "mae",
    "mean_squared_error": "mse",
    "mse_loss": "mse",
    "num_epochs": "epochs",
    "num_layers": "depth",
    "output_size": "size",
    "units": "size",
    "xavier": "glorot_uniform",
    "xavier_normal": "glorot_normal",
    "xavier_uniform": "glorot_uniform",
}
"""What others call a key or a layer -> what it is called here."""


_MOST_TRIES, _LETTERS = 10_000, 200
_TRIES: ContextVar[list[int]] = ContextVar("tries")


@contextmanager
def few_guesses(most: int = _MOST_TRIES) -> Iterator[None]:
    """Let `nearest` look at so many words in all, that a file of nothing but mistakes is read in time too.

    A long word counts as several, since two are compared letter by letter.
    """
    before = _TRIES.set([most])
    try:
        yield
    finally:
        _TRIES.reset(before)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that a misspelt one most likely stands for, or None; None too beyond `few_guesses`.

    It may be the same in small letters, what others call it, or what it begins with, as `batch` of `batch_size`.
    """
    from difflib import get_close_matches  # here, since only an error needs it

    left = _TRIES.get([_MOST_TRIES])
    if left[0] <= 0:
        return None
    choices = list(known)
    tried: list[str] = []
    for choice in choices:
        if left[0] <= 0:
            break
        left[0] -= 1 + len(word) * len(choice) // _LETTERS
        tried.append(choice)
    small = word.lower() if len(word) > 1 else word
    if small != word and small in choices:
        return small
    if SYNONYMS.get(small) in choices:
        return SYNONYMS[small]
    begun = [choice for choice in choices if len(choice) > 2 and word.startswith(f"{choice}_")]
    if begun:
        return max(begun, key=len)
    matches = get_close_matches(word, tried, n=1, cutoff=0.601)
    return matches[0] if matches else None


def number_meant(value: object, *, whole: bool = False) -> str | None:
    """What to write for a number that is misspelt: `20_000`, `0,003`, `0b101`, `20%`, `"60"`, or 60.0 for a count."""
    import re

    if isinstance(value, float) and whole and value.is_integer() and abs(value) < 2**53:
        return f"write {int(value)}"
    if not isinstance(value, str):
        return None
    if re.fullmatch(r"[-+]?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?", value):
        return f"write {value}, without quotes"
    if re.fullmatch(r"[-+]?[0-9]+(_[0-9]+)+", value):
        return f"write {int(value)}: a number has no '_'"
    if re.fullmatch(r"[-+]?[0-9]+,[0-9]+", value) and not whole:
        return f"write {value.replace(',', '.')}, with a point"
    if re.fullmatch(r"0b[01]+", value):
        return f"write {int(value, 2)}: YAML has no binary numbers"
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?%", value) and not whole:
        return f"write {float(value[:-1]) / 100:g}"
    return None


def nearest_file(name: str, known: Iterable[str]) -> str | None:
    """The file that a misspelt name most likely stands for, or None; of other numbers it is another file."""
    import re
    from difflib import SequenceMatcher

    def alike(other: str) -> float:
        numbers = [re.findall(r"\d+", text) for text in (name, other)]
        if all(numbers) and numbers[0] != numbers[1]:
            return 0
        stem, its = (text.rpartition(".")[0] or text for text in (name, other))
        return SequenceMatcher(None, stem, its).ratio()

    close = max(known, key=alike, default=None)
    return close if close is not None and alike(close) >= 0.65 else None
