"""The worst files of up to 1 MB that we could think of, each opened as `rnnctl validate` does it: time and memory.

    python tests/measurements/worst.py [NAME …]

Each is opened in a process of its own, which has loaded all that a config needs. Time is that of the processor;
memory is what the process has at its peak beyond what it had before. What takes over a second or 300 MB is marked,
and makes the exit code 1.
"""

from __future__ import annotations

import argparse
import os
import resource
import signal
import struct
import sys
import tempfile
import time
from pathlib import Path
from select import select

from fuzz import tried
from worst_cases import CASES, CONFIG, within
from worst_filled import FILLED

from rnnctl.errors import RnnctlError

EVERY = CASES | FILLED
SECONDS, MEGABYTES, LONGEST = 1.0, 300.0, 60.0


def measured(text: str) -> tuple[float, float, str]:
    """Seconds, MB, and what came of it, in a process of its own."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        Path("c.yaml").write_text(CONFIG)
        tried(Path("c.yaml"), CONFIG.encode())
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        data = text.encode("utf-8", "surrogatepass")
        began = time.process_time()
        ends: list[str] = []

        def open_(path: Path) -> None:
            from rnnctl.config import open_config

            try:
                open_config(path)
            except RnnctlError as error:
                ends.append(f"{len(error.diagnostics)}: {str(error.diagnostics[0])[:110]}".replace("\n", " "))
                raise

        found = tried(Path("c.yaml"), data, open_)
        took = time.process_time() - began
        more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        os.write(writing, struct.pack("dd", took, more) + (found or "".join(ends) or "accepted").encode()[:400])
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as stream:
        answer = stream.read() if select([stream], [], [], LONGEST)[0] else b"hangs"
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    if len(answer) < 16:
        return LONGEST, 0.0, "hangs" if answer else "the process ended"
    return *struct.unpack("dd", answer[:16]), answer[16:].decode("utf-8", "replace")


def main() -> int:
    """Measure each case, the slowest last."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("names", nargs="*", help="of the cases; all, if none is given")
    names = parser.parse_args().names or list(EVERY)
    bad = 0
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        Path("p.yaml").write_text("vars: {p: 1}\n")
        for i in range(30):
            Path(f"large{i}.yaml").write_text(f"name: {'x' * 999_000}\n")
            Path(f"full{i}.yaml").write_text(within(lambda k: f"k{k}: 1\n", 2))
            Path(f"broken{i}.yaml").write_text(within(lambda k: f"k{k}: 1\n", 2, "", "a: ]\n")[-32_000:])
            Path(f"mistaken{i}.yaml").write_text(within(lambda k: f"k{k}: 012\n", 60))
        rows = "".join(f"{i},{i * 7 % 11}\n" for i in range(300))
        Path("s.csv").write_text(f"year,sunspots\n{rows}")
        for name in names:
            text = EVERY[name]()
            took, more, what = measured(text)
            mark = "!" if took > SECONDS or more > MEGABYTES or is_finding(what) else " "
            bad += mark == "!"
            size = len(text.encode("utf-8", "surrogatepass"))
            print(f"{mark} {took:8.3f} s {more:6.0f} MB  {name} ({size:,} bytes): {what}", flush=True)
    return 1 if bad else 0


def is_finding(what: str) -> bool:
    """Whether what came of it is neither a config nor a diagnostic."""
    return not (what == "accepted" or what.split(":", 1)[0].isdigit())


if __name__ == "__main__":
    sys.exit(main())
