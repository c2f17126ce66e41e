import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from rnnctl.backends.initialize import initial_values
from rnnctl.cli.app import main
from rnnctl.config import parse_config, resolve
from rnnctl.config.resolve import examined
from rnnctl.data.dataset import load
from rnnctl.runs import checkpoint
from rnnctl.runs.directory import Run, create_run
from rnnctl.stepping.store import locked

FORECAST = """
name: weather
data: {csv: weather.csv, input: [temperature, wind], target: {column: load, ahead: 1}}
model: {chain: [{lstm: 5}, {dense: 1}]}
training: {loss: mse, window: 4}
"""
SERIES = """
name: sine
data: {task: sine}
model: {chain: [{gru: 4}, {dense: 1}]}
training: {loss: mse, window: 4}
"""
SYMBOLS = """
name: reber
data: {task: {reber: {sequences: 20}}}
model: {chain: [one_hot, {gru: 4}, {dense: 7}]}
training: {loss: cross_entropy}
"""


def make_run(text: str, root: Path = Path("runs")) -> Run:
    rows = "".join(f"{10 + i % 7},{i % 5 / 2},{100 + 3 * (i % 7)}\n" for i in range(60))
    Path("weather.csv").write_text("temperature,wind,load\n" + rows)
    config = parse_config(text, "config.yaml")
    resolved = resolve(config, examined(config))
    scaling = load(resolved.source, resolved.split, resolved.scale, 0).scaling
    run = create_run(root, resolved, text, scaling.as_dict())
    write_weights(run, "best", 0)
    return run


def write_weights(run: Run, which: str, seed: int) -> None:
    weights = {
        f"{chained.place}.{name}": value.astype(np.float32)
        for chained in run.open().layers
        for name, value in initial_values(chained.layer, seed, chained.place).items()
    }
    checkpoint.save(run.checkpoint(which), weights, {"epoch": 1})


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")


