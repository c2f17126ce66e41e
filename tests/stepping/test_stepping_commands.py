import numpy as np
import pytest

from rnnctl.errors import UsageError
from rnnctl.stepping.console import Console
from rnnctl.stepping.model import load_model
from rnnctl.stepping.session import Session
from rnnctl.stepping.store import load_session, save_session
from rnnctl.stepping.wording import number


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


def told(console, line):
    return list(console.run(line).text)


def outputs(outcome):
    return [dict(made.shown) for made in outcome.steps]


def h(console):
    return console.session.carry[0][0]


# walk


def test_back_redo_and_goto_are_exact(console):
    console.run("step 20,3 21,4 22,5 23,1")
    there = h(console)
    assert told(console, "back 2") == ["2 changes undone: t 2"]
    assert told(console, "r") == ["1 change done again: t 3"]
    assert told(console, "goto 4") == ["t 4"]
    assert h(console) is there
    assert console.run("b 99").record == {"t": 0, "undone": 4}
    assert refused(console, "goto 5") == ("there is no step 5 to go to", "from here: 0 to 4")
    assert refused(console, "goto") == ("goto takes a t", "goto T")
    assert refused(console, "back 0") == ("'0' is no count", "back [N]")
    assert refused(console, "next 100001") == ("100,001 is too many: 100,000 at most in one line", "next [N]")


def test_reset_of_all_and_of_a_layer(console):
    console.run("step 20,3 21,4")
    assert told(console, "reset 0") == ["the initial state of layer 0: t 2"]
    assert not h(console).any()
    assert console.session.carry[2][0].any()
    assert console.session.now.origin[0] == "zeros"
    assert told(console, "reset") == ["the initial state: t 0"]
    assert refused(console, "reset 1") == (
        "there is no layer '1'",
        "layers with a state: 0 (lstm), 2 (clockwork_rnn)",
    )


def test_text_is_stepped_symbol_by_symbol(symbols):
    one = symbols.run("text BTX")
    symbols.run("reset")
    assert outputs(symbols.run("step B T X")) == outputs(one)
    assert refused(symbols, "text BQ") == (
        "character 2 of text is 'Q', which the model does not know",
        "symbols: B, T, P, S, X, V, E",
    )
    assert refused(symbols, "text") == ("no text is given", "text TEXT")


def test_next_takes_up_where_the_feed_was_left_on_each_branch(console):
    assert refused(console, "next") == (
        "nothing is fed",
        "feed FILE, feed test 0 or feed rows 0:100 first, or free on",
    )
    assert told(console, "feed rows 10:15") == ["rows 10:15: 5 rows"]
    first = console.run("next 3")
    assert [made.given["temperature"] for made in first.steps] == [13, 14, 15]
    assert told(console, "feed") == ["rows 10:15: 5 rows, 3 of them done"]
    console.run("back 2")
    console.run("fork other")
    assert outputs(console.run("next 2")) == outputs(first)[1:]
    console.run("switch trunk")
    last = console.run("next 9")
    assert last.stopped == "rows 10:15 is at its end"
    assert outputs(last)[:2] == outputs(first)[1:]
    assert refused(console, "n")[0] == "rows 10:15 is at its end"
    console.run("feed off")
    assert refused(console, "n")[0] == "nothing is fed"


def test_until_a_condition_holds(console):
    console.run("feed rows 0:40")
    outcome = console.run("until input[temperature] == 15")
    assert (len(outcome.steps), outcome.stopped) == (6, "input[temperature] == 15 holds after 6 steps")
    assert len(console.run("until input[temperature] == 15").steps) == 7
    assert console.run("until t > 90 at most 3").stopped == "3 steps, and t > 90 does not hold yet"
    assert console.run("until t > 90").stopped == "rows 0:40 is at its end"
    assert refused(console, "until") == ("a condition is missing", "until CONDITION [at most N]")
    assert refused(console, "until t > 3 at most x") == ("'x' is no count", "until CONDITION [at most N]")


def test_what_cannot_run_free(console):
    message, help_ = refused(console, "free 3")
    assert (
        message == "the model cannot run by itself: temperature, wind of its input does not stand in its output (load)"
    )
    assert help_ == "give each input yourself"
    assert refused(console, "free 3 hot") == (
        "free takes something else than '3 hot'",
        "free [N | on | off] [temperature T] [seed S]",
    )


