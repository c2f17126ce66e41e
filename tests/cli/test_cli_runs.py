"""`rnnctl runs`: listing, comparing and removing, with hostile folders around."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from rnnctl.cli import runs as cli_runs
from tests.cli.commands import Command, command_line
from tests.runs.folders import holding, make, three


@pytest.fixture
def rnnctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NO_COLOR", raising=False)
    return command_line(monkeypatch, capsys)


def names(rnnctl: Command, *arguments: str) -> list[str]:
    ended = rnnctl("runs", "list", "--json", *arguments)
    assert ended.code == 0, ended.err
    return [entry["name"] for entry in json.loads(ended.out)]


# list


def test_the_list(rnnctl: Command) -> None:
    three()
    make("b-4", 4, status="failed", error="the loss is nan")
    expected = """\
name  status    created           epoch  result
b-4   failed    2026-11-23 01:02      2  the loss is nan
b-3   stopped   2026-11-23 01:02      2
b-2   finished  2026-11-23 01:02      3  test.mse 0.125, test.skill 0.25
b-1   finished  2026-11-23 01:02      2  test.mse 0.5, test.skill 0.25
"""
    assert rnnctl("runs") == rnnctl("runs", "list") == (0, expected, "")


def test_a_key_that_is_asked_for_has_a_column(rnnctl: Command) -> None:
    three()
    assert (
        rnnctl("runs", "--where", "training.window>=32", "--sort", "test.mse", "--status", "finished").out
        == """\
