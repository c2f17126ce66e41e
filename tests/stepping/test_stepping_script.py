import json
import random

import numpy as np
import pytest

from rnnctl.errors import CheckpointError, DataError, UsageError
from rnnctl.stepping.console import Console
from rnnctl.stepping.desk import SCRIPT_HEAD
from rnnctl.stepping.model import load_model
from rnnctl.stepping.pipe import pump
from rnnctl.stepping.script import played, read_script, unmet
from rnnctl.stepping.session import Session
from rnnctl.stepping.store import load_session, save_session


@pytest.fixture
def new(exact_run):
    """Makes a console of a new session."""
    model = load_model(exact_run)
    return lambda: Console(Session(model), exact_run)


def script(tmp_path, *lines):
    path = tmp_path / "s.txt"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_a_script_is_read_with_its_places(tmp_path):
    path = script(tmp_path, "# head", "", "step 20,3", "   expect t == 1  # one")
    first, second = read_script(path)
    assert (first.number, first.text, first.place.column) == (3, "step 20,3", 1)
    assert (second.number, second.place.line, second.place.column) == (4, 4, 4)
    with pytest.raises(UsageError, match="cannot read the script"):
        read_script(tmp_path / "none")
    path.write_bytes(b"step \xff")
    with pytest.raises(UsageError, match="is not UTF-8: invalid start byte at byte 5"):
        read_script(path)


def test_ends_of_lines_inside_a_text_end_no_line(tmp_path):
    (tmp_path / "s.txt").write_bytes("text a\x0cb\u2028c\x85d\r\nback 2\r\n".encode())
    lines = read_script(tmp_path / "s.txt")
    assert [(line.number, line.text) for line in lines] == [(1, "text a\x0cb\u2028c\x85d"), (2, "back 2")]


def test_a_wrong_line_is_told_with_its_place(new, tmp_path):
    path = script(tmp_path, "20,3", "  stpe 4")
    done = played(new(), read_script(path))
    assert len(next(done)[1].steps) == 1
    with pytest.raises(UsageError) as refused:
        next(done)
    [told] = refused.value.diagnostics
    assert (
        str(told)
        == f"""\
error: there is no command 'stpe'
  --> {path}:2:3
 2 |   stpe 4
   |   ^^^^^^
   = help: did you mean 'step'?"""
    )


def test_a_mistake_in_a_file_is_told_with_both_places(new, tmp_path):
    (tmp_path / "wrong.csv").write_text("temperature,wind\n1,x\n")
    path = script(tmp_path, f"feed {tmp_path / 'wrong.csv'}")
    with pytest.raises(DataError) as refused:
        list(played(new(), read_script(path)))
    [told] = refused.value.diagnostics
    assert (told.where.file, told.where.line) == (str(tmp_path / "wrong.csv"), 2)
    assert [(other.where.file, other.where.line) for other in told.also] == [(str(path), 1)]


def test_a_damaged_state_is_told_with_the_line_that_loads_it(new, exact_run, tmp_path):
    new().run("save here")
    state = exact_run.sessions / "here.state"
    state.write_bytes(state.read_bytes()[:-3])
    for lines in (["20,3", "load here"], [f"play {script(tmp_path, 'load here').rename(tmp_path / 'inner.txt')}"]):
        path = script(tmp_path, *lines)
        with pytest.raises(CheckpointError) as refused:
            list(played(new(), read_script(path)))
        [told] = refused.value.diagnostics
        places = [place for place in (told.where, *(other.where for other in told.also)) if place.file == str(path)]
        assert [(place.line, place.column) for place in places] == [(len(lines), 1)]
        assert told.message.startswith(f"'{state}' is damaged")
        assert refused.value.exit_code == 5


def test_what_is_not_as_expected_is_told_with_what_it_is(new, tmp_path):
    path = script(tmp_path, "20,3", "expect t == 2", "quit", "20,3")
    lines = list(played(new(), read_script(path)))
    assert len(lines) == 3
    line, outcome = lines[1]
    assert (
        str(unmet(line, outcome))
        == f"""\
error: not as expected: it is 1
  --> {path}:2:1
 2 | expect t == 2
   | ^^^^^^^^^^^^^"""
    )


