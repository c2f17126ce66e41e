"""Bits per byte of the character model on held-out files, beside what xz and bzip2 reach on the same files.

    python tests/measurements/characters.py [RUN]

RUN is a run of configs/characters.yaml; without it one is trained first, in half an hour or so. A compressor starts
knowing nothing, and the model has read the training files; so xz is also measured on what the held-out files add to an
archive of the training files, whose size its dictionary holds.
"""

from __future__ import annotations

import bz2
import json
import lzma
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from rnnctl.config import Resolved, open_config
from rnnctl.data.spec import TextSource
from rnnctl.data.splits import split_pieces
from rnnctl.data.text import text_files
from rnnctl.runs.directory import Run

CONFIG = Path(__file__).parents[2] / "configs" / "characters.yaml"
RNNCTL = (sys.executable, "-m", "rnnctl")


def main(run: str | None) -> None:
    """Train where no run is given, judge it on the test split, and compress the same files."""
    if run is None:
        ended = subprocess.run([*RNNCTL, "train", str(CONFIG), "--json"], stdout=subprocess.PIPE, check=True)
        run = str(json.loads(ended.stdout)["run"])
    judged = subprocess.run([*RNNCTL, "eval", run, "--json"], stdout=subprocess.PIPE, check=True)
    model = json.loads(judged.stdout)["metrics"]
    train, test = held_out(open_config(Run(Path(run)).config if Path(run).is_dir() else CONFIG))
    print(f"{len(test)} held-out files of {sum(map(len, test)):,} bytes; {len(train)} training files of ", end="")
    print(f"{sum(map(len, train)):,}\n")
    print(f"{'':28}bits per byte")
    rows: list[tuple[str, float]] = [("the model", model["bits"])]
    for name, compress in (("xz -9e", xz), ("bzip2 -9", bzip2)):
        rows.append((f"{name}, each file", bits(sum(map(compress, test)), test)))
        rows.append((f"{name}, all together", bits(compress(b"".join(test)), test)))
    known = b"".join(train)
    rows.append(("xz -9e, knowing the training", bits(xz(known + b"".join(test)) - xz(known), test)))
    for name, value in rows:
        print(f"{name:28}{value:13.3f}")


def held_out(resolved: Resolved) -> tuple[list[bytes], list[bytes]]:
    """The files of the training split and those of the test split."""
    assert isinstance(resolved.source, TextSource)
    files = [file.path for file in text_files(resolved.source) if file.size]
    pieces = split_pieces(resolved.facts, resolved.split, resolved.training.seed)
    train, test = ([Path(files[piece.row]).read_bytes() for piece in pieces[name]] for name in ("train", "test"))
    return train, test


def bits(size: int, files: Sequence[bytes]) -> float:
    """Bits per byte of the files in so many bytes."""
    return 8 * size / sum(map(len, files))


def xz(data: bytes) -> int:
    return len(lzma.compress(data, preset=9 | lzma.PRESET_EXTREME))


def bzip2(data: bytes) -> int:
    return len(bz2.compress(data, 9))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
