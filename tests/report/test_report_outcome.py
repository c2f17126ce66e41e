import json

import pytest

from rnnctl.report.outcome import outcome_lines, outcome_records, terminal_lines, text_lines
from rnnctl.report.strip import Look
from rnnctl.stepping.command import Outcome
from rnnctl.stepping.console import Console
from rnnctl.stepping.model import load_model
from rnnctl.stepping.session import Session
from tests.stepping.made_runs import FORECAST, SYMBOLS, make_run

PLAIN = Look(80, "none")


@pytest.fixture
def console(tmp_path):
    run = make_run(tmp_path, FORECAST.replace("PRECISION", "float64"))
    return Console(Session(load_model(run)), run)


def lines(console, line, look=PLAIN):
    return list(outcome_lines(console.run(line), console.session.model.facts, look))


def test_a_few_steps_are_shown_whole_and_of_many_the_last(console):
    console.run("feed rows 0:40")
    console.run("watch t[2]")
    assert sum(line.startswith("t ") for line in lines(console, "next 4")) == 4
    many = lines(console, "next 30")
    assert many[0] == "… 9 steps before"
    assert many[1].startswith("t 14  16,1.5  →  ")
    assert "; target 103; loss " in many[1]
    assert many[1].endswith("; t[2] = 14")
    assert sum("  →  " in line for line in many) == 21
    assert many[21].startswith("t 34  temperature ")
    rest = lines(console, "next 30")
    assert rest[-1] == "stopped after 6: rows 0:40 is at its end"
    console.run("feed rows 0:40")
    for line in ("next 40", "show", "help", "history", "gates", "units"):
        assert all(told.isascii() for told in lines(console, line, Look(80, "ascii"))), line
    strange = Outcome(text=("a\x1b[31mb",), stopped="\x07")
    assert list(outcome_lines(strange, console.session.model.facts, PLAIN)) == ["a\\x1b[31mb", "stopped after 0: \\x07"]


def test_text_is_broken_between_words_for_a_narrow_terminal(console):
    told = list(text_lines(console.run("help"), 40))
    assert told[:7] == [
        "Walk",
        "  step VALUE …",
        "      make a step with each value;",
        "      numbers alone are a step, too",
        "  text TEXT",
        "      make a step with each symbol of a",
        "      text",
    ]
    assert max(map(len, told)) <= 40
    assert list(text_lines(console.run("help"), 80)) == list(console.run("help").text)
    assert max(map(len, text_lines(console.run("help"), 120))) > 80
    assert list(text_lines(console.run("help step"), 40)) == [
        "step VALUE …",
        "  make a step with each value; numbers",
        "    alone are a step, too",
        "  also: s",
    ]


def test_in_a_terminal_no_line_is_wider(console):
    console.run("feed rows 0:40")
    facts = console.session.model.facts
    many = console.run("next 30")
    assert max(map(len, outcome_lines(many, facts, Look(40, "none")))) > 40
    told = list(terminal_lines(many, facts, Look(40, "none")))
    assert max(map(len, told)) <= 40
    assert " ".join(" ".join(told).split()) == " ".join(" ".join(outcome_lines(many, facts, Look(40, "none"))).split())


def test_many_numbers_have_as_many_in_a_line_as_fit(console):
    printed = console.run("print h[0]")
    assert list(text_lines(printed, 80)) == ["    0  " + "           0" * 5]
    assert list(text_lines(printed, 40)) == [f"    {i}  " + "           0" * min(2, 5 - i) for i in (0, 2, 4)]


def test_details_of_a_step(console):
    console.run("feed rows 3:40")
    [head, seen, *strips, gates, second, most, key] = lines(console, "next")
    assert head.startswith("t 1  temperature 13, wind 1.5  →  load in 2 steps: ")
    assert seen.startswith("     seen as 0, 0.7541; ")
    assert "; target 115; loss " in seen
    assert len(strips) == 4
    assert gates.startswith("  0 gates i 0.")
    assert gates.endswith("; from zeros")
    assert second == "  2 saturated h 0%; from zeros"
    assert most.startswith("  most changed ")
    assert most.endswith("; step 1 of window 4")
    assert key.startswith("  below 0 ")


def test_symbols_are_shown_as_a_text(tmp_path):
    run = make_run(tmp_path, SYMBOLS)
    console = Console(Session(load_model(run)), run)
    told = lines(console, "text BTXSE")
    assert told[0] == "  BTXSE"
    assert told[1].startswith("t 1  B  →  ")
    assert told[5].startswith("t 5  symbol E  →  next: ")


def test_records_hold_what_the_lines_tell(console):
    console.run("feed rows 3:40")
    outcome = console.run("next 2")
    first, second = map(json.loads, map(json.dumps, outcome_records(outcome, console.session.model.facts)))
    assert first["window"] == {"step": 1, "update": 4, "backward": 4, "cut": False, "reset": ""}
    assert (second["target_value"], second["loss"]) == ({"load": 118.0}, outcome.steps[1].loss)
    assert [at["origin"] for at in second["layers"]] == ["carried", "carried"]
    assert list(second["layers"][0]["gates"]) == ["i", "f", "o"]
    assert second["layers"][0]["state"]["h"]["saturated"] == 0
    assert second["layers"][1]["state"]["t"]["saturated"] is None
    assert len(second["changed_most"]) == 3
    [record] = outcome_records(console.run("print t"), console.session.model.facts)
    assert record == {"print": "t", "value": 2}
    far = Outcome(record={"value": [1.0, float("inf")], "of": {"a": float("nan")}})
    assert list(outcome_records(far, console.session.model.facts)) == [{"value": [1.0, None], "of": {"a": None}}]