def test_what_is_recorded_plays_to_the_same_numbers(new, tmp_path):
    path = tmp_path / "recorded.txt"
    console = new()
    console.run("step 20,3 21,4")
    console.run("set c[1] 0.5  # more")
    assert console.run(f"record {path}").text == (f"{path}: 2 commands so far, and all that follow",)
    for line in ("fork other", "flip h[0]", "feed rows 5:9", "next 3", "perturb c 0.1 seed 3", "back", "22,5", "help"):
        console.run(line)
    console.run("show")
    assert console.run("record off").text == (f"recorded to {path}",)
    console.run("20,3")
    console.run("back")
    assert path.read_text().splitlines() == [
        SCRIPT_HEAD,
        "step 20,3 21,4",
        "set c[1] 0.5  # more",
        "fork other",
        "flip h[0]",
        "feed rows 5:9",
        "next 3",
        "perturb c 0.1 seed 3",
        "back",
        "22,5",
        "show",
    ]
    again = new()
    outcome = again.run(f"play {path}")
    assert len(outcome.steps) == 6
    assert outcome.text[-1] == f"{path}: 10 commands"
    assert again.session.branch == "other"
    for ours, theirs in zip(console.session.trail, again.session.trail, strict=True):
        assert ours.did == theirs.did
        for one, other in zip(ours.carry, theirs.carry, strict=True):
            for a, b in zip(one, other, strict=True):
                np.testing.assert_array_equal(a, b)


def test_a_session_that_began_elsewhere_is_recorded_with_its_beginning(new, exact_run, tmp_path):
    first = new()
    first.run("step 20,3 21,4")
    later = Console(Session(first.session.model, first.session.carry, first.session.t), exact_run)
    made = later.run("22,5").steps[0]
    path = tmp_path / "later.txt"
    later.run(f"record {path}")
    assert path.read_text().splitlines() == [SCRIPT_HEAD, "load later-start", "22,5"]
    [again] = new().run(f"play {path}").steps
    assert again.t == 3
    np.testing.assert_array_equal(again.output, made.output)


def test_a_recording_overwrites_only_recordings(new, tmp_path):
    mine = tmp_path / "mine.txt"
    mine.write_text("my notes\n")
    console = new()
    with pytest.raises(UsageError, match="is there already, and no recording"):
        console.run(f"record {mine}")
    assert mine.read_text() == "my notes\n"
    assert console.recording is None
    with pytest.raises(UsageError, match="cannot write"):
        console.run(f"record {tmp_path / 'no' / 'folder'}")
    console.run(f"record {tmp_path / 'a.txt'}")
    console.run(f"record {tmp_path / 'a.txt'}")
    assert console.run("record").text == (f"recording to {tmp_path / 'a.txt'}",)


def test_a_script_that_fails_is_not_played_at_all(new, tmp_path):
    console = new()
    console.run("20,3")
    path = script(tmp_path, "21,4", "watch c", "nonsense")
    with pytest.raises(UsageError) as refused:
        console.run(f"play {path}")
    assert refused.value.diagnostics[0].where.line == 3
    assert (console.session.t, console.watched, console.script) == (1, [], ["20,3"])
    path = script(tmp_path, "21,4", f"play {tmp_path / 's.txt'}")
    with pytest.raises(UsageError, match="is played by a script that it plays itself"):
        console.run(f"play {path}")
    assert (console.session.t, console.playing) == (1, 0)


def test_expectations_of_a_script_that_is_played(new, tmp_path):
    path = script(tmp_path, "20,3", "expect t == 1", "expect t == 2", "expect t == 3")
    outcome = new().run(f"play {path}")
    assert outcome.unmet
    assert outcome.text == (
        "2: holds: t is 1",
        "3: does not hold: t is 1",
        "4: does not hold: t is 1",
        f"{path}: 4 commands, 2 not as expected",
    )


def test_a_script_that_is_played_is_recorded_when_all_of_it_is_done(new, tmp_path):
    console, path = new(), tmp_path / "r.txt"
    console.run(f"record {path}")
    script(tmp_path, "20,3", "21,4", "nonsense")
    with pytest.raises(UsageError):
        console.run(f"play {tmp_path / 's.txt'}")
    assert path.read_text().splitlines() == [SCRIPT_HEAD]
    script(tmp_path, "20,3", f"record {tmp_path / 'other.txt'}", "21,4")
    console.run(f"play {tmp_path / 's.txt'}")
    console.run("22,5")
    assert path.read_text().splitlines() == [SCRIPT_HEAD]
    assert (tmp_path / "other.txt").read_text().splitlines() == [SCRIPT_HEAD, "20,3", "21,4", "22,5"]


