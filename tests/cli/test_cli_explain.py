import json
import re

import pytest

from rnnctl.config.checks import CHECKS
from rnnctl.config.keys import all_keys
from rnnctl.report.pages import pages
from tests.cli.commands import command_line

BACKWARD = """\
training.window.backward
steps that the gradient goes back through: a multiple of `update`

type        whole number, at least 1, at most 1,000,000,000
default     null
example     training:
              window: {update: 8, backward: 24}
checks      backward-beyond-rows: Gradients are to go back further than any row
              is long
see also    `rnnctl explain state`, a page
"""

LSTM = """\
model.chain.lstm
Long short-term memory with a forget gate

type        whole number, at least 1 or mapping
short form  `lstm: 32` is `lstm: {size: 32}`
source      Hochreiter & Schmidhuber 1997; Gers, Schmidhuber & Cummins 2000
keys        size           the width: how many values the layer gives at each
                           step; at the end of a chain it may be left out
            input          the width of what comes in, to have it checked; null:
                           not checked
            initial_state  the carry at a reset; null: as `learn_initial_state`
                           says
            init           first values of parameters, by name; null: as the
                           layer's own equations say
example     model:
              chain:
                - lstm: 32
see also    `rnnctl cells show lstm` for its equations
            `rnnctl explain config`, a page
"""


@pytest.fixture
def explain(monkeypatch, capsys):
    """Runs `rnnctl explain …` on a terminal of 80 columns."""
    monkeypatch.setenv("COLUMNS", "80")
    run = command_line(monkeypatch, capsys)
    return lambda *arguments: run("explain", *arguments)


def first(ended):
    assert (ended.code, ended.err) == (0, "")
    return ended.out.split("\n")[0]


# keys


def test_a_key(explain):
    assert explain("training.window.backward") == (0, BACKWARD, "")


def test_a_paper_is_told_once(explain):
    assert explain("adam").out.count("Kingma & Ba 2015") == 1


def test_a_key_of_which_the_page_tells_more(explain):
    told = explain("training.window").out
    assert "\nkeys        update    steps from one update to the next\n" in told
    assert "\nexample     training:\n              window: 32\n            training:\n" in told
    assert "\nsee also    training.batching, " in told
    assert told.endswith("so that an update costs four\ntimes as much.\n")
    assert "\nShort form: `window: 32` is `window: {update: 32}`" in told
    assert "\nshort form" not in told


def test_a_key_that_stands_in_several_places(explain):
    told = explain("lr").out
    assert first(explain("lr")) == "training.optimizer.adam.lr"
    assert "\ndefault     0.001; in sgd 0.01\nstands in   adam, adamw, rmsprop, sgd\n" in told
    assert first(explain("size")) == "model.chain.lstm.size"
    assert "zoneout_lstm\n" in explain("size").out


@pytest.mark.parametrize(
    ("topic", "path"),
    [
        ("window", "training.window"),
        ("window.update", "training.window.update"),
        ("data.target.ahead", "data.target.ahead"),
        ("ahead", "data.target.ahead"),
        ("model.chain.lstm.size", "model.chain.lstm.size"),
        ("model.chain[0].lstm.size", "model.chain.lstm.size"),
        ("model.chain.0.lstm.init.bf", "model.chain.lstm.init.bf"),
        ("gru", "model.chain.gru"),
        ("stack", "model.chain.stack"),
        ("sine", "data.task.sine"),
        ("data.task.sine.period", "data.task.sine.period"),
        ("dropout", "model.chain.dropout"),
        ("equations", "cells.NAME.equations"),
        ("cells.state", "cells.NAME.state"),
        ("cells.leaky.state", "cells.NAME.state"),
        ("cells.leaky.state.h.initial", "cells.NAME.state.NAME.initial"),
        ("cells.leaky", "cells.NAME"),
        ("expect.test.mse", "expect.NAME"),
        ("expect.test", "expect.NAME"),
        ("expect.test.mse.below", "expect.NAME.below"),
        ("expect.test.mse.a b.c.within", "expect.NAME.within"),
        ("test.mse", "expect.NAME"),
        ("valid.accuracy.above", "expect.NAME.above"),
        ("expect.seeds.judge", "expect.seeds.judge"),
        ("expect.parameters", "expect.parameters"),
        ("transcript", "expect.transcript"),
        ("no-such-metric", "no-such-metric"),
    ],
)
def test_ways_to_name_a_key(explain, topic, path):
    assert first(explain(topic)) == path


@pytest.mark.parametrize("path", all_keys())
def test_every_key_fits_a_terminal(explain, path):
    ended = explain(path)
    assert first(ended) == path
    assert not [line for line in ended.out.split("\n") if len(line) > 80]
    assert not any(line.endswith(" ") for line in ended.out.split("\n"))


