"""The directory of a run: its name and number, what stands in it, and how it is found again."""

from __future__ import annotations

import json
import multiprocessing
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnctl.config import Resolved, open_config
from rnnctl.data.records import Marked
from rnnctl.errors import CheckpointError, ConfigError, DataError, TrainingError, UsageError
from rnnctl.runs.checkpoint import Checkpoint, save
from rnnctl.runs.directory import Run, all_runs, create_run, data_digest, facts_as_plain, facts_from, find_run

CONFIG = """\
name: b
data: {csv: d.csv, input: [x], target: {column: x, ahead: 1}}
model: {chain: [dense: 1]}
training: {loss: mse}
"""
RUNS = Path("runs")


@pytest.fixture
def resolved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Resolved:
    monkeypatch.chdir(tmp_path)
    return made()


def made(name: str = "b") -> Resolved:
    Path("d.csv").write_text("x\n" + "".join(f"{i}\n" for i in range(20)))
    Path("c.yaml").write_text(CONFIG.replace("name: b", f"name: {name}"))
    return open_config(Path("c.yaml"))


def create(resolved: Resolved, root: Path = RUNS) -> Run:
    return create_run(root, resolved, resolved.written, {"input": None, "target": None})


def test_what_a_new_run_holds(resolved: Resolved) -> None:
    run = create(resolved)
    assert run.path == Path("runs/b-1")
    assert sorted(str(p.relative_to(run.path)) for p in run.path.rglob("*")) == [
        "checkpoints",
        "config.yaml",
        "resolved.yaml",
        "run.json",
        "sessions",
    ]
    assert run.config.read_text() == CONFIG
    assert run.resolved.read_text() == resolved.as_text()
    record = run.record()
    assert list(record) == [
        *("format", "name", "status", "created", "versions", "machine", "facts", "data", "scaling"),
    ]
    assert (record["format"], record["name"], record["status"]) == (1, "b", "running")
    assert set(record["versions"]) == {"python", "rnnctl", "numpy", "torch", "safetensors"}
    assert set(record["machine"]) == {"system", "processor", "cores"}
    assert facts_from(record["facts"]) == resolved.facts
    assert run.checkpoint("best") == Path("runs/b-1/checkpoints/best.safetensors")
    assert run.open().as_plain() == resolved.as_plain()
    assert run.open().facts == resolved.facts


def test_all_facts_are_kept(resolved: Resolved) -> None:
    more = {"foretells": 1, "where": (0, 3), "before": Marked(3, 1, 0), "after": Marked(0, 0, 0)}
    facts = resolved.facts._replace(**more)  # type: ignore[arg-type] (of several types)
    assert facts_from(json.loads(json.dumps(facts_as_plain(facts)))) == facts
    older = {key: value for key, value in facts_as_plain(resolved.facts).items() if key not in more}
    assert facts_from(older) == resolved.facts


def test_the_seal_covers_what_weights_mean_and_nothing_else(resolved: Resolved) -> None:
    """Data, layers, precision and scaling; not how it is trained, nor where the data lies."""
    run = create(resolved)
    text, record, seal = run.resolved.read_text(), run.record(), run.seal()
    assert create(resolved).seal() == seal
    for old, new, same in (
        ("epochs: 10", "epochs: 11", True),
        ("lr: 0.001", "lr: 0.5", True),
        ("d.csv", "elsewhere.csv", True),
        ("name: b", "name: c", True),
        ("batch: 32", "batch: 31", True),
        ("ahead: 1", "ahead: 2", False),
        ("scale: standard", "scale: none", False),
        ("train: 0.7", "train: 0.6", False),
        ("size: 1", "size: 2", False),
        ("precision: float32", "precision: float64", False),
    ):
        assert text.count(old) == 1, old
        run.resolved.write_text(text.replace(old, new))
        assert (run.seal() == seal) is same, old
    run.resolved.write_text(text)
    for key, value in (("scaling", {"input": None}), ("data", "0" * 64)):
        run.write_record({**record, key: value})
        assert run.seal() != seal
    run.write_record({**record, "status": "finished", "versions": {}})
    assert run.seal() == seal
    run.resolved.unlink()
    with pytest.raises(CheckpointError, match="there is no file"):
        run.seal()


