"""From configs to outcomes, with a worker that trains nothing: what is begun, kept, stopped and told."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from rnnctl.expect.ask import Order, read
from rnnctl.expect.check import check
from rnnctl.expect.events import Ended, Progress, Waiting
from rnnctl.expect.find import Candidate
from rnnctl.expect.outcome import Outcome, State, exit_code

FAKE = (sys.executable, str(Path(__file__).with_name("fake_worker.py")))
WHOLE = """\
data: {task: sine}
model: {chain: [{rnn: 2}, dense]}
training: {loss: mse, window: 20, epochs: 1, seed: 0}
"""


def config(folder: Path, name: str, *expect: str, do: str = "") -> Path:
    """A config whose metric `test.mse` is its seed and one, with what its worker is to do."""
    path = folder / f"{name}.yaml"
    lines = [f"  {line}\n" for line in expect or ["test.mse: {below: 10}"]]
    path.write_text(WHOLE + "expect:\n" + "".join(lines), "utf-8")
    path.with_suffix(".do").write_text(do)
    return path


def calls(path: Path) -> list[str]:
    """What was trained for a config, in order."""
    file = path.with_suffix(".calls")
    return file.read_text().splitlines() if file.exists() else []


def outcomes(tmp_path: Path, *paths: Path, **order: Any) -> list[Outcome]:
    made = Order(work=tmp_path / "work", **{"jobs": 2, **order})
    return [e.outcome for e in check(list(map(Candidate, paths)), made, FAKE) if isinstance(e, Ended)]


def states(found: Sequence[Outcome]) -> dict[str, str]:
    return {outcome.name: outcome.state.value for outcome in found}


def test_met_unmet_refused_and_crashed(tmp_path: Path) -> None:
    good = config(tmp_path, "good")
    bad = config(tmp_path, "bad", "test.mse: {below: 0.5}", "parameters: 12")
    wrong = config(tmp_path, "wrong", "test.accuracy: {above: 0.5}")
    broken = config(tmp_path, "broken", do="fail 4")
    found = {outcome.name: outcome for outcome in outcomes(tmp_path, good, bad, wrong, broken)}
    assert states(list(found.values())) == {"good": "met", "bad": "unmet", "wrong": "refused", "broken": "crashed"}
    assert [v.met for v in found["bad"].verdicts] == [False, True]
    assert found["bad"].verdicts[0].place is not None
    assert found["bad"].verdicts[0].place.line == 5
    trouble = found["broken"].trouble
    assert trouble is not None
    assert trouble.message == "training ended with exit code 4: the loss is nan"
    assert found["broken"].verdicts == ()
    assert calls(wrong) == []


@pytest.mark.parametrize(
    ("do", "message"),
    [
        ("die", "training was ended by SIGKILL, as when memory runs out"),
        ("nothing", "training left no result"),
        ("fail 1", "training ended with exit code 1: the loss is nan"),
    ],
)
def test_a_crash_is_never_an_unmet_promise(tmp_path: Path, do: str, message: str) -> None:
    [found] = outcomes(tmp_path, config(tmp_path, "a", do=do))
    assert (found.state, found.trouble and found.trouble.message) == (State.crashed, message)
    assert exit_code([found]) == 4


def test_exit_codes() -> None:
    def of(*found: State) -> int:
        return exit_code([Outcome(Path("a"), "a", state) for state in found])

    assert of(State.met, State.met) == 0
    assert of(State.met, State.unmet) == of(State.unmet, State.skipped) == of(State.skipped) == 10
    assert of(State.unmet, State.crashed) == of(State.timeout) == of(State.refused, State.crashed) == 4
    assert of(State.unmet, State.refused) == of() == 2


def test_a_second_call_takes_up_what_was_done(tmp_path: Path) -> None:
    path = config(tmp_path, "a", "test.mse: {below: 10}", "seeds: 2", "deterministic: true", "resume: exact")
    [first] = outcomes(tmp_path, path)
    assert (first.state, first.kept) == (State.met, False)
    assert sorted(calls(path)) == ["again 0", "resume 0", "train 0", "train 1"]
    [second] = outcomes(tmp_path, path)
    assert (second.state, second.kept, second.figures) == (State.met, True, first.figures)
    assert len(calls(path)) == 4
    path.write_text(path.read_text().replace("below: 10", "below: 1.5").replace("seeds: 2", "seeds: 3"))
    [third] = outcomes(tmp_path, path)  # another bound, and one seed more: only that is trained
    assert (third.state, third.kept) == (State.unmet, False)
    assert calls(path)[4:] == ["train 2"]
    [_fourth] = outcomes(tmp_path, path, fresh=True)
    assert len(calls(path)) == 10


def test_another_bound_from_the_command_line_and_another_folder_train_nothing(tmp_path: Path) -> None:
    path = config(tmp_path, "a", "test.mse: {below: 10}", "seconds: {below: 100}")
    outcomes(tmp_path, path)
    [found] = outcomes(tmp_path, path, settings=("expect.test.mse.below=0.5",))
    assert (found.state, found.kept) == (State.unmet, True)
    (tmp_path / "elsewhere").mkdir()
    [moved] = outcomes(tmp_path, path.rename(tmp_path / "elsewhere" / "a.yaml"))
    assert (moved.state, moved.kept) == (State.met, True)
    assert len(calls(path)) == 1


def test_what_figures_follow_from_is_trained_anew(tmp_path: Path) -> None:
    path = config(tmp_path, "a")
    outcomes(tmp_path, path)
    outcomes(tmp_path, path, settings=("training.epochs=2",))
    path.write_text(path.read_text().replace("rnn: 2", "rnn: 3"))
    outcomes(tmp_path, path)
    assert len(calls(path)) == 3


def test_a_crash_is_not_kept(tmp_path: Path) -> None:
    path = config(tmp_path, "a", do="fail 4")
    outcomes(tmp_path, path)
    path.with_suffix(".do").write_text("")
    [found] = outcomes(tmp_path, path)
    assert found.state == State.met


def test_time_that_was_missed_is_measured_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = config(tmp_path, "a", "seconds: {below: 2}")
    monkeypatch.setenv("FAKE_SECONDS", "3")
    assert outcomes(tmp_path, path)[0].state == State.unmet
    monkeypatch.setenv("FAKE_SECONDS", "1")
    assert outcomes(tmp_path, path)[0].state == State.met
    assert outcomes(tmp_path, path)[0].kept
    assert len(calls(path)) == 2


@pytest.mark.parametrize("jobs", [1, 4])
def test_seeds_are_the_same_whatever_the_number_of_processes(tmp_path: Path, jobs: int) -> None:
    path = config(tmp_path, "a", "test.mse: {below: 3.5, judge: mean}", "seeds: 5")
    [found] = outcomes(tmp_path, path, jobs=jobs)
    [verdict] = found.verdicts
    assert (verdict.values, verdict.figure, verdict.met) == ((1.0, 2.0, 3.0, 4.0, 5.0), 3.0, True)
    assert [f.seed for f in found.figures] == [0, 1, 2, 3, 4]


def test_the_count_of_seeds_can_be_given(tmp_path: Path) -> None:
    path = config(tmp_path, "a", "test.mse: {below: 2.5}")
    [found] = outcomes(tmp_path, path, seeds=3)
    assert (found.state, found.verdicts[0].values) == (State.unmet, (1.0, 2.0, 3.0))


def test_other_bits(tmp_path: Path) -> None:
    [found] = outcomes(tmp_path, config(tmp_path, "a", "deterministic: true", do="other-bits"))
    assert found.verdicts[0].why == "trained twice with the same seed, it ends with other bits"


def test_one_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    slow, quick = config(tmp_path, "slow", do="wait"), config(tmp_path, "quick")
    found = outcomes(tmp_path, slow, quick, seconds=0.0)
    assert states(found)["slow"] == "timeout"
    trouble = next(outcome.trouble for outcome in found if outcome.name == "slow")
    assert trouble is not None
    assert trouble.message == "training took more than 0 s"


def test_one_seed_that_crashes_stops_the_others(tmp_path: Path) -> None:
    path = config(tmp_path, "a", "test.mse: {below: 10}", "seeds: 50", do="fail 4")
    [found] = outcomes(tmp_path, path, jobs=1)
    assert found.state == State.crashed
    assert calls(path) == ["train 0"]


def test_fail_fast_begins_no_other(tmp_path: Path) -> None:
    bad, good = config(tmp_path, "bad", "test.mse: {below: 0.5}"), config(tmp_path, "good")
    found = outcomes(tmp_path, bad, good, jobs=1, fail_fast=True)
    assert states(found) == {"bad": "unmet", "good": "skipped"}
    assert calls(good) == []


def test_baseline_is_recorded_and_held_against(tmp_path: Path) -> None:
    path = config(tmp_path, "a", "test.mse: {within: 5%, of: baseline}")
    [first] = outcomes(tmp_path, path)
    assert first.state == State.unmet
    [recorded] = outcomes(tmp_path, path, update_baseline=True)
    assert recorded.state == State.met
    assert '"test.mse": [1.0]' in path.with_name("a.baseline.json").read_text()
    assert outcomes(tmp_path, path)[0].state == State.met
    path.with_name("a.baseline.json").write_text("{")
    [damaged] = outcomes(tmp_path, path)
    assert (damaged.state, damaged.trouble and "is damaged" in damaged.trouble.message) == (State.refused, True)


def test_events(tmp_path: Path) -> None:
    path = config(
        tmp_path, "a", do='say {"share": 0.5, "epoch": 1, "epochs": 2, "loss": null}\nsay what is this\nsay []'
    )
    events = list(check([Candidate(path)], Order(work=tmp_path / "work", jobs=1), FAKE))
    assert events[0] == Waiting(path, "a", 1)
    assert events[1] == Progress(path, 0, "train", 0.0)
    assert events[2] == Progress(path, 0, "train", 0.5, 1, 2, None)
    assert [type(event) for event in events] == [Waiting, Progress, Progress, Ended]


def test_leaving_the_events_stops_all_that_runs(tmp_path: Path) -> None:
    path = config(tmp_path, "a", "test.mse: {below: 10}", "seeds: 3", do='say {"share": 0.5}\nwait')
    events = check([Candidate(path)], Order(work=tmp_path / "work", jobs=3), FAKE)
    begun = 0
    for event in events:
        begun += isinstance(event, Progress) and event.share == 0.5
        if begun == 3:
            break
    events.close()
    assert sorted(calls(path)) == ["train 0", "train 1", "train 2"]
    path.with_suffix(".do").write_text("")
    [found] = outcomes(tmp_path, path)
    assert found.state == State.met


def test_a_link_in_the_work_folder_is_not_followed(tmp_path: Path) -> None:
    path = config(tmp_path, "a")
    outcomes(tmp_path, path)
    [folder] = (tmp_path / "work").iterdir()
    elsewhere = tmp_path / "elsewhere"
    folder.rename(elsewhere)
    folder.symlink_to(elsewhere, target_is_directory=True)
    found = {outcome.name: outcome for outcome in outcomes(tmp_path, path, config(tmp_path, "b", "parameters: 12"))}
    assert states(list(found.values())) == {"a": "crashed", "b": "met"}  # the others go on
    assert (trouble := found["a"].trouble) is not None
    assert "is a link, or holds one" in trouble.message


@pytest.mark.parametrize("smoke", [False, True])
def test_a_folder_that_cannot_be_made_is_the_trouble_of_its_config_alone(tmp_path: Path, smoke: bool) -> None:
    bad, good = config(tmp_path, "bad", "test.mse: {below: 9}"), config(tmp_path, "good", do="say {}")
    order = Order(work=tmp_path / "work", smoke=smoke)
    read(bad, order).trials[0].folder.parent.mkdir(parents=True)
    read(bad, order).trials[0].folder.write_text("a file")
    found = {outcome.name: outcome for outcome in outcomes(tmp_path, bad, good, smoke=smoke)}
    assert states(list(found.values())) == {"bad": "crashed", "good": "met"}
    assert (trouble := found["bad"].trouble) is not None
    assert trouble.message.endswith("File exists")


def test_a_process_that_cannot_be_begun_is_a_crash(tmp_path: Path) -> None:
    order = Order(work=tmp_path / "work")
    events = check([Candidate(config(tmp_path, "a", "test.mse: {below: 9}", "seeds: 3"))], order, ("/nowhere/python",))
    [found] = [event.outcome for event in events if isinstance(event, Ended)]
    assert (found.state, exit_code([found])) == (State.crashed, 4)
    assert found.trouble is not None
    assert found.trouble.message.startswith("cannot begin a process for ")


def test_two_configs_that_mean_the_same_are_both_checked(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    one, two = config(tmp_path, "a"), config(tmp_path / "other", "a")
    assert [outcome.state for outcome in outcomes(tmp_path, one, two)] == [State.met, State.met]