def some_line(draw: random.Random) -> str:
    """A command that often can be done."""
    unit = f"{draw.choice(['h[0]', 'c', 'h[2]'])}[{draw.randrange(4)}]"
    value, name = f"{draw.uniform(-2, 2):.3f}", draw.choice(["a", "b", "trunk"])
    given = f"{draw.uniform(0, 30):.2f},{draw.uniform(0, 4):.1f}"
    few = draw.randrange(1, 6)
    return draw.choice(
        [
            *[f"step {given}", f"feed rows {few}:{3 * few}", f"next {few}", f"until {unit} > {value} at most {few}"],
            *[f"back {few}", f"redo {few}", f"goto {few}", "reset", "reset 2", f"set {unit} {value}", f"flip {unit}"],
            *[f"zero {unit}", f"perturb {unit} 0.3 seed {few}", f"clamp {unit} {value}", "unclamp", f"save {name}"],
            *[f"load {name}", f"fork {name}", f"switch {name}", f"drop {name}", f"both {given}", f"break t > {few}"],
        ]
    )


@pytest.mark.parametrize("seed", range(8))
def test_any_session_plays_to_the_same_bits(new, tmp_path, seed):
    draw, console, done = random.Random(seed), new(), 0
    for _ in range(60):
        try:
            console.run(some_line(draw))
            done += 1
        except UsageError:
            pass
    assert done > 20
    console.run(f"record {tmp_path / 'r.txt'}")
    again = new()
    again.run(f"play {tmp_path / 'r.txt'}")
    ours, theirs = console.session, again.session
    assert (ours.branch, list(ours.branches)) == (theirs.branch, list(theirs.branches))
    for one, other in zip(ours.branches.values(), theirs.branches.values(), strict=True):
        assert one.at == other.at
        for a, b in zip(one.moments, other.moments, strict=True):
            assert (a.t, a.did, a.held) == (b.t, b.did, b.held)
            for before, after in zip(a.carry, b.carry, strict=True):
                assert [part.tobytes() for part in before] == [part.tobytes() for part in after]


def test_what_is_played_is_recorded_whole_or_not_at_all(new, tmp_path):
    console, file = new(), tmp_path / "r.txt"
    console.run(f"record {file}")
    console.run("20,3")
    with pytest.raises(UsageError):
        console.run(f"play {script(tmp_path, '21,4', 'nonsense')}")
    assert file.read_text() == f"{SCRIPT_HEAD}\n20,3\n"
    console.run(f"play {script(tmp_path, '21,4', 'record off', '22,5')}")
    assert file.read_text() == f"{SCRIPT_HEAD}\n20,3\n21,4\n"
    console.run(f"play {script(tmp_path, '23,4', f'record {file}', '24,5')}")
    assert file.read_text() == f"{SCRIPT_HEAD}\n20,3\n21,4\n22,5\n23,4\n24,5\n"


@pytest.mark.parametrize(
    ("before", "lines"),
    [
        (["20,3", "clamp h[0][1] 0.9"], ["21,4 22,5"]),
        (["clamp h[0][1] 0.1", "reset"], ["21,4 22,5", "unclamp", "23,4"]),
        (["20,3 21,4 22,5"], ["23,4", "back 2", "24,5"]),
        (["20,3 21,4 22,5"], ["goto 1", "24,5", "redo", "b 2", "25,5"]),
        (["20,3 21,4 22,5", "back 2"], ["redo 2", "24,5"]),
        (["20,3", "fork other", "21,4"], ["22,5", "switch trunk", "23,4", "switch other", "24,5"]),
        (["20,3", "fork other", "21,4"], ["22,5", "fork third", "23,4", "switch other", "24,5"]),
    ],
)
def test_a_script_of_a_session_that_goes_on_gives_the_same_numbers(new, tmp_path, before, lines):
    old, file = new(), tmp_path / "r.txt"
    for line in before:
        old.run(line)
    console = Console(old.session, old.run_of)
    console.run(f"record {file}")
    for line in lines:
        console.run(line)
        again = new()
        list(played(again, read_script(file)))
        assert again.session.t == console.session.t
        for ours, theirs in zip(again.session.carry, console.session.carry, strict=True):
            for a, b in zip(ours, theirs, strict=True):
                np.testing.assert_array_equal(a, b)
        assert {k: dict(v) for k, v in again.session.now.held.items()} == {
            k: dict(v) for k, v in console.session.now.held.items()
        }


