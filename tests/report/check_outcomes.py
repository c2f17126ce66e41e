"""Outcomes made by hand: one met, one unmet, one crashed, and others that are hard to tell."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from rnnctl.config.expect.promises import Amount, Bound, Promise
from rnnctl.errors import Diagnostic, Place
from rnnctl.expect.outcome import Figures, Outcome, State, Trouble, Verdict

HOSTILE = "a b|c`<i>::error ##[error]x ]]> \x1b[31m\u202e\x07 ünï 测试\n::error::y \udc80"


def place(file: str, line: int, column: int, length: int) -> Place:
    return Place(file, line, column, length, " " * (column - 1) + "x" * length)


def promise(key: str, **bound: object) -> Promise:
    kind = key if key in ("parameters", "seconds", "memory", "horizon", "deterministic", "resume") else "metric"
    made = Bound(
        **{k: Amount(v) if k in ("above", "below", "within") and isinstance(v, float) else v for k, v in bound.items()}
    )  # type: ignore[arg-type]
    return Promise(key, kind, made if bound else None)  # type: ignore[arg-type]


def figures(seed: int = 0, curve: tuple[float | None, ...] = (0.9, 0.5, 0.2, 0.1, 0.05, 0.0112)) -> Figures:
    metrics = {"test": {"mse": 0.0112, "skill": float("nan"), "scored_steps": 46.0}}
    return Figures(seed, Path(f"runs/check/sine/train-{seed}/sine-1"), metrics, 4449, 11.8, 312_400_000, curve=curve)


MET = Outcome(
    Path("configs/sine.yaml"),
    "sine",
    State.met,
    (
        Verdict(
            promise("test.mse", below=0.02), True, place("configs/sine.yaml", 17, 3, 8), 0.0112, 0.0088, None, (0.0112,)
        ),
        Verdict(
            promise("valid.mse", within=Amount(5, share=True), of="baseline"),
            True,
            place("configs/sine.yaml", 18, 3, 9),
            0.021,
            0.0004,
            0.0206,
            (0.0200, 0.0210),
            "the worst of 2 seeds, from 0.02 to 0.021",
        ),
        Verdict(
            promise("parameters", exactly=4449.0),
            True,
            place("configs/sine.yaml", 19, 3, 10),
            4449.0,
            0.0,
            None,
            (4449.0,),
        ),
        Verdict(
            promise("memory", below=5e8),
            True,
            place("configs/sine.yaml", 20, 3, 6),
            312_400_000.0,
            187_600_000.0,
            None,
            (312_400_000.0,),
        ),
        Verdict(promise("deterministic"), True, place("configs/sine.yaml", 21, 3, 13)),
    ),
    (figures(0), figures(1, (0.8, None, float("inf"), 0.1))),
    seconds=12.34,
)
UNMET = Outcome(
    Path("configs/sunspots.yaml"),
    "sunspots",
    State.unmet,
    (
        Verdict(
            promise("test.skill", above=0.3),
            True,
            place("configs/sunspots.yaml", 22, 3, 10),
            0.626,
            0.326,
            None,
            (0.626,),
        ),
        Verdict(
            promise("test.mse", below=0.02),
            False,
            place("configs/sunspots.yaml", 23, 3, 8),
            0.0312,
            -0.0112,
            None,
            (0.0312,),
        ),
        Verdict(
            promise("seconds", below=8.0),
            False,
            place("configs/sunspots.yaml", 24, 3, 7),
            9.251,
            -1.251,
            None,
            (9.251,),
        ),
        Verdict(
            promise("test.rmse", below=Amount(110, share=True), of="baseline"),
            False,
            place("configs/sunspots.yaml", 25, 3, 9),
            17.93,
            None,
            None,
            (17.93,),
            "no baseline is recorded for it: rnnctl check --update-baseline",
        ),
        Verdict(
            promise("resume"), False, place("configs/sunspots.yaml", 26, 3, 6), why="epoch 3 differs in valid.loss"
        ),
    ),
    (figures(0, (3.0, 2.0, 2.5, 1.0)),),
    seconds=9.251,
    kept=True,
)
CRASHED = Outcome(
    Path("configs/deep.yaml"),
    "deep",
    State.crashed,
    trouble=Trouble(
        "the process ended without a result",
        exit_code=-9,
        seed=3,
        output="".join(f"line {i}\n" for i in range(1, 31)) + "allocating 96 GB\n",
    ),
    seconds=2.1,
)
THREE = (MET, UNMET, CRASHED)
REFUSED = Outcome(
    Path("configs/typo.yaml"),
    "typo",
    State.refused,
    trouble=Trouble(
        "unknown layer 'gruu'",
        (
            Diagnostic(
                "unknown layer 'gruu'", Place("configs/typo.yaml", 11, 7, 4, "    - gruu: 32"), "did you mean 'gru'?"
            ),
        ),
        exit_code=2,
    ),
)
BUG = Outcome(
    Path("configs/bug.yaml"),
    "bug",
    State.crashed,
    trouble=Trouble("a bug", exit_code=1, output='Traceback (most recent call last):\n  File "x.py"\nKeyError: 1\n'),
    seconds=70.0,
)
TIMEOUT = Outcome(
    Path("configs/slow.yaml"), "slow", State.timeout, trouble=Trouble("not done within 60 s", seed=0), seconds=60.2
)
SKIPPED = Outcome(Path("configs/last.yaml"), "last", State.skipped)
STOPPED = replace(SKIPPED, trouble=Trouble("the check was stopped"))
EVIL = Outcome(
    Path(f"configs/{HOSTILE}{'n' * 300}.yaml"),
    HOSTILE,
    State.unmet,
    (
        Verdict(
            promise(f"test.{HOSTILE}", below=0.5), False, place(f"{HOSTILE},:%.yaml", 1, 1, 1), 0.75, -0.25, why=HOSTILE
        ),
        Verdict(promise("test.mse", below=0.5), False, None, why=HOSTILE * 9),
    ),
    trouble=Trouble(
        HOSTILE, (Diagnostic(HOSTILE, place(HOSTILE, 2, 2, 2), HOSTILE),), 1, 0, f"::error::z\n{HOSTILE}\n"
    ),
    seconds=4000.0,
)
ALL = (MET, UNMET, CRASHED, REFUSED, BUG, TIMEOUT, SKIPPED, EVIL)