def test_symbols_drawn_are_the_same_for_the_same_seed(symbols):
    symbols.run("step B")
    one = symbols.run("free 12 temperature 0.8 seed 4")
    symbols.run("back 12")
    assert outputs(symbols.run("free 12 temperature 0.8 seed 4")) == outputs(one)
    symbols.run("back 12")
    assert [made.given for made in symbols.run("free 12 seed 5").steps] != [made.given for made in one.steps]
    symbols.run("back 12")
    assert told(symbols, "free on temperature 0.8 seed 4") == ["next and until let the model run by itself"]
    assert outputs(symbols.run("next 12")) == outputs(one)
    assert symbols.run("until t == 20").steps[-1].t == 20
    assert told(symbols, "free off") == ["the model takes its inputs from you"]


# state


def test_set_zero_flip_and_perturb(console):
    console.run("20,3")
    before = h(console).copy()
    outcome = console.run("set h[0][3] 0.25")
    assert (outcome.record["before"], outcome.record["after"]) == ([before[3]], [0.25])
    assert console.session.now.origin[0] == "edited"
    console.run("set h[0][0:2] 1, -2")
    assert h(console).tolist() == [1, -2, before[2], 0.25, before[4]]
    console.run("flip h[0]")
    assert h(console).tolist() == [-1, 2, -before[2], -0.25, -before[4]]
    console.run("zero h[0][0,1]")
    assert h(console).tolist() == [0, 0, -before[2], -0.25, -before[4]]
    noise = np.random.default_rng(7).standard_normal(5) * 0.5
    was = h(console).copy()
    console.run("perturb h[0] 0.5 seed 7")
    np.testing.assert_array_equal(h(console), was + noise)
    console.run("zero")
    assert not any(part.any() for states in console.session.carry for part in states)
    console.run("back 6")
    np.testing.assert_array_equal(h(console), before)


def test_an_edit_is_seen_by_the_next_step(console):
    console.run("20,3")
    plain = outputs(console.run("20,3"))
    console.run("back")
    console.run("set c[1] 2")
    edited = console.run("20,3")
    assert outputs(edited) != plain
    assert [at.origin for at in edited.steps[0].layers] == ["edited", "carried"]


@pytest.mark.parametrize(
    ("line", "message", "help_"),
    [
        ("set", "no unit is named", "set UNITS VALUE …"),
        ("set c[1]", "set takes one value for 1 unit, not 0", "set UNITS VALUE …"),
        ("set c[0:3] 1 2", "set takes one value or 3 for 3 units, not 2", "set UNITS VALUE …"),
        ("set c[1] x", "'x' is not a number", "set UNITS VALUE …"),
        ("set h 1", "h stands in several layers", "name one: h[0], h[2]"),
        ("set f[0] 1", "f is computed in each step, and is no part of the carry", "parts of the carry: h, c, t"),
        ("flip c[1] 2", "'2' is too much", "flip UNITS"),
        ("perturb c", "perturb takes units and an amount", "perturb UNITS AMOUNT [seed N]"),
        ("perturb t[2] 0.1", "t counts in whole numbers, which noise is not", None),
        ("set t[2] 0.5", "t counts in whole numbers", None),
        ("clamp c inf", "'inf' is not a number", "clamp UNITS [VALUE]"),
        ("unclamp c", "nothing is held", "clamp UNITS [VALUE] holds units"),
        ("save a/b", "a state's name is letters, digits, '-', '_' and '.', 60 at most, not 'a/b'", None),
        ("save", "one name is wanted", "save NAME"),
        ("load y", "there is no saved state 'y'", "none is saved yet: save NAME"),
    ],
)
def test_edits_that_cannot_be(console, line, message, help_):
    assert refused(console, line) == (message, help_)


def test_what_is_clamped_stays_and_is_seen(console):
    console.run("20,3")
    assert told(console, "clamp h[0][2] 0.5") == ["1 unit held at 0.5: t 1"]
    for _ in range(3):
        console.run("21,4")
        assert h(console)[2] == 0.5
    assert console.run("show").record["held"] == {"h[0][2]": 0.5}
    assert refused(console, "unclamp h[0][1]") == ("h[0][1] is not held", "show tells what is")
    console.run("unclamp h[0][2]")
    console.run("21,4")
    assert h(console)[2] != 0.5
    console.run("clamp c")
    held = console.session.carry[0][1].copy()
    console.run("21,4")
    np.testing.assert_array_equal(console.session.carry[0][1], held)
    assert told(console, "unclamp") == ["nothing is held any more: t 6"]