def test_a_layer_leads_to_its_equations(explain):
    assert explain("lstm") == (0, LSTM, "")


# checks and pages


def test_a_check(explain):
    check = CHECKS["shuffled-streams"]
    head, blank, severity, *told = explain(check.id).out.rstrip("\n").split("\n")[1:]
    assert (head, blank, severity) == (check.summary, "", "severity    error")
    text = " ".join(line[12:] for line in told)
    example = " ".join(check.example.split("\n"))
    assert text == f"{check.why} {example}{check.instead}"
    titles = [line[:10].strip() for line in told if not line.startswith(" ")]
    assert titles == ["why", "example", "instead"]
    assert explain("window-cuts-nothing").out.endswith("\nsilenced    ignore: [window-cuts-nothing]\n")


@pytest.mark.parametrize("check", CHECKS)
def test_every_check_is_explained(explain, check):
    assert first(explain(check)) == check


@pytest.mark.parametrize("page", pages())
def test_a_page(explain, page):
    ended = explain(page)
    assert (ended.code, ended.err) == (0, "")
    lines = ended.out.split("\n")
    assert pages()[page].split("\n")[0].removeprefix("# ") in lines[0]
    assert not any(line.endswith(" ") for line in lines)
    assert len(lines) > 20


def test_the_lines_of_an_item_are_joined_by_one_blank(explain):
    assert "  line is no promise" in explain("expect").out
    assert "   script without" not in explain("expect").out


def test_several_topics(explain):
    both = explain("training.window.backward", "shuffled-streams").out
    assert both == f"{BACKWARD}\n{explain('shuffled-streams').out}"


def test_all_that_there_is(explain):
    told = explain().out
    assert told.startswith("Keys\n  name  ")
    names = {line.split()[0] for line in told.split("\n") if re.match(r" +\S", line)}
    assert {"training", "window", "update", "lstm", "sine", "equations"} <= names
    assert set(CHECKS) | set(pages()) <= names
    assert all(len(line) <= 80 for line in told.split("\n"))


# for machines


def test_for_machines(explain):
    key, check, page = json.loads(explain("training.window", "shuffled-streams", "state", "--json").out)
    assert key == {
        "kind": "key",
        "topic": "training.window",
        "summary": "steps that an update sees and goes back through; null: the whole row",
        "type": "whole number, at least 1, at most 1,000,000,000 or mapping",
        "required": False,
        "default": None,
        "choices": [],
        "short": "update",
        "examples": [32, {"update": 8, "backward": 24}],
        "source": None,
        "keys": ["training.window.update", "training.window.backward"],
        "related": key["related"],
        "checks": key["checks"],
        "page": "state",
    }
    assert check["kind"] == "check"
    assert check["severity"] == "error"
    assert page == {"kind": "page", "topic": "state", "text": pages()["state"]}
    assert "default" not in json.loads(explain("training.loss", "--json").out)[0]


def test_all_for_machines(explain):
    found = json.loads(explain("--json").out)
    assert {topic["kind"] for topic in found} == {"key", "check", "page"}
    assert all(set(topic) == {"kind", "topic", "summary"} and topic["summary"] for topic in found)
    for topic in ("training.window", "model.chain.lstm", "data.task.sine", "shuffled-streams", "state"):
        assert topic in {t["topic"] for t in found}


# what is not there

LISTS = "`rnnctl explain` lists all that can be explained"


@pytest.mark.parametrize(
    ("topic", "guess"),
    [
        ("training.windw", "training.window"),
        ("epochz", "training.epochs"),
        ("lstmm", "model.chain.lstm"),
        ("window-cuts-noting", "window-cuts-nothing"),
        ("hidden_size", "model.chain.antisymmetric_rnn.size"),
    ],
)
def test_a_topic_that_is_misspelt(explain, topic, guess):
    ended = explain(topic)
    assert (ended.code, ended.out) == (2, "")
    told = f"error: there is nothing to explain called '{topic}'\n  = help: did you mean '{guess}'? {LISTS}\n"
    assert ended.err.replace(".zoneout_lstm.", ".antisymmetric_rnn.") == told


def test_a_topic_that_is_none(explain):
    told = f"error: there is nothing to explain called 'xyzzyx'\n  = help: {LISTS}\n"
    assert explain("training.window", "xyzzyx") == (2, "", told)
    assert explain("") == (2, "", f"error: there is nothing to explain called ''\n  = help: {LISTS}\n")


def test_the_end_of_several_paths(explain):
    told = "error: 'kind' is the end of several paths\n  = help: one of data.input.kind, data.target.kind, cells.NAME."
    assert explain("kind").err.startswith(told)
    assert explain("input").err == (
        "error: 'input' is the end of several paths\n  = help: one of data.input, model.chain.lstm.input\n"
    )
