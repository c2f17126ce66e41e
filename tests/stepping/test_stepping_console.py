import pytest

from rnnctl.errors import CheckpointError, DataError, UsageError
from rnnctl.stepping.console import COMMANDS, Console, find_command, without_comment
from rnnctl.stepping.model import load_model
from rnnctl.stepping.session import Session


@pytest.fixture
def console(exact_run):
    return Console(Session(load_model(exact_run)), exact_run)


@pytest.fixture
def symbols(symbol_run):
    return Console(Session(load_model(symbol_run)), symbol_run)


def refused(console, line):
    with pytest.raises(UsageError) as refused:
        console.run(line)
    [told] = refused.value.diagnostics
    return told.message, told.help


def standing(console):
    """All of a session that a line may change."""
    session = console.session
    return (
        session.branch,
        {name: (branch.at, [id(moment) for moment in branch.moments]) for name, branch in session.branches.items()},
        console.feed,
        console.free,
        list(console.watched),
        list(console.breaks),
        list(console.script),
    )


def test_names_aliases_and_beginnings_are_unambiguous():
    words = [word for command in COMMANDS.values() for word in (command.name, *command.aliases)]
    assert len(words) == len(set(words)) >= 50
    for name, command in COMMANDS.items():
        assert command.name == name
        assert find_command(name) is command
        assert all(find_command(alias) is command for alias in command.aliases)
        assert command.usage.split()[0] == name
        assert command.summary
        assert "\n" not in command.summary
    assert find_command("hist") is COMMANDS["history"]


def test_lines_that_are_no_command(console):
    columns = "columns: temperature, wind; in this order, or as temperature=…,wind=…"
    assert refused(console, "re") == ("'re' may be several commands", "redo, reset, record")
    assert refused(console, "steo 20,3") == ("there is no command 'steo'", "did you mean 'step'?")
    assert refused(console, "xyzzy") == ("there is no command 'xyzzy'", "help lists them")
    assert refused(console, "!ls") == ("'!ls' is no command", "help lists them")
    assert refused(console, "20") == ("an input is 2 numbers, not 1", columns)
    assert refused(console, "temprature=20,wind=3") == (
        "there is no input column 'temprature'",
        f"did you mean 'temperature'? {columns}",
    )


@pytest.mark.parametrize(
    "line", ["20,3", "temperature=20,wind=3", "wind = 3, temperature = 20", "step 20,3", "s 20,3 # warm", "+20,3."]
)
def test_ways_to_write_a_step(console, line):
    [made] = console.run(line).steps
    assert made.given == {"temperature": 20.0, "wind": 3.0}
    assert made.t == 1


def test_nothing_is_done_by_a_comment_or_an_empty_line(console):
    for line in ("", "   ", "# step 20,3", "#"):
        outcome = console.run(line)
        assert (outcome.steps, outcome.text, outcome.record) == ((), (), None)
    assert console.script == []
    assert without_comment("a '#' b # c") == "a '#' b"
    assert without_comment("don't # c") == "don't"
    assert without_comment("a#b") == "a#b"


def test_symbols_are_given_with_step(symbols):
    assert refused(symbols, "T") == ("there is no command 'T'", "a symbol is given as: step T")
    assert [made.given["symbol"] for made in symbols.run("step B T 'X'").steps] == ["B", "T", "X"]


@pytest.mark.parametrize(
    "line",
    [
        "step 20,3 21,4 a,b",
        "step 20,3 1e999,1",
        "set h[0] 1 2",
        "set h[0][0] nan",
        "flip h[7]",
        "both 20,3 1",
        "load nothing",
        "switch nowhere",
        "feed nofile.csv",
        "feed test 7",
        "break h[0][3]",
        "watch f[9]",
        "until nonsense > 1",
        "goto 99",
        "play nofile",
        "unclamp",
    ],
)
def test_a_line_that_fails_changes_nothing(console, line):
    for before in ("20,3", "21,4", "fork other", "19,2", "back", "feed rows 0:9", "watch c", "break t > 90"):
        console.run(before)
    was = standing(console)
    refused(console, line)
    assert standing(console) == was
    assert console.session.ahead == 1


def test_ctrl_c_in_the_middle_changes_nothing(console, monkeypatch):
    console.run("20,3")
    was = standing(console)
    made = Session.step

    def interrupted(self, *arguments):
        if self.t == 3:
            raise KeyboardInterrupt
        return made(self, *arguments)

    monkeypatch.setattr(Session, "step", interrupted)
    with pytest.raises(KeyboardInterrupt):
        console.run("step 1,1 2,2 3,3 4,4")
    assert standing(console) == was


def test_errors_of_files_and_states_stay_what_they_are(console, exact_run, tmp_path):
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("temperature,wind\n1,2\n3,x\n")
    with pytest.raises(DataError) as refused_:
        console.run(f"feed {wrong}")
    [told] = refused_.value.diagnostics
    assert (told.message, told.where.line) == ("column 'wind' holds numbers, and 'x' is not one", 3)
    console.run("save here")
    path = exact_run.sessions / "here.state"
    path.write_bytes(path.read_bytes()[:-3])
    before = console.session.now
    with pytest.raises(CheckpointError, match=f"'{path}' is damaged"):
        console.run("load here")
    assert (console.session.now, console.script) == (before, ["save here"])


def test_breaks_stop_where_they_come_to_hold(console):
    console.run("feed rows 0:30")
    console.run("break input[temperature] == 13")
    outcome = console.run("next 30")
    assert outcome.stopped == "break 1: input[temperature] == 13"
    assert [made.given["temperature"] for made in outcome.steps] == [10, 11, 12, 13]
    again = console.run("next 30")
    assert len(again.steps) == 7
    console.run("unbreak 1")
    assert console.run("next 30").stopped == "rows 0:30 is at its end"


def test_what_is_watched_stands_beside_each_step(console):
    console.run("watch t")
    console.run("watch f")
    outcome = console.run("step 20,3 21,4")
    assert len(outcome.watched) == 2
    assert [len(seen["f"]) for seen in outcome.watched] == [5, 5]
    inside = console.session.inside()[0]["f"]
    assert outcome.watched[1]["f"] == inside.tolist()
    console.run("unwatch f")
    assert list(console.run("20,3").watched[0]) == ["t"]
    console.run("unwatch")
    assert console.run("20,3").watched == ({},)
