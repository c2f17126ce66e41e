"""Broken bytes for the loader: every input is told of in diagnostics, soon, and in little memory.

    python tests/measurements/fuzz.py --seconds 60 [--seed 0]

Inputs of up to 1 MB are made of the configs that come with rnnctl, of those in tests/broken and of the catalogue,
by edits of bytes, words and lines. Each is opened as `rnnctl validate` does it, in a child process with a bound on
its address space. What is looked for: an exception that is no RnnctlError, a diagnostic that cannot be printed or
whose place does not lie in the text, more than 2 seconds, or more than 300 MB for one input. A finding is cut down to
what it needs, and printed. The exit code is 0 where there is none. An input follows from the seed and its number.
"""

from __future__ import annotations

import argparse
import contextlib
import mmap
import os
import random
import re
import resource
import signal
import struct
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from rnnctl.config import open_config
from rnnctl.errors import Diagnostic, RnnctlError

ROOT = Path(__file__).parents[2]
LARGEST = 1_000_000
SLOW = 2.0  # seconds of the processor; what takes five times as long by the clock hangs
MUCH = 300  # MB that one input may add
ADDRESS_SPACE = 2 << 30

WORDS = [
    *(
        b"[",
        b"]",
        b"{",
        b"}",
        b",",
        b": ",
        b"- ",
        b"? ",
        b"#",
        b" #",
        b"&a ",
        b"*a",
        b"*a ",
        b"<<: *a",
        b"|",
        b">",
        b"|2-",
        b"'",
    ),
    *(
        b'"',
        b"%",
        b"@",
        b"`",
        b"!",
        b"!!",
        b"!!str ",
        b"!!int ",
        b"!!python/name:os.system ",
        b"---\n",
        b"...\n",
        b"\t",
        b"\r",
        b"\n",
    ),
    *(
        b"\r\n",
        b"\x00",
        b"\x07",
        b"\x7f",
        b"\xc2\x85",
        b"\xe2\x80\xa8",
        b"\xef\xbb\xbf",
        b"\xff",
        b"\xed\xa0\x80",
        b"\xf0\x9f\x98\x80",
    ),
    *(
        b"\\",
        b"\\x",
        b"\\ud800",
        b"null",
        b"~",
        b"true",
        b"no",
        b"012",
        b"0o17",
        b"0x1F",
        b"1e3",
        b"-1",
        b"0",
        b".nan",
        b".inf",
        b"1e999",
    ),
    *(
        b"9" * 30,
        b"9" * 5000,
        b"1_000",
        b"12:30",
        b"2024-01-01",
        b"${vars.a}",
        b"${env:HOME}",
        b"${",
        b"extends: ",
        b"vars: {a: 1}\n",
    ),
    *(
        b"ignore: [x]\n",
        b"format: 1\n",
        b"cells:\n",
        b"h' = h\n",
        b"h'",
        b"'",
        b"@",
        b"(",
        b")",
        b"W @ x",
        b"repeat s = h over W:\n",
    ),
    *(
        b"size",
        b"input",
        b"stack: {layer: ",
        b"depth: 9",
        b"residual: [",
        b"bidirectional: ",
        b"last",
        b"window: ",
        b"task: ",
        b"csv: ",
    ),
]
"""What means something in a config, and what should not."""


def corpus() -> list[bytes]:
    """The texts that inputs are made of."""
    folders = (ROOT / "configs", ROOT / "tests" / "broken", ROOT / "rnnctl" / "catalogue")
    texts = (path.read_bytes() for folder in folders for path in sorted(folder.rglob("*.yaml")))
    datasets = str(ROOT / "datasets").encode()
    return [re.sub(rb"(\.\./)+datasets", datasets, text) for text in texts]