name  status    created           epoch  training.window  test.mse  result
b-2   finished  2026-11-23 01:02      3               64     0.125  test.mse 0.125, test.skill 0.25
b-1   finished  2026-11-23 01:02      2               32       0.5  test.mse 0.5, test.skill 0.25
"""
    )


def test_an_order_by_what_no_run_has(rnnctl: Command) -> None:
    three()
    ended = rnnctl("runs", "list", "--sort=-tests.mse", "--json")
    assert (ended.code, len(json.loads(ended.out))) == (0, 3)
    assert ended.err == "warning: none of these runs has 'tests.mse'\n"
    assert rnnctl("runs", "--sort", "best_epohc").err.endswith("= help: did you mean 'best_epoch'?\n")
    assert rnnctl("runs", "--sort", "-").err.startswith("error: '-' is no key to sort by\n")
    assert rnnctl("runs", "--where", "best_epohc=1").err.startswith(
        "warning: no run has 'best_epohc'\n  = help: did you mean 'best_epoch'?\n"
    )
    assert rnnctl("runs", "--sort", "test.mse", "--status", "stopped").err == (
        "warning: none of these runs has 'test.mse'\n"
    )


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((), ["b-3", "b-2", "b-1"]),
        (("--limit", "2"), ["b-3", "b-2"]),
        (("--name", "*-[12]"), ["b-2", "b-1"]),
        (("--name", "b-1", "--name", "b-3"), ["b-3", "b-1"]),
        (("--status", "stopped"), ["b-3"]),
        (("--where", "training.window=64"), ["b-2"]),
        (("--where", "training.window!=64"), ["b-3", "b-1"]),
        (("--where", "model.chain.0=gru"), ["b-3"]),
        (("--where", "model.chain.0.lstm.size=8"), ["b-2", "b-1"]),
        (
            ("--where", "training.optimizer=adam", "--where", "training.optimizer.adam.lr <= 3e-3"),
            ["b-3", "b-2", "b-1"],
        ),
        (("--where", "test.mse<0.5"), ["b-2"]),
        (("--where", "test.mse<=0.5"), ["b-2", "b-1"]),
        (("--where", "valid.loss<2"), ["b-3", "b-1"]),
        (("--where", "train.loss=4"), ["b-2"]),
        (("--where", "epoch>2"), ["b-2"]),
        (("--sort", "test.mse"), ["b-2", "b-1", "b-3"]),
        (("--sort", "-test.mse"), ["b-1", "b-2", "b-3"]),
        (("--sort", "name", "--limit", "1"), ["b-1"]),
    ],
)
def test_filters(rnnctl: Command, arguments: tuple[str, ...], expected: list[str]) -> None:
    three()
    assert names(rnnctl, *arguments) == expected


def test_a_key_that_no_run_has(rnnctl: Command) -> None:
    three()
    assert rnnctl("runs", "--where", "training.windw=64") == (
        0,
        "",
        "warning: no run has 'training.windw'\n  = help: did you mean 'training.window'?\n"
        "warning: none of 3 runs in 'runs' is meant\n",
    )


@pytest.mark.parametrize("text", ["training.window", "=3", "a=", "a b=3"])
def test_what_is_no_condition(rnnctl: Command, text: str) -> None:
    ended = rnnctl("runs", "--where", text)
    assert ended.code == 2
    assert ended.err.startswith(f"error: '{text}' is no condition\n")


def test_nothing_is_there(rnnctl: Command) -> None:
    assert rnnctl("runs") == (0, "", "warning: there are no runs in 'runs'\n")
    assert rnnctl("runs", "--json") == (0, "[]\n", "")
    Path("file").write_text("")
    assert rnnctl("runs", "--runs", "file") == (2, "", "error: cannot read 'file': Not a directory\n")
    ended = rnnctl("runs", "--json", "list")
    assert (ended.code, ended.out) == (2, "")
    assert "options stand behind the command" in ended.err


@pytest.mark.parametrize(
    ("file", "content", "told"),
    [
        ("run.json", b'{\n  "format": 1,\n  "status": "fin', "run.json is damaged"),
        ("run.json", b"", "run.json is damaged"),
        ("run.json", b"\xff\xfe", "run.json is damaged"),
        ("run.json", b"[" * 100_000, "run.json is damaged"),
        ("run.json", b'{\n  "format": x\n}\n', "run.json is damaged"),
        ("run.json", b"[]", "run.json has another format than this rnnctl reads (1)"),
        ("run.json", b'{"format": 1}', "run.json has no status that is known"),
        ("run.json", b'{"format": 1, "status": "finished", "test": 3}', "run.json has no final metrics"),
        ("metrics.jsonl", None, "metrics.jsonl is missing"),
        ("resolved.yaml", None, "resolved.yaml is missing"),
    ],
)
def test_a_damaged_run(rnnctl: Command, file: str, content: bytes | None, told: str) -> None:
    three()
    path = Path("runs/b-1", file)
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    [entry] = json.loads(rnnctl("runs", "--json", "--status", "damaged").out)
    assert (entry["name"], entry["status"], entry["trouble"]) == ("b-1", "damaged", told)
    assert told in rnnctl("runs").out
    assert f"trouble    {told}" in rnnctl("runs", "show", "b-1").out
    for arguments in (("show", "b-1", "--json"), ("compare", "b-1", "b-2"), ("list", "--where", "training.window=1")):
        assert rnnctl("runs", *arguments).code == 0
    compared = rnnctl("runs", "compare", "b-1", "b-2", "--json")
    assert f"b-1: {told}" in json.loads(compared.out)["troubles"]


def test_metrics_that_are_cut(rnnctl: Command) -> None:
    path = make("b-1", losses=(3.0, 2.0, 1.0))
    path.joinpath("metrics.jsonl").write_text(path.joinpath("metrics.jsonl").read_text()[:-20] + "\n[]\n")
    told = rnnctl("runs", "show", "b-1").out
    assert "trouble    metrics.jsonl: 2 lines cannot be read\n" in told
    assert "valid.loss  █▁  3 -> 2, lowest 2\n" in told


def test_running_and_crashed(rnnctl: Command) -> None:
    path = make("b-1", status="running")
    assert names(rnnctl, "--status", "crashed") == ["b-1"]
    with holding(path) as process:
        assert names(rnnctl, "--status", "running") == ["b-1"]
        for arguments in (("remove", "b-1", "--yes"), ("prune", "--unfinished", "--yes")):
            rnnctl("runs", *arguments)
            assert path.is_dir()
        ended = rnnctl("runs", "remove", "b-1", "--yes")
        assert ended.err.startswith("error: run 'b-1' is being trained by another process\n")
        process.kill()
    assert names(rnnctl, "--status", "crashed") == ["b-1"]
    (path / "lock").unlink()  # made this moment: its training is about to take it
    assert names(rnnctl, "--status", "running") == ["b-1"]
    os.utime(path / "run.json", (5, 5))
    assert names(rnnctl, "--status", "crashed") == ["b-1"]


# show and compare


def test_compare(rnnctl: Command) -> None:
    three()
    expected = """\
                 b-1               b-2               b-3