@pytest.fixture
def step(monkeypatch, capsys):
    """Run `rnnctl step …`: its exit code, stdout and stderr."""

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["rnnctl", "step", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return ended.value.code or 0, out, err

    return call


def records(result):
    code, out, err = result
    assert (code, err) == (0, "")
    return [json.loads(line) for line in out.splitlines()]


def without_place(found):
    return [{k: v for k, v in record.items() if k not in ("run", "session")} for record in found]


def test_the_same_command_goes_on(step):
    make_run(FORECAST)
    once = [records(step("--input", "20,3", "--json")) for _ in range(3)]
    assert [r["t"] for [r] in once] == [1, 2, 3]
    assert once[0][0]["output"] != once[1][0]["output"]
    together = records(step("--session", "other", "--json", *["--input", "wind=3,temperature=20"] * 3))
    assert without_place(together) == without_place([r for [r] in once])
    again = records(step("--reset", "--json", "--input", "20,3"))
    assert again == once[0]


def test_layers_inside_members_are_named_by_their_place(step):
    make_run(FORECAST.replace("{lstm: 5}", "{residual: [{gru: 2}]}"))
    code, out, err = step("--input", "20,3")
    assert (code, err) == (0, "")
    assert re.fullmatch(r"  0.0 gru h \S{4} ±[\d.]+ +norm +[\d.]+  change +[\d.]+", out.splitlines()[3])
    [record] = records(step("--input", "20,3", "--json"))
    assert [(at["place"], at["name"], list(at["state"])) for at in record["layers"]] == [("0.0", "gru", ["h"])]


def test_what_reads_from_both_ends_cannot_be_stepped(step):
    make_run(FORECAST.replace("{lstm: 5}", "{bidirectional: {gru: 2}}").replace("window: 4", "window: null"))
    message = """\
error: layer 0 is bidirectional: it sees what is yet to come, so it cannot be stepped
  = help: rnnctl eval judges it on whole sequences
"""
    assert step("--input", "20,3") == (2, "", message)


def test_what_is_printed(step):
    run = make_run(FORECAST)
    code, out, err = step("--input", "20,3", "--input", "-0.5,2")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "weather-1, session default"
    assert re.fullmatch(r"t 1  temperature 20, wind 3  →  load in 1 step: [\d.]+", lines[1])
    assert re.fullmatch(r"     seen as [\d.]+, [\d.]+", lines[2])
    assert re.fullmatch(r"  0 lstm h \S{10} ±[\d.]+ +norm +[\d.]+  change +[\d.]+", lines[3])
    assert re.fullmatch(r"         c \S{10} ±[\d.]+ +norm +[\d.]+  change +[\d.]+", lines[4])
    assert re.fullmatch(r"  gates i 0\.\d\d, f 0\.\d\d, o 0\.\d\d; saturated h 0%, c 0%; from zeros", lines[5])
    assert re.fullmatch(r"  most changed ([ch]\[\d\] [+-]0\.\d+(, )?){3}; step 1 of window 4", lines[6])
    assert lines[7].startswith("t 2  temperature -0.5, wind 2  →  ")
    assert re.fullmatch(r"     seen as -[\d.]+, [\d.]+", lines[8])
    assert lines[11].endswith("; from the step before")
    assert lines[12].endswith("; step 2 of window 4")
    assert lines[13] == "  below 0 ░▒▓  near 0 ·  above 0 ▁▂▃▄▅▆▇█"
    assert sorted(p.name for p in run.sessions.iterdir()) == ["default.lock", "default.safetensors"]


def test_negative_numbers_and_the_newest_run(step):
    make_run(FORECAST)
    make_run(SERIES)
    [record] = records(step("--input", "-0.5", "--json"))
    assert record["input"] == {"value": -0.5}
    assert (record["run"], record["session"], record["target"]) == ("runs/sine-1", "default", ["value"])
    assert step("weather-1", "--input", "1,2")[0] == 0
    assert step("runs/weather-1", "--input", "1,2")[0] == 0


def test_symbols(step):
    make_run(SYMBOLS)
    [record] = records(step("--input", "B", "--json"))
    assert record["input"] == {"symbol": "B"}
    assert sum(record["probabilities"].values()) == pytest.approx(1)
    assert re.match(r"t 2  symbol T  →  next: . [\d.]+%, . [\d.]+%, . [\d.]+%", step("--input", "T")[1].splitlines()[1])


TEXT = """
name: text
data: {text: {files: t.txt, level: LEVEL}, split: {train: 0.6, valid: 0.2, test: 0.2}}
model: {chain: [one_hot, {gru: 4}, dense]}
training: {loss: cross_entropy, window: 4}
"""


@pytest.mark.parametrize(("level", "a"), [("character", ["ä"]), ("byte", ["\\xc3", "\\xa4"])])
def test_a_text_is_stepped_through_symbol_by_symbol(step, level, a):
    Path("t.txt").write_text("ab ä\n" * 30, encoding="utf-8")
    make_run(TEXT.replace("LEVEL", level))
    together = records(step("--text", "a ä\n", "--json"))
    assert [next(iter(record["input"].values())) for record in together] == ["a", " ", *a, "\\n"]
    one_by_one = [records(step("--session", "s", "--input", s, "--json"))[0] for s in ("a", " ", *a, "\n")]
    assert without_place(one_by_one) == without_place(together)
    code, out, err = step("--reset", "--text", "b \n")
    assert (code, err) == (0, "")
    assert [line.split("  →")[0] for line in out.splitlines() if line.startswith("t ")] == [
        f"t 1  {level} b",
        f"t 2  {level} ␣",
        f"t 3  {level} \\n",
    ]
    shown = ", ".join(("\\n", "' '", "a", "b", *sorted(a, reverse=level == "byte")))
    code, out, err = step("--text", "a\tc")
    assert (code, out) == (2, "")
    first, second = err.splitlines()
    assert first == f"error: {level} 2 of --text is '\\t', which the model does not know"
    assert sorted(second.removeprefix("  = help: symbols: ").split(", ")) == sorted(shown.split(", "))
    code, out, err = step("--input", "ab\n")
    assert err.startswith(
        "error: unknown symbol 'ab\\n'\n  = help: an input is one symbol, and a text is given with --text; symbols: "
    )
    assert step("--text", "") == (2, "", "error: the text of --text is empty\n")


def test_of_many_steps_of_one_call_the_last_is_shown_whole(step):
    make_run(SYMBOLS)
    lines = step("--text", "BTXSE")[1].splitlines()
    assert lines[:2] == ["reber-1, session default", "  BTXSE"]
    assert [line.split("  →  ")[0] for line in lines[2:7]] == ["t 1  B", "t 2  T", "t 3  X", "t 4  S", "t 5  symbol E"]
    assert sum("norm" in line for line in lines) == 1
    assert sum("norm" in line for line in step("--text", "BTXS")[1].splitlines()) == 4


def test_a_text_of_the_symbols_of_a_task(step):
    make_run(SYMBOLS)
    assert [record["input"]["symbol"] for record in records(step("--text", "BTX", "--json"))] == ["B", "T", "X"]
    assert step("--text", "BQ") == (
        2,
        "",
        "error: character 2 of --text is 'Q', which the model does not know\n  = help: symbols: B, T, P, S, X, V, E\n",
    )


def test_reset_alone(step):
    make_run(SERIES)
    step("--input", "1")
    assert step("--reset") == (0, "session 'default' of sine-1 starts over\n", "")
    assert records(step("--reset", "--json")) == [{"run": "runs/sine-1", "session": "default", "t": 0, "reset": True}]
    assert records(step("--input", "1", "--json"))[0]["t"] == 1


USAGE = (
    "usage: rnnctl step [RUN] [--input VALUE … | --input - | --text TEXT | --script FILE | --tui] "
    "[--reset] [--session NAME] [--json]"
)


@pytest.mark.parametrize(
    ("arguments", "code", "error"),
    [
        (
            (),
            2,
            f"error: without a terminal step needs --input, --text, --script or --reset\n  = help: {USAGE}\n",
        ),
        (
            ("--input", "1,2", "--text", "a"),
            2,
            f"error: --input and --text do not go together\n  = help: {USAGE}\n",
        ),
        (
            ("--text", "a"),
            2,
            "error: --text is for models whose input is a symbol, and this one's is numbers\n"
            "  = help: columns: temperature, wind; in this order, or as temperature=…,wind=…\n",
        ),
        (
            ("nothere", "--input", "1"),
            2,
            "error: there is no run 'nothere'\n  = help: runs in 'runs': weather-1\n",
        ),
        (
            ("--input", "20"),
            2,
            "error: an input is 2 numbers, not 1\n"
            "  = help: columns: temperature, wind; in this order, or as temperature=…,wind=…\n",
        ),
        (("--input", "a,b"), 2, "error: 'a' is not a number\n"),
        (("--input", "inf,1"), 2, "error: temperature must be a finite number, not inf\n"),
        (
            ("--session", "a/b", "--reset"),
            2,
            "error: a session's name is letters, digits, '-', '_' and '.', 60 at most, not 'a/b'\n",
        ),
    ],
)
def test_wrong_arguments(step, arguments, code, error):
    make_run(FORECAST)
    assert step(*arguments) == (code, "", error)


def test_no_run_at_all(step):
    assert step("--input", "1") == (
        2,
        "",
        "error: there is no run in 'runs'\n  = help: train one first: rnnctl train CONFIG\n",
    )


def test_an_unknown_symbol(step):
    make_run(SYMBOLS)
    expected = "error: unknown symbol 'Q'\n  = help: symbols: B, T, P, S, X, V, E\n"
    assert step("--input", "B", "--input", "Q") == (2, "", expected)


def test_a_call_that_fails_leaves_the_session_as_it_was(step):
    run = make_run(FORECAST)
    step("--input", "20,3")
    path = run.sessions / "default.safetensors"
    before = path.read_bytes()
    for extra in ((), ("--reset",)):
        code, out, _ = step("--input", "1,2", "--input", "1,2", "--input", "1", "--input", "3,4", *extra)
        assert (code, out) == (2, "")
        assert path.read_bytes() == before


def test_a_damaged_session_and_one_of_other_weights(step):
    run = make_run(FORECAST)
    step("--input", "20,3")
    path = run.sessions / "default.safetensors"
    path.write_bytes(path.read_bytes()[:-2])
    code, out, err = step("--input", "20,3")
    assert (code, out) == (5, "")
    assert err.startswith("error: 'runs/weather-1/sessions/default.safetensors' is damaged")
    assert err.endswith("\n  = help: --reset starts it over\n")
    assert step("--reset", "--input", "20,3")[0] == 0
    write_weights(run, "best", 1)
    assert step("--input", "20,3") == (
        5,
        "",
        "error: session 'default' belongs to other weights than the best checkpoint has now\n"
        "  = help: the run was trained on; --reset starts it over\n",
    )
    assert step("--reset")[0] == 0


def test_the_last_checkpoint_with_a_note(step):
    run = make_run(SERIES)
    run.checkpoint("best").rename(run.checkpoint("last"))
    code, out, err = step("--input", "1", "--json")
    assert (code, err) == (0, "note: sine-1 has no best checkpoint; this is the last\n")
    assert json.loads(out)["t"] == 1
    run.checkpoint("last").unlink()
    assert step("--input", "1") == (
        5,
        "",
        "error: run 'sine-1' has no checkpoint yet\n"
        "  = help: training saves one at the end of each epoch; go on with: rnnctl train --resume runs/sine-1\n",
    )


def test_a_session_in_use(step):
    run = make_run(SERIES)
    with locked(run, "default"):
        assert step("--input", "1") == (
            2,
            "",
            "error: session 'default' of sine-1 is in use\n"
            "  = help: wait for it, or take another with --session NAME\n",
        )
        assert step("--input", "1", "--session", "mine")[0] == 0


@pytest.mark.parametrize("columns", ["40", "80", "120"])
def test_the_width_of_the_terminal(step, monkeypatch, columns):
    make_run(SERIES.replace("gru: 4", "gru: 200"))
    monkeypatch.setenv("COLUMNS", columns)
    lines = step("--input", "1")[1].splitlines()
    assert max(map(len, lines[2:])) <= max(int(columns), 56)
    assert any("units" in line for line in lines) == (int(columns) < 120)


def in_process(*arguments, **environment):
    kept = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "COLORTERM")}
    code = (
        "import sys; sys.argv[0] = 'rnnctl'; from rnnctl.cli.app import main\n"
        "try: main()\nfinally: print('torch' in sys.modules, file=sys.stderr)"
    )
    found = Path(checkpoint.__file__).parents[2]
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        env={**kept, "PYTHONPATH": str(found), **environment},
        timeout=60,
        check=False,
    )


