"""A worker that trains nothing: it does what the file beside its config says, one word and a number a line."""

import os
import signal
import sys
from pathlib import Path

from rnnctl.expect.outcome import Figures
from rnnctl.expect.trial import read_order, write_result

trial = read_order(Path(sys.argv[1]))
with trial.config.with_suffix(".calls").open("a") as calls:
    calls.write(f"{trial.kind} {trial.seed}\n")
script = trial.config.with_suffix(".do").read_text() if trial.config.with_suffix(".do").exists() else ""
for line in script.splitlines():
    word, _, rest = line.partition(" ")
    if word == "say":
        print(rest, flush=True)
    elif word == "fail":
        print("error: the loss is nan", file=sys.stderr)
        sys.exit(int(rest))
    elif word == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    elif word == "nothing":
        sys.exit(0)
    elif word == "wait" and trial.seed == int(rest or trial.seed):
        sys.stdin.buffer.read()  # until nobody is there any more, or somebody ends it
mse = float(trial.seed) + 1
write_result(
    trial,
    Figures(
        trial.seed,
        trial.folder / "run-1",
        {"test": {"mse": mse, "scored_steps": 4}},
        parameters=12,
        seconds=float(os.environ.get("FAKE_SECONDS", "1")),
        bits="same" if "other-bits" not in script or trial.kind == "train" else "other",
        resumed="" if trial.kind == "resume" else None,
    ),
)