def mutated(data: bytearray, others: list[bytes], draw: random.Random) -> bytearray:
    """One edit of a text."""
    at = draw.randrange(len(data) + 1)
    to = min(len(data), at + draw.choice((1, 2, 8, 40, 200)))
    lines = data.split(b"\n")
    kind = draw.randrange(12)
    if kind == 0 and at < len(data):
        data[at] ^= 1 << draw.randrange(8)
    elif kind == 1:
        data[at:at] = draw.choice(WORDS)
    elif kind == 2:
        data[at:to] = draw.choice(WORDS)
    elif kind == 3:
        del data[at:to]
    elif kind == 4:
        data[at:at] = data[at:to]
    elif kind == 5:
        del data[at:]
    elif kind == 6:
        other = draw.choice(others)
        start = draw.randrange(len(other) + 1)
        data[at:at] = other[start : start + draw.choice((10, 100, 1000))]
    elif kind == 7:
        line = draw.randrange(len(lines))
        lines.insert(draw.randrange(len(lines) + 1), lines[line])
        data = bytearray(b"\n".join(lines))
    elif kind == 8:
        line = draw.randrange(len(lines))
        lines[line] = b" " * draw.randrange(6) + lines[line].lstrip(b" ")
        data = bytearray(b"\n".join(lines))
    elif kind == 9:
        draw.shuffle(lines)
        data = bytearray(b"\n".join(lines))
    elif kind == 10:
        numbers = list(re.finditer(rb"\d+", bytes(data)))
        if numbers:
            found = draw.choice(numbers)
            data[found.start() : found.end()] = draw.choice(
                (b"0", b"-1", b"2.5", b"1e9", b"9" * 25, b"yes", b"[1]", b"{a: 1}")
            )
    else:
        piece = bytes(data[at:to]) or draw.choice(WORDS)
        size = int(2 ** draw.uniform(4, 20 if draw.random() < 0.02 else 13))
        data[at:at] = piece * (size // len(piece))
    return data[:LARGEST]


def made(seed: int, number: int, texts: list[bytes]) -> bytes:
    """The input of a number: a text with a few edits."""
    draw = random.Random(seed << 32 | number)
    data = bytearray(draw.choice(texts))
    for _ in range(draw.choice((1, 1, 2, 3, 5, 12))):
        data = mutated(data, texts, draw)
    return bytes(data)


# What is looked for.


@lru_cache(maxsize=4)
def lines_of(text: str) -> list[str]:
    """The lines of a text, as editors count them."""
    return re.split(r"\r\n|\r|\n", text)


def complaint(diagnostic: Diagnostic, files: dict[str, str]) -> str | None:
    """What is wrong with how a mistake is told: not printable, or a place that does not lie in its text."""
    text = str(diagnostic)
    if any(not (c.isprintable() or c in "\n\t") for c in text):
        return "a diagnostic that cannot be printed"
    if not diagnostic.message.strip():
        return "a diagnostic without a message"
    for place in (diagnostic.where, *(other.where for other in diagnostic.also)):
        if place is None or place.file not in files:
            continue
        lines = lines_of(files[place.file])
        if not 1 <= place.line <= len(lines):
            return f"line {place.line} of {len(lines)}"
        if not 1 <= place.column <= len(lines[place.line - 1]) + 1 or place.length < 1:
            return f"column {place.column} and length {place.length} in a line of {len(lines[place.line - 1])}"
    return None


def tried(path: Path, data: bytes, open_: Callable[[Path], object] = open_config) -> str | None:
    """Open an input; what was found, or None. One line that is the same for the same cause."""
    path.write_bytes(data)
    try:
        open_(path)
    except RnnctlError as error:
        text = data.decode("utf-8", "replace").removeprefix("\ufeff")
        wrong = (complaint(diagnostic, {str(path): text}) for diagnostic in error.diagnostics)
        found = next((w for w in wrong if w), None)
        if not error.diagnostics or error.problems:
            return f"{type(error).__name__} without a diagnostic"
        return found and f"{found}: {error.diagnostics[0].message[:60]!r}"
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        frames = traceback.extract_tb(error.__traceback__)
        here = frames[-1] if frames else None
        where = f"{Path(here.filename).name}:{here.lineno}" if here else "nowhere"
        return f"{type(error).__name__} at {where}"
    return None


# The child: one input after the other. What it does stands in memory that the parent sees.

STATE = struct.Struct("qddqdq")  # the number at work, when it began, the slowest and its number, MB, and its number


def _used() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def child(seed: int, first: int, until: float, shared: mmap.mmap, findings: int) -> None:
    """Try inputs from a number on; findings go down a pipe as lines."""
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    texts = corpus()
    path = Path("c.yaml")
    slowest, slowest_number, most, most_number, number = 0.0, 0, 0.0, 0, first
    tried(path, texts[0])
    while time.time() < until:
        data = made(seed, number, texts)
        before, began = _used(), time.process_time()
        shared[: STATE.size] = STATE.pack(number, time.time(), slowest, slowest_number, most, most_number)
        found = tried(path, data)
        took, more = time.process_time() - began, _used() - before
        if took > slowest:
            slowest, slowest_number = took, number
        if more > most:
            most, most_number = more, number
        if more > MUCH:
            found = found or f"{more:.0f} MB"
        if took > SLOW:
            found = found or f"{took:.1f} s"
        if found:
            os.write(findings, f"{number}\t{found}\n".encode())
        number += 1
    shared[: STATE.size] = STATE.pack(number, time.time(), slowest, slowest_number, most, most_number)


class Finding(NamedTuple):
    """An input, by its number, and what it did."""

    number: int
    what: str


def watched(seed: int, seconds: float) -> Iterator[Finding]:
    """Run children until the time is over: one that hangs is killed, and the next goes on behind its input."""
    until, first = time.time() + seconds, 0
    slowest, most = (0.0, 0), (0.0, 0)
    began = time.time()
    while time.time() < until:
        shared = mmap.mmap(-1, mmap.PAGESIZE)
        shared[: STATE.size] = STATE.pack(first, time.time() + 60, 0, 0, 0, 0)
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            with contextlib.suppress(KeyboardInterrupt):
                child(seed, first, until, shared, writing)
            os._exit(0)
        os.close(writing)
        hung, status = False, None
        while status is None:
            time.sleep(0.2)
            number, since, *_ = STATE.unpack(shared[: STATE.size])
            done, code = os.waitpid(pid, os.WNOHANG)
            if done:
                status = code
            elif time.time() - since > 5 * SLOW:
                os.kill(pid, signal.SIGKILL)
                hung, status = True, os.waitpid(pid, 0)[1]
        number, _, slow, slow_number, much, much_number = STATE.unpack(shared[: STATE.size])
        slowest, most = max(slowest, (slow, slow_number)), max(most, (much, much_number))
        with os.fdopen(reading) as lines:
            for line in lines:
                where, _, what = line.rstrip("\n").partition("\t")
                yield Finding(int(where), what)
        if hung:
            yield Finding(number, f"hangs for {5 * SLOW:.0f} s")
        elif status:
            yield Finding(number, f"ends the process: status {status}")
        first = number + 1
    print(f"{first - 1:,} inputs in {time.time() - began:.0f} s, {(first - 1) / (time.time() - began):.0f} a second")
    print(f"slowest: {slowest[0]:.3f} s (input {slowest[1]})")
    print(f"most memory that one added: {most[0]:.0f} MB (input {most[1]})")


def cut_down(data: bytes, still: Callable[[bytes], bool], seconds: float = 20) -> bytes:
    """The input without what its finding does not need: halves, quarters, … are left out while it stays."""
    size, until = max(1, len(data) // 2), time.time() + seconds
    while time.time() < until:
        at = 0
        while at < len(data) and time.time() < until:
            less = data[:at] + data[at + size :]
            if still(less):
                data = less
            else:
                at += size
        if size == 1:
            break
        size = max(1, size // 2)
    return data


def main() -> int:
    """Fuzz for the time given, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--input", type=int, help="print the input of this number, and what it does, and end")
    options = parser.parse_args()
    texts = corpus()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        if options.input is not None:
            data = made(options.seed, options.input, texts)
            sys.stdout.buffer.write(data + b"\n")
            print(tried(Path("c.yaml"), data))
            return 0
        seen: dict[str, int] = {}
        for finding in watched(options.seed, options.seconds):
            cause = re.sub(r"\d+(\.\d+)?", "N", finding.what) if finding.what[0].isdigit() else finding.what
            seen[cause] = seen.get(cause, 0) + 1
            if seen[cause] > 1:
                continue
            data = made(options.seed, finding.number, texts)
            print(f"input {finding.number} of {len(data):,} bytes: {finding.what}", flush=True)
            if not re.match(r"hangs|ends|[\d.]+ (s|MB)", finding.what):
                data = cut_down(data, lambda less, what=finding.what: tried(Path("c.yaml"), less) == what)
                print(f"  cut down to {data[:2000]!r}", flush=True)
    for cause, count in seen.items():
        print(f"{count} × {cause}")
    return 1 if seen else 0


if __name__ == "__main__":
    sys.exit(main())