def test_a_process_of_its_own_without_torch_and_without_unicode():
    make_run(FORECAST)
    done = in_process("step", "--input", "20,3", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr.strip()) == (0, b"False")
    assert b"temperature 20, wind 3  ->  load in 1 step: " in done.stdout


@pytest.mark.skipif(os.name == "nt", reason="there are no pseudo-terminals there")
@pytest.mark.parametrize("no_color", ["", "1"])
def test_colour_in_a_terminal(no_color):
    import pty

    make_run(FORECAST)
    primary, secondary = pty.openpty()
    root = Path(checkpoint.__file__).parents[2]
    environment = {**os.environ, "TERM": "xterm-256color", "NO_COLOR": no_color, "PYTHONPATH": str(root)}
    environment.pop("COLORTERM", None)
    command = [sys.executable, "-m", "rnnctl", "step", "--input", "20,3"]
    done = subprocess.run(command, stdout=secondary, env=environment, timeout=60, check=False)
    os.close(secondary)
    shown = os.read(primary, 100_000).decode()
    os.close(primary)
    assert done.returncode == 0
    assert ("\x1b[38;5;" in shown) == (not no_color)
    assert ("\x1b" in shown) == (not no_color)


def piped(text, *options):
    """`rnnctl step --input -` in a process of its own: exit code, records, errors."""
    command = [sys.executable, "-m", "rnnctl", "step", "--input", "-", *options]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def test_a_pipe_goes_on_with_the_session():
    make_run(FORECAST)
    code, first, err = piped("10,1\n11,2\n")
    assert (code, err, [record["t"] for record in first]) == (0, "", [1, 2])
    code, second, err = piped("12,1\n13,x\n14,1\n", "--flush")
    assert (code, [record["t"] for record in second]) == (2, [3])
    assert err == "error: line 2: 'x' is not a number\n"
    code, third, _ = piped('{"wind": 2, "temperature": 11}\n')
    assert (code, third[0]["t"]) == (0, 4)
    assert piped("10,1\n", "--reset")[1] == first[:1]