status           finished          finished          stopped
settings
model.chain.0    lstm {"size": 8}  lstm {"size": 8}  gru {"size": 8}
training.window  32                64                32
metrics
best_epoch       2                 3                 -
test.loss        0.5               0.125             -
test.mse         0.5               0.125             -
test.skill       0.25              0.25              -
valid.loss, 1 to 4
b-1  ▃▁   2 -> 1 in 2
b-2  █▆▃  4 -> 2 in 3
b-3  ▃▁   2 -> 1 in 2
"""
    assert rnnctl("runs", "compare", "b-1", "b-2", "b-3").out == expected


def test_compare_runs_of_one_name(rnnctl: Command) -> None:
    make("b-1")
    make("b-1", window=64, root="others")
    told = rnnctl("runs", "compare", "b-1", "others/b-1").out
    assert told.splitlines()[0] == "                 runs/b-1  others/b-1"
    values = json.loads(rnnctl("runs", "compare", "b-1", "others/b-1", "--json").out)["settings"][0]["values"]
    assert values == {"runs/b-1": 32, "others/b-1": 64}


def test_compare_as_json(rnnctl: Command) -> None:
    three()
    found = json.loads(rnnctl("runs", "compare", "b-1", "b-2", "--json").out)
    assert found["settings"] == [{"key": "training.window", "values": {"b-1": 32, "b-2": 64}}]
    assert found["metrics"] == [
        {"key": "best_epoch", "values": {"b-1": 2, "b-2": 3}},
        {"key": "test.loss", "values": {"b-1": 0.5, "b-2": 0.125}},
        {"key": "test.mse", "values": {"b-1": 0.5, "b-2": 0.125}},
    ]
    assert [len(run["epochs"]) for run in found["runs"]] == [2, 3]
    assert found["troubles"] == []


def test_the_newest_is_shown_where_none_is_named(rnnctl: Command) -> None:
    ended = rnnctl("runs", "show")
    assert ended == (2, "", "error: there is no run in 'runs'\n  = help: train one first: rnnctl train CONFIG\n")
    three()
    assert rnnctl("runs", "show").out.startswith("b-3\n  status     stopped\n")


def test_which_run_is_not_there(rnnctl: Command) -> None:
    three()
    assert rnnctl("runs", "show", "bb-1").err == "error: there is no run 'bb-1'\n  = help: did you mean 'b-1'?\n"
    assert rnnctl("runs", "compare", "b-1").code == 2
    for strange in ("..", ".", "", "x" * 5000, "a\0b", "b-1/run.json", "\udcff"):
        assert rnnctl("runs", "show", strange).code == 2
        assert rnnctl("runs", "remove", "--yes", strange).code == 2
    assert names(rnnctl) == ["b-3", "b-2", "b-1"]


# remove and prune


def test_remove(rnnctl: Command) -> None:
    three()
    size = sum(p.stat().st_size for p in Path("runs/b-1").rglob("*") if p.is_file())
    ended = rnnctl("runs", "remove", "b-1", "runs/b-1/", "--yes")
    told = f"to remove: 1 run, {size} bytes\n  runs/b-1  finished  {size} bytes\nremoved: 1 of 1\n"
    assert ended == (0, told, "")
    assert names(rnnctl) == ["b-3", "b-2"]


def test_without_a_terminal_nothing_is_removed_unasked(rnnctl: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    three()
    monkeypatch.setattr(cli_runs.sys.stdin, "isatty", lambda: False, raising=False)
    ended = rnnctl("runs", "remove", "b-1")
    assert ended.code == 2
    assert "error: nothing was removed: there is no terminal to ask in\n  = help: --yes removes\n" in ended.err
    assert names(rnnctl) == ["b-3", "b-2", "b-1"]


@pytest.mark.parametrize(("answer", "left"), [(True, ["b-3", "b-2"]), (False, ["b-3", "b-2", "b-1"])])
def test_in_a_terminal_it_asks(rnnctl: Command, monkeypatch: pytest.MonkeyPatch, answer: bool, left: list[str]) -> None:
    three()
    monkeypatch.setattr(cli_runs.sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(cli_runs.typer, "confirm", lambda *_, **__: answer)
    assert rnnctl("runs", "remove", "b-1").code == 0
    assert names(rnnctl) == left


def test_where_one_is_wrong_none_is_removed(rnnctl: Command) -> None:
    three()
    ended = rnnctl("runs", "remove", "b-1", "b-9", "--yes")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("error: there is no run 'b-9' in 'runs'\n  = help: did you mean 'b-")
    assert names(rnnctl) == ["b-3", "b-2", "b-1"]


def test_nothing_outside_is_removed(rnnctl: Command) -> None:
    three()
    make("c-1", root="elsewhere")
    Path("runs/notes").mkdir()
    Path("runs/notes/text").write_text("mine")
    Path("runs/link").symlink_to("../elsewhere/c-1")
    Path("runs/odd").mkdir()
    Path("runs/odd/run.json").symlink_to("../../elsewhere/c-1/run.json")
    os.utime("runs/odd", (5, 5))
    before = sorted(map(str, Path("elsewhere").rglob("*")))
    for wanted in (
        *("../elsewhere/c-1", "elsewhere/c-1", "runs/../elsewhere/c-1", str(Path("elsewhere/c-1").resolve())),
        *(
            "link",
            "runs/link",
            "runs/link/",
            "link/.",
            "link/checkpoints",
            "notes",
            "odd",
            ".",
            "..",
            "runs",
            "runs/..",
        ),
        *("runs/.", "b-1/..", "runs/b-1/..", "runs/b-1/.", "/", "*", "b-*"),
    ):
        ended = rnnctl("runs", "remove", "--yes", wanted)
        assert (ended.code, ended.out) == (2, ""), wanted
        assert ended.err.startswith("error: "), wanted
    assert rnnctl("runs", "prune", "--keep", "0", "--yes").code == 2  # of which odd is told of, and stays
    assert sorted(map(str, Path("elsewhere").rglob("*"))) == before
    assert Path("runs/notes/text").read_text() == "mine"
    assert sorted(path.name for path in Path("runs").iterdir()) == ["link", "notes", "odd"]


def test_links_inside_a_run_are_not_followed(rnnctl: Command) -> None:
    path = make("b-1")
    Path("outside").mkdir()
    Path("outside/file").write_text("mine")
    (path / "folder").symlink_to(Path("outside").resolve())
    (path / "sessions").symlink_to("../../outside/file")
    (path / "checkpoints" / "up").symlink_to("../../..")
    assert rnnctl("runs", "remove", "b-1", "--yes").code == 0
    assert not path.exists()
    assert Path("outside/file").read_text() == "mine"


def test_a_lock_that_is_a_link_is_not_followed(rnnctl: Command) -> None:
    path = make("b-1")
    (path / "lock").unlink()
    (path / "lock").symlink_to("../../made")
    ended = rnnctl("runs", "remove", "b-1", "--yes")
    assert ended.code == 4
    assert ended.err.startswith("error: cannot remove 'runs/b-1': lock: ")
    assert not Path("made").exists()
    assert path.is_dir()


HOSTILE = [
    "a b",
    "-rf",
    "ünï 文字",
    "b\nc",
    "\x1b[31mred",
    "a'b\"c$(d)`e`",
    "[bold]",
    "n" * 250,
    "*",
    "\udcff",
    "...",
    "~",
]


def test_a_record_that_somebody_else_has_written(rnnctl: Command) -> None:
    make("b-1", 1)
    strange = "\x1b[31m\nx\u202e"
    path = make("b-2", 2, versions={strange: strange}, created=strange, error=strange)
    record = json.loads((path / "run.json").read_text())
    record["test"] = {strange: 1, "mse": strange, "loss": {strange: [strange]}}
    record["best_epoch"] = record["name"] = strange
    (path / "run.json").write_text(json.dumps(record))
    (path / "metrics.jsonl").write_text(json.dumps({"epoch": strange, "valid": {"loss": strange}}) + "\n")
    (path / "resolved.yaml").write_text('training: {window: "\\e[31m\\nx"}\n')
    for arguments in (
        ("--sort", "test.mse"),
        ("--where", "training.window!=1", "--where", "best_epoch!=1", "--sort", "valid.loss"),
        ("show", "b-2"),
        ("compare", "b-1", "b-2"),
        ("prune", "--keep", "0", "--dry-run"),
    ):
        told = rnnctl("runs", *arguments)
        assert told.code == 0, told.err
        assert not {"\x1b", "\u202e"} & set(told.out)
        assert "\nx" not in told.out


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_hostile_names(rnnctl: Command, name: str) -> None:
    make("b-1", 1)
    make(name, 2, window=64)
    told = rnnctl("runs")
    assert (told.code, len(told.out.splitlines())) == (0, 3)
    assert "\x1b[31m" not in told.out
    assert names(rnnctl) == [name, "b-1"]
    for arguments in (("show", "--", name), ("compare", "b-1", "--", name), ("show", "--json", "--", name)):
        ended = rnnctl("runs", *arguments)
        assert ended.code == 0, ended.err
        assert "\x1b[31m" not in ended.out
    assert rnnctl("runs", "remove", "--yes", "--", name).code == 0
    assert names(rnnctl) == ["b-1"]


def test_prune(rnnctl: Command) -> None:
    three()
    now = time.time()
    for name, days in (("b-1", 30), ("b-2", 10), ("b-3", 1)):
        os.utime(f"runs/{name}/run.json", (now - days * 86_400 - 60,) * 2)
    for arguments, expected in (
        (("--keep", "1"), ["b-2", "b-1"]),
        (("--older", "10"), ["b-2", "b-1"]),
        (("--older", "10", "--keep", "2"), ["b-1"]),
        (("--unfinished",), ["b-3"]),
        (("--unfinished", "--older", "2"), []),
        (("--keep", "0", "--name", "*-2"), ["b-2"]),
    ):
        told = rnnctl("runs", "prune", "--dry-run", *arguments).out
        assert [line.split()[0] for line in told.splitlines() if line.startswith("  ")] == [
            f"runs/{n}" for n in expected
        ]
        assert names(rnnctl) == ["b-3", "b-2", "b-1"]
    assert rnnctl("runs", "prune", "--keep", "5", "--yes") == (0, "nothing to remove\n", "")
    assert rnnctl("runs", "prune", "--yes").code == 2
    assert rnnctl("runs", "prune", "--keep", "1", "--yes").out.endswith("removed: 2 of 2\n")
    assert names(rnnctl) == ["b-3"]


def test_prune_by_what_a_run_is_and_how_it_did(rnnctl: Command) -> None:
    three()
    make("b-4", 4, status="failed", error="the loss is nan")
    for arguments, expected in (
        (("--status", "failed"), ["b-4"]),
        (("--status", "failed", "--status", "stopped"), ["b-4", "b-3"]),
        (("--where", "test.mse>0.2"), ["b-1"]),
        (("--where", "training.window=32", "--keep", "1"), ["b-3", "b-1"]),
        (("--status", "finished", "--keep", "1"), ["b-1"]),
        (("--status", "running"), []),
    ):
        told = json.loads(rnnctl("runs", "prune", "--dry-run", "--json", *arguments).out)
        assert [run["name"] for run in told["chosen"]] == expected
        assert (told["dry_run"], told["removed"]) == (True, [])
    ended = rnnctl("runs", "prune", "--where", "training.windw=1", "--yes")
    assert ended.out == "nothing to remove\n"
    assert ended.err == "warning: no run has 'training.windw'\n  = help: did you mean 'training.window'?\n"
    assert names(rnnctl) == ["b-4", "b-3", "b-2", "b-1"]


def test_removal_as_json(rnnctl: Command) -> None:
    three()
    bytes_ = sum(p.stat().st_size for p in Path("runs/b-1").rglob("*") if p.is_file())
    chosen = [{"name": "b-1", "status": "finished", "bytes": bytes_}]
    ended = rnnctl("runs", "remove", "b-1", "--json", "--yes")
    assert ended == (0, json.dumps({"dry_run": False, "chosen": chosen, "removed": ["b-1"]}) + "\n", "")
    empty = {"dry_run": False, "chosen": [], "removed": []}
    assert json.loads(rnnctl("runs", "prune", "--keep", "9", "--json").out) == empty


def test_what_cannot_be_removed_is_told_when_the_others_are_gone(rnnctl: Command) -> None:
    three()
    (Path("runs/b-2/lock")).unlink()
    (Path("runs/b-2/lock")).mkdir()
    ended = rnnctl("runs", "prune", "--keep", "0", "--yes")
    assert ended.code == 4
    assert ended.out.endswith("removed: 2 of 3\n")
    assert ended.err == "error: cannot remove 'runs/b-2': lock: Is a directory\n"
    assert names(rnnctl) == ["b-2"]