def test_the_weights_are_found_in_a_whole_state(resolved: Resolved) -> None:
    run = create(resolved)
    arrays = {"0.W": np.ones((1, 1)), "optimizer.0.W.step": np.ones(1), "best.0.W": np.zeros((1, 1))}
    save(run.checkpoint("last"), arrays, {"run": run.seal(), "epoch": 3})
    assert list(run.load_checkpoint("last").weights) == ["0.W"]
    assert set(run.load_state("last").weights) == set(arrays)
    assert run.load_checkpoint("last").digest == Checkpoint({"0.W": np.ones((1, 1))}, {}).digest
    save(run.checkpoint("last"), arrays, {"run": "another"})
    for load in (run.load_checkpoint, run.load_state):
        with pytest.raises(CheckpointError) as caught:
            load("last")
        [told] = caught.value.diagnostics
        assert told.message == "the config or the scaling of 'runs/b-1' was changed after its checkpoint was saved"


def test_the_config_is_kept_byte_by_byte(resolved: Resolved) -> None:
    Path("w.yaml").write_bytes((CONFIG.replace("\n", "\r\n") + "# ünïcode").encode())
    run = create(open_config(Path("w.yaml")))
    assert run.config.read_bytes() == Path("w.yaml").read_bytes()


def test_runs_are_numbered_and_never_overwritten(resolved: Resolved) -> None:
    assert [create(resolved).path.name for _ in range(3)] == ["b-1", "b-2", "b-3"]
    Path("runs/b-9").write_text("a file, not a run")
    Path("runs/b-x-40").mkdir()
    Path("runs/b-").mkdir()
    assert create(resolved).path.name == "b-10"
    assert create(made("b-x")).path.name == "b-x-41"
    assert create(made("other")).path.name == "other-1"
    assert Path("runs/b-9").read_text() == "a file, not a run"


def test_a_run_is_found_by_path_or_name(resolved: Resolved) -> None:
    run = create(resolved)
    for wanted in ("b-1", "runs/b-1", "runs/b-1/", str(run.path.resolve())):
        assert find_run(wanted, RUNS).path.resolve() == run.path.resolve()
    create(resolved, Path("elsewhere"))
    assert find_run("b-1", Path("elsewhere")).path == Path("elsewhere/b-1")


def refusal(wanted: str | None, root: Path = RUNS) -> tuple[str, str | None]:
    with pytest.raises(UsageError) as caught:
        find_run(wanted, root)
    [told] = caught.value.diagnostics
    return told.message, told.help


def test_a_run_that_is_not_there(resolved: Resolved) -> None:
    assert refusal(None) == ("there is no run in 'runs'", "train one first: rnnctl train CONFIG")
    assert refusal("b-1") == ("there is no run 'b-1'", "there are no runs in 'runs' yet")
    for _ in range(7):
        create(resolved)
    assert refusal("bb-1") == ("there is no run 'bb-1'", "did you mean 'b-1'?")
    assert refusal("sunspots") == ("there is no run 'sunspots'", "runs in 'runs': …, b-3, b-4, b-5, b-6, b-7")
    for strange in ("", ".", "..", "x" * 5000, "a\0b", "runs/b-1/run.json"):
        assert refusal(strange)[0] == f"there is no run '{strange}'"
    assert refusal(None, Path("d.csv"))[0] == "there is no run in 'd.csv'"


def test_the_newest_run_is_the_last_made(resolved: Resolved) -> None:
    for _ in range(11):
        create(resolved)
    paths = [Path(f"runs/b-{i}/resolved.yaml") for i in range(1, 12)]
    for path in paths:
        os.utime(path, ns=(10**18, 10**18))
    assert find_run(None, RUNS).path.name == "b-11"
    os.utime(paths[3], ns=(10**18, 2 * 10**18))
    Path("runs/b-1/run.json").write_text(Path("runs/b-1/run.json").read_text())  # an old run may be written to
    assert find_run(None, RUNS).path.name == "b-4"
    paths[3].unlink()
    assert find_run(None, RUNS).path.name == "b-11"
    Path("runs/b-11/run.json").unlink()
    assert [run.path.name for run in all_runs(RUNS)][-1] == "b-10"


def test_a_record_is_changed_in_place(resolved: Resolved) -> None:
    run = create(resolved)
    run.update_record(status="finished", test={"loss": float("nan")})
    record = json.loads((run.path / "run.json").read_text())
    assert (record["status"], record["test"], record["name"]) == ("finished", {"loss": None}, "b")