def test_save_and_load(console, exact_run):
    console.run("step 20,3 21,4")
    assert told(console, "save here") == ["saved as here: t 2"]
    after = outputs(console.run("22,5"))
    other = Console(Session(load_model(exact_run)), exact_run)
    assert told(other, "load here") == ["the state here: t 2"]
    assert outputs(other.run("22,5")) == after
    assert [at.origin for at in other.session.last.layers] == ["loaded", "loaded"]
    assert refused(other, "load her") == ("there is no saved state 'her'", "did you mean 'here'?")


# branches


def test_a_branch_that_was_reset_is_compared_from_its_beginning(console):
    """Steps of the same number stand beside each other, and those before the reset are left out."""
    console.run("20,3 21,4 22,5")
    console.run("fork other")
    console.run("30,1 31,1")
    console.run("reset")
    console.run("20,3 21,4")
    compared = console.run("compare trunk").record["outputs"]
    assert [(row["t"], row["other"] == row["trunk"]) for row in compared] == [(1, True), (2, True), (3, False)]
    assert [row["other"] is None for row in compared] == [False, False, True]


def test_branches_are_compared_from_where_they_part_when_a_session_is_taken_up(console, exact_run):
    console.run("step 20,3 21,4")
    console.run("fork other")
    console.run("step 10,1")
    save_session(exact_run, "s", console.session)
    again = Console(load_session(exact_run, "s", console.session.model), exact_run)
    assert again.run("compare trunk") == console.run("compare trunk")


def test_noise_beyond_all_numbers_is_refused(console):
    console.run("set c 1.7e308")
    before = console.session.now
    for line in ("perturb c 1.7e308 seed 3", "perturb c[0] 1.7e308 seed 3"):
        assert refused(console, line) == ("c of layer 0 takes finite numbers", None)
    assert console.session.now is before


def test_a_zero_that_is_flipped_is_zero(console):
    assert told(console, "flip h[0][2]") == ["0 became 0: t 0"]
    assert not np.signbit(h(console)).any()


def test_nothing_to_undo_or_redo(console):
    assert told(console, "redo") == ["nothing to redo: t 0"]
    assert told(console, "back 3") == ["nothing to undo: t 0"]
    assert console.run("redo").record == {"t": 0, "redone": 0}


@pytest.mark.parametrize("name", ["'a b'", "a/b", "-x", "x" * 61, '"\x1b"'])
def test_a_branch_is_called_as_a_state_is(console, name):
    message, help_ = refused(console, f"fork {name}")
    assert message.startswith("a branch's name is letters, digits, '-', '_' and '.', 60 at most, not '")
    assert (help_, list(console.session.branches)) == ("fork NAME", ["trunk"])


def test_noise_has_a_size(console):
    for amount in ("0", "-1"):
        assert refused(console, f"perturb c {amount}") == (
            "the standard deviation of noise is above 0",
            "perturb UNITS AMOUNT [seed N]",
        )


def test_branches_beside_each_other(console):
    console.run("20,3")
    assert told(console, "fork other") == ["on other: t 1"]
    console.run("set c[0] 3")
    console.run("21,4")
    console.run("switch trunk")
    console.run("21,4")
    both = console.run("both 22,5")
    assert set(both.record["both"]) == {"trunk", "other"}
    assert [line.split()[0] for line in both.text] == ["trunk", "other"]
    assert told(console, "branches") == ["* trunk  t 3, 3 changes back", "  other  t 3, 4 changes back"]
    compared = console.run("compare other")
    assert compared.text[0] == "t  trunk  other"
    assert [entry["t"] for entry in compared.record["outputs"]] == [2, 3]
    apart = np.linalg.norm(console.session.carry[0][1] - console.session.branches["other"].moments[-1].carry[0][1])
    assert compared.record["distance"]["c[0]"] == pytest.approx(apart, rel=1e-12)
    assert compared.text[-2].startswith("distance now: h[0] ")
    assert compared.text[-1].startswith("furthest apart: ")
    assert refused(console, "fork other") == ("there is a branch 'other' already", None)
    assert refused(console, "drop trunk") == ("the session stands on 'trunk'", "switch to another branch first")
    assert refused(console, "compare trunk") == ("the session stands on 'trunk'", "compare it with another branch")
    assert refused(console, "switch othr") == ("there is no branch 'othr'", "did you mean 'other'?")
    console.run("drop other")
    assert list(console.session.branches) == ["trunk"]


