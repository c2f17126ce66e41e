"""One training of a config, in a process and a folder of its own: what is asked of it, and what it has measured.

FOLDER/
  order.json    what is asked
  result.json   what was measured, written whole or not at all, when all is done
  log.txt       what the process wrote on stderr
  lock          held while the process is at work
  NAME-1/       the run
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rnnctl.errors import CheckpointError
from rnnctl.expect.events import TrialKind
from rnnctl.expect.outcome import Figures
from rnnctl.runs.files import as_json, write_whole

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Trial:
    """What is asked of one process: `config` with `settings` beside it, trained with `seed`.

    `splits` are to be judged; `timed` says that its seconds or its memory are judged, so that nothing is gone on
    with; `bits` asks for a hash of all that training leaves behind. `scripts` are hashes of the `transcripts`,
    `threads` what it needs of the processors. `digest` is of what is to be trained: of anything else nothing is
    measured.
    """

    config: Path
    settings: tuple[str, ...]
    kind: TrialKind
    seed: int
    folder: Path
    splits: tuple[str, ...] = ()
    transcripts: tuple[Path, ...] = ()
    horizon: bool = False
    bits: bool = False
    timed: bool = False
    scripts: tuple[str, ...] = ()
    threads: int = 1
    digest: str = ""

    def covers(self, other: Trial) -> bool:
        """Whether what this one measures is all that the other one asks for, wherever their configs lie."""
        same = (self.kind, self.seed, self.digest) == (other.kind, other.seed, other.digest)
        scripts = set(zip(other.transcripts, other.scripts, strict=False))
        more = set(other.splits) <= set(self.splits) and scripts <= set(
            zip(self.transcripts, self.scripts, strict=False)
        )
        asked = (other.horizon, self.horizon), (other.bits, self.bits), (other.timed, self.timed)
        return same and more and all(known or not wanted for wanted, known in asked)

    @property
    def result(self) -> Path:
        """The file that says what was measured."""
        return self.folder / "result.json"

    @property
    def log(self) -> Path:
        """The file of what the process wrote on stderr."""
        return self.folder / "log.txt"


def write_order(trial: Trial) -> Path:
    """Put down what is asked, for the process that does it. Errors: TrainingError where the disk refuses."""
    path = trial.folder / "order.json"
    _write(path, asdict(trial))
    return path


def read_order(folder: Path) -> Trial:
    """What is asked. Errors: CheckpointError where the file is damaged."""
    path = folder / "order.json"
    try:
        plain = _read(path)
        paths = {key: Path(plain[key]) for key in ("config", "folder")}
        lists = {key: tuple(plain[key]) for key in ("settings", "splits", "scripts")}
        return Trial(**{**plain, **paths, **lists, "transcripts": tuple(map(Path, plain["transcripts"]))})
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise CheckpointError(f"'{path}' cannot be read: {error}") from None


def write_result(trial: Trial, figures: Figures) -> None:
    """Put down what was measured. Errors: TrainingError where the disk refuses."""
    _write(trial.result, asdict(figures))


def read_result(trial: Trial) -> Figures | None:
    """What was measured; None where it is not done, or the file is damaged and it is to be done again.

    A figure that was no number is NaN.
    """
    try:
        plain = _read(trial.result)
        numbers = {
            split: {name: float("nan") if value is None else value for name, value in metrics.items()}
            for split, metrics in plain["metrics"].items()
        }
        scripts = plain["transcripts"]
        told = None if scripts is None else {path: (n, tuple(unmet)) for path, (n, unmet) in scripts.items()}
        known = {"run": Path(plain["run"]), "metrics": numbers, "transcripts": told, "curve": tuple(plain["curve"])}
        found = Figures(**{**plain, **known})
        return found if _is_sound(found) and found.seed == trial.seed else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _is_sound(found: Figures) -> bool:
    """Whether figures are of the kinds that were written."""
    single = [found.seed, found.parameters, found.seconds]
    maybe = [value for value in (found.memory, found.horizon, *found.curve) if value is not None]
    metrics = [value for of_split in found.metrics.values() for value in of_split.values()]
    texts = [found.curve_of, *(text for text in (found.bits, found.resumed) if text is not None)]
    scripts = (found.transcripts or {}).values()
    return all(map(_is_number, (*single, *maybe, *metrics, *(asked for asked, _ in scripts)))) and all(
        isinstance(text, str) for text in (*texts, *(line for _, unmet in scripts for line in unmet))
    )


def _is_number(value: Any) -> bool:
    return type(value) is float or (type(value) is int and abs(value) < _MOST)


_MOST = 1 << 63


def _write(path: Path, plain: dict[str, Any]) -> None:
    write_whole(path, as_json({"format": FORMAT, **_plain(plain)}).encode())


def _read(path: Path) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(path.read_text("utf-8"))
    if plain.pop("format") != FORMAT:
        raise ValueError("another format")
    return plain


def _plain(value: Any) -> Any:
    """Plain values that JSON can hold."""
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, dict):
        return {str(key): _plain(part) for key, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, list | tuple) else value