def test_a_pipe_whose_reader_has_gone():
    run = make_run(FORECAST)
    command = f"seq 1 30000 | sed s/$/,1/ | {sys.executable} -m rnnctl step --input - | head -n 2"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False)
    assert [json.loads(line)["t"] for line in done.stdout.splitlines()] == [1, 2]
    assert done.stderr == ""
    assert piped("10,1\n")[1][0]["t"] > 2
    assert (run.sessions / "default.safetensors").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--input", "-", "--input", "1,2"], "--input - stands alone: it reads every input from another program"),
        (["--input", "1,2", "--flush"], "--flush goes with --input -"),
    ],
)
def test_what_does_not_go_with_a_pipe(step, arguments, message):
    make_run(FORECAST)
    code, out, err = step(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith(f"error: {message}")


@pytest.mark.skipif(os.name == "nt", reason="there is no bash")
@pytest.mark.parametrize(
    ("arguments", "code"), [("<&-", 2), ("--input - <&-", 0), ("--input 20,3 >&-", 0), ("--input x,3 2>&-", 2)]
)
def test_a_closed_stream_is_an_empty_one(arguments, code):
    make_run(FORECAST)
    command = f"exec {sys.executable} -m rnnctl step {arguments}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (code, "")
    assert "Traceback" not in done.stderr