# look


def test_show_gates_units_and_print(console):
    assert refused(console, "gates") == ("no step has been made here", None)
    console.run("step 20,3 21,4")
    shown = console.run("show")
    assert shown.text == ("t 2 on trunk; state: 0 lstm carried, 2 clockwork_rnn carried",)
    assert [at.place for at in shown.state] == ["0", "2"]
    assert shown.record["state"]["0"]["h"] == h(console).tolist()
    gates = console.run("gates").record["gates"]
    f = console.session.inside()[0]["f"]
    assert gates["f[0]"] == {"mean": f.mean(), "min": f.min(), "max": f.max()}
    assert list(gates) == ["i[0]", "f[0]", "o[0]"]
    units = console.run("units 3").record["units"]
    changes = [abs(unit["after"] - unit["before"]) for unit in units]
    assert len(units) == 3
    assert changes == sorted(changes, reverse=True)
    before, after = console.session.trail[-2].carry, console.session.carry
    assert changes[0] == max(
        np.abs(a[i] - b[i]).max()
        for a, b in zip(after, before, strict=True)
        for i in (0, 1)[: len(a)]
        if a[i].dtype.kind == "f"
    )
    assert told(console, "print t[2]") == ["t[2] = 2"]
    assert console.run("p norm(h[0])").record["value"] == np.linalg.norm(h(console))
    assert refused(console, "print 1e400") == ("1e400 is too large for a number", None)
    assert refused(console, "print nan")[0] == "no layer has a part or value 'nan'"
    assert refused(console, "print h[0][9]") == ("h[0][9]: there are units 0 to 4", None)
    assert refused(console, "show 3") == ("'3' is too much", "show")


def test_history_tells_what_was_done(console):
    console.run("20,3")
    console.run("set c[1] 0.5")
    console.run("reset 2")
    console.run("21,4")
    console.run("back")
    lines = told(console, "history 3")
    assert lines[0] == "… 1 before"
    assert lines[1].startswith("t 1     step 20,3: ")
    assert lines[2:] == ["t 1     set c[1] 0.5", "t 1     reset 2", "1 ahead, for redo"]


def test_watches_and_breaks_are_listed(console):
    assert told(console, "watch") == ["nothing is watched"]
    assert told(console, "watch norm(c)") == ["norm(c) = 0"]
    assert told(console, "watch f") == ["f = not known here"]
    assert told(console, "watch") == ["norm(c)", "f"]
    assert refused(console, "unwatch g") == ("'g' is not watched", "watched: norm(c), f")
    assert told(console, "breaks") == ["there are no breaks"]
    assert told(console, "break loss > 2") == ["break 1: loss > 2"]
    assert told(console, "breaks") == ["1: loss > 2"]
    assert refused(console, "unbreak 2") == ("there is no break 2", "breaks lists them")


def test_a_break_keeps_its_number(console):
    for condition in ("t > 7", "t > 1", "t > 2"):
        console.run(f"break {condition}")
    assert told(console, "unbreak 1") == ["no break 1 any more: t > 7"]
    assert console.run("breaks").text == ("2: t > 1", "3: t > 2")
    assert console.run("breaks").record == {"breaks": [{"break": 2, "when": "t > 1"}, {"break": 3, "when": "t > 2"}]}
    assert console.run("step 20,3 21,4 22,5").stopped == "break 2: t > 1; 1 input of the line is left"
    assert console.run("step 20,3 21,4 22,5").stopped == "break 3: t > 2; 2 inputs of the line are left"
    assert refused(console, "unbreak 1") == ("there is no break 1", "breaks lists them")
    assert told(console, "break t > 9") == ["break 4: t > 9"]


def test_a_column_that_is_named_like_a_unit_is_shown_how_it_is_written(console, symbols):
    for line in ("until temperature > 12", "break temprature > 12"):
        assert refused(console, line)[1] == "did you mean input[temperature]?"
    assert refused(console, "print load") == ("no layer has a part or value 'load'", "did you mean output[load]?")
    symbols.run("step B")
    assert refused(symbols, "print T")[1] == "did you mean output[T]?"