@pytest.mark.parametrize("how", ["left", "piped", "loaded"])
def test_a_script_can_begin_with_a_free_run(symbol_run, tmp_path, how):
    """Of a session that was left, came out of a pipe, or stands at a state that was saved."""
    model = load_model(symbol_run)
    first = Console(Session(model), symbol_run)
    first.run("step B T")
    first.run("save there")
    session = Session(model)
    if how == "piped":
        blocks = iter([b"B\nT\n", b""])
        pump(session, lambda _: next(blocks), lambda _: None)
    elif how == "loaded":
        Console(session, symbol_run).run("load there")
    else:
        session = first.session
    save_session(symbol_run, "s", session)
    later = Console(load_session(symbol_run, "s", model), symbol_run)
    later.run(f"record {tmp_path / 'r.txt'}")
    made = later.run("free 9 seed 4").steps
    assert (tmp_path / "r.txt").read_text().splitlines()[1:] == ["load r-start", "free 9 seed 4"]
    again = Console(Session(model), symbol_run)
    steps = again.run(f"play {tmp_path / 'r.txt'}").steps
    assert [(step.t, step.given, step.output.tobytes()) for step in steps] == [
        (step.t, step.given, step.output.tobytes()) for step in made
    ]
    first.session.goto(2)
    straight = first.run("free 9 seed 4").steps
    assert [(step.t, step.given) for step in straight] == [(step.t, step.given) for step in made]
    for one, other in zip(straight, made, strict=True):  # a pipe rounds another way
        np.testing.assert_allclose(one.output, other.output, rtol=0, atol=0 if how != "piped" else 1e-6)


def test_steps_are_recorded_as_json_lines_and_fed_again(new, tmp_path):
    console, path = new(), tmp_path / "steps.jsonl"
    console.run("step 20,3 21,4")
    told = console.run(f"record {path}")
    assert (told.text, told.record["steps"]) == ((f"{path}: 2 steps so far, and all that follow",), 2)
    console.run("fork other")
    console.run("both 22,5")
    console.run(f"play {script(tmp_path, 'feed rows 3:5', 'next 2')}")
    with pytest.raises(UsageError):
        console.run("step 9,9 9,x")
    last = console.session.last
    console.run("record off")
    console.run("step 1,1")
    records = [json.loads(line) for line in path.read_text().splitlines()]
    assert [record["t"] for record in records] == [1, 2, 3, 3, 4, 5]
    assert list(records[0]) == ["t", "input", "output", "state"]
    assert (records[-1]["input"], records[-1]["output"]) == (last.given, last.shown)
    assert (records[-1]["target"], records[-1]["loss"]) == (last.target, last.loss)
    assert records[-1]["state"]["0"]["h"] == last.layers[0].parts[0].after.tolist()
    again = new()
    again.run(f"feed {path}")
    steps = again.run("next 2").steps
    assert [dict(step.shown) for step in steps] == [record["output"] for record in records[:2]]


def test_both_recordings_at_once(new, tmp_path):
    console, lines, commands = new(), tmp_path / "a.jsonl", tmp_path / "a.txt"
    assert console.run("record").text == ("nothing is recorded",)
    console.run(f"record {lines}")
    assert console.run("record").text == (f"recording to {lines}",)
    console.run(f"record {commands}")
    console.run("20,3")
    assert console.run("record").text == (f"recording to {commands} and {lines}",)
    assert commands.read_text() == f"{SCRIPT_HEAD}\n20,3\n"
    assert len(lines.read_text().splitlines()) == 1
    assert console.run("record off").text == (f"recorded to {commands} and {lines}",)
    console.run(f"record {lines}")
    (tmp_path / "mine.jsonl").write_text('{"mine": 1}\n')
    with pytest.raises(UsageError, match="is there already, and no recording"):
        console.run(f"record {tmp_path / 'mine.jsonl'}")
    assert (console.lines, (tmp_path / "mine.jsonl").read_text()) == (lines, '{"mine": 1}\n')
    with pytest.raises(UsageError, match="cannot write"):
        console.run(f"record {tmp_path / 'no' / 'steps.jsonl'}")


@pytest.mark.parametrize("seed", range(4))
def test_any_session_is_taken_up_as_it_was_left(new, exact_run, seed):
    """Left after every few lines, it answers the next ones as if it had never been left; breaks are not kept."""
    draw, console, left = random.Random(100 + seed), new(), new()
    for number in range(50):
        line = some_line(draw)
        if line.startswith("break"):
            continue
        told = []
        for one in (console, left):
            try:
                outcome = one.run(line)
                told.append((outcome.text, [step.output.tobytes() for step in outcome.steps], outcome.stopped))
            except UsageError as error:
                told.append(str(error))
        assert told[0] == told[1], line
        if number % 3 == 0:
            save_session(exact_run, "s", left.session)
            left = Console(load_session(exact_run, "s", console.session.model), exact_run)
    for one, other in zip(console.session.branches.values(), left.session.branches.values(), strict=True):
        assert [(m.t, m.did, m.origin) for m in one.moments] == [(m.t, m.did, m.origin) for m in other.moments]
        for a, b in zip(one.moments, other.moments, strict=True):
            assert [p.tobytes() for states in a.carry for p in states] == [
                p.tobytes() for states in b.carry for p in states
            ]