def test_a_record_has_one_line_a_key(resolved: Resolved) -> None:
    run = create(resolved)
    run.update_record(test={"loss": 0.5, "steps": [1, 2]})
    first, *lines, last = (run.path / "run.json").read_text().splitlines()
    assert (first, last) == ("{", "}")
    assert [line.split('"')[1] for line in lines] == list(run.record())
    assert lines[-1] == '  "test": {"loss": 0.5, "steps": [1, 2]}'
    assert all(json.loads(f"{{{line.removesuffix(',')}}}") for line in lines)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"3", b"\xff\xfe", b'{"format": 2}', b"{}", b"[" * 100_000],
    ids=["empty", "cut", "list", "number", "not text", "newer", "no format", "deep"],
)
def test_a_damaged_record(resolved: Resolved, content: bytes) -> None:
    run = create(resolved)
    (run.path / "run.json").write_bytes(content)
    with pytest.raises(CheckpointError, match=r"run\.json"):
        run.record()
    with pytest.raises(CheckpointError, match=r"run\.json"):
        run.open()


@pytest.mark.parametrize("key", ["input", "target", "lengths", "one_series", "ahead", "each"])
def test_facts_that_are_not_whole(resolved: Resolved, key: str) -> None:
    run = create(resolved)
    record = run.record()
    del record["facts"][key]
    run.write_record(record)
    with pytest.raises(CheckpointError, match="the facts of the data are not whole"):
        run.open()
    run.write_record({**record, "facts": 3})
    with pytest.raises(CheckpointError, match="the facts of the data are not whole"):
        run.open()


def test_a_resolved_config_that_is_damaged_is_not_the_users(resolved: Resolved) -> None:
    run = create(resolved)
    text = run.resolved.read_text()
    run.resolved.write_text(text.replace("dense", "dens"))
    with pytest.raises(CheckpointError, match="unknown layer 'dens'"):
        run.open()
    run.resolved.unlink()
    with pytest.raises(CheckpointError, match="there is no file"):
        run.open()


def test_a_disk_that_refuses_leaves_no_half_run(resolved: Resolved, monkeypatch: pytest.MonkeyPatch) -> None:
    create(resolved)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(TrainingError, match="No space left on device"):
            create(resolved)
    assert [p.name for p in RUNS.iterdir()] == ["b-1"]
    Path("file").write_text("")
    with pytest.raises(TrainingError, match="cannot make a run in 'file': File exists"):
        create(resolved, Path("file"))
    with pytest.raises(TrainingError, match="cannot make a run in 'file/runs': Not a directory"):
        create(resolved, Path("file/runs"))


def test_data_is_known_by_its_bytes(resolved: Resolved) -> None:
    first = data_digest(resolved.source)
    assert first is not None
    assert len(first) == 64
    assert create(resolved).record()["data"] == first
    Path("d.csv").write_text(Path("d.csv").read_text().replace("19", "18"))
    assert data_digest(resolved.source) != first
    Path("d.csv").unlink()
    with pytest.raises(DataError, match="cannot read"):
        data_digest(resolved.source)
    task = CONFIG.replace("csv: d.csv, input: [x], target: {column: x, ahead: 1}", "task: sine")
    Path("t.yaml").write_text(task)
    assert data_digest(open_config(Path("t.yaml")).source) is None


def _many(barrier: Any, folder: str, found: Any) -> None:
    os.chdir(folder)
    resolved = open_config(Path("c.yaml"))
    barrier.wait()
    found.put([create(resolved).path.name for _ in range(20)])


def test_processes_that_start_at_one_moment_get_directories_of_their_own(resolved: Resolved) -> None:
    context = multiprocessing.get_context("fork")
    barrier, found = context.Barrier(3), context.Queue()
    workers = [context.Process(target=_many, args=(barrier, str(Path.cwd()), found)) for _ in range(2)]
    for worker in workers:
        worker.start()
    barrier.wait()
    names = [create(resolved).path.name for _ in range(20)]
    for _ in workers:
        names += found.get()
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0
    assert len(names) == len(set(names)) == 60
    assert {p.name for p in RUNS.iterdir()} == set(names)
    assert all(Run(RUNS / name).record()["status"] == "running" for name in names)


def test_a_folder_with_a_number_beyond_all_others_is_not_counted_on(resolved: Resolved) -> None:
    for name in (f"b-{'9' * 250}", "b-٣", "b-2"):
        (RUNS / name).mkdir(parents=True)
    assert create(resolved).path.name == "b-3"


@pytest.mark.parametrize("name", ["../b", "..", "a/b", "a b", "ü", "-b", "b" * 300, "b\\c", "~"])
def test_names_that_no_run_may_have(resolved: Resolved, name: str) -> None:
    Path("c.yaml").write_text(CONFIG.replace("name: b", f"name: {json.dumps(name, ensure_ascii=False)}"))
    with pytest.raises(ConfigError, match="name must be letters, digits"):
        open_config(Path("c.yaml"))