def test_a_quote_that_is_open_is_told(console, symbols):
    advice = "' opens a quote that nothing closes"
    assert refused(console, "feed 'my file.csv") == ("there is no file ''my file.csv'", advice)
    assert refused(console, "save 'x")[1] == refused(symbols, "step 'B")[1] == advice
    assert refused(console, 'print "t')[1] == advice.replace("'", '"')
    assert refused(console, "feed 'my file.csv'")[1] != advice
    assert refused(symbols, "text B'T")[1].startswith("symbols: ")


# ask


def test_correlate_and_nearest(console):
    console.run("feed rows 0:30")
    console.run("next 30")
    found = console.run("correlate temperature").record
    strongest = found["units"][0]
    assert (found["correlate"], found["steps"]) == ("input[temperature]", 30)
    values = [moment.made.given["temperature"] for moment in console.session.trail[1:]]
    place, unit = strongest["unit"].split("[")[0], int(strongest["unit"].rstrip("]").rsplit("[", 1)[1])
    layer = 0 if place == "c" or "[0]" in strongest["unit"] else 2
    series = [moment.carry[layer]["hc".index(place)][unit] for moment in console.session.trail[1:]]
    assert strongest["value"] == pytest.approx(np.corrcoef(values, series)[0, 1], abs=1e-9)
    near = console.run("nearest 2")
    assert len(near.text) == 2
    assert [past["back"] for past in near.record["nearest"]] != []
    assert refused(console, "correlate") == ("no column is named", "correlate COLUMN [from T]")


def test_what_needs_gradients(console):
    console.run("step 20,3 21,4 22,5")
    horizon = console.run("horizon")
    assert len(horizon.record["horizon"]["norms"]) == 3
    assert "trained on window 4" in horizon.text[0]
    assert console.run("saliency").record["saliency"]["t"] == [1, 2, 3]
    assert console.run("radius").record["radius"] > 0


def test_a_long_horizon_tells_what_stands_out_at_its_far_end(console):
    console.run("step 20,3 21,4 22,5" + " 12,1 16,2 10,0 11,1" * 5)
    long = console.run("horizon")
    norms = long.record["horizon"]["norms"]
    far = max(range(16, 23), key=lambda lag: norms[lag])
    assert long.text[-1] == f"  … 7 lags more, the largest {number(norms[far])} at lag {far}"


# scripts and help


def test_help_fits_a_terminal(console):
    lines = told(console, "help")
    assert max(map(len, lines)) <= 80
    assert told(console, "? back") == ["back [N]", "  undo so many changes: steps, edits, resets", "  also: b"]
    assert refused(console, "help stpe") == ("there is no command 'stpe'", "did you mean 'step'?")
    assert console.run("quit").ends


def test_expect(console):
    console.run("20,3")
    met = console.run("expect t == 1")
    assert (met.text, met.unmet) == (("holds: t is 1",), False)
    unmet = console.run("expect h[0][3] > 5")
    assert unmet.unmet
    assert unmet.record == {"expect": "h[0][3] > 5", "holds": False, "found": h(console)[3]}
    assert refused(console, "expect") == ("a condition is missing", "expect CONDITION")


@pytest.mark.parametrize("command", ["feed", "play", "record"])
def test_what_no_file_can_be_called(console, command):
    assert refused(console, f"{command} {'x' * 300}") == (f"cannot open '{'x' * 60}': File name too long", None)
    assert refused(console, f"{command} a\0b") == ("'a\\x00b' is no name of a file", None)
    assert refused(console, f"{command} ~nobody-has-this-name/x") == (
        "nobody here has the home of '~nobody-has-this-name/x'",
        None,
    )


@pytest.mark.parametrize("line", ["feed rows 0:" + "9" * 5000, "feed test " + "9" * 5000, "feed rows " + "9" * 5000])
def test_numbers_that_no_row_has(console, line):
    refused(console, line)
    refused(console, line[:40])


def test_brackets_without_end_are_no_json(console, tmp_path):
    (tmp_path / "deep.jsonl").write_text("[" * 100_000)
    message, _ = refused(console, f"feed {tmp_path / 'deep.jsonl'}")
    assert message.startswith(f"{tmp_path / 'deep.jsonl'}:1 is no JSON")


def test_a_temperature_that_cannot_be_is_refused_at_once(symbols):
    assert refused(symbols, "free on temperature -1") == (
        "the temperature cannot be -1",
        "0 takes the most probable symbol",
    )
    assert refused(symbols, "free on temperature nan")[0] == "'nan' is not a number"
    assert symbols.free is None
