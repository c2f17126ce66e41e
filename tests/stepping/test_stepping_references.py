import re

import numpy as np
import pytest

from rnnctl.errors import UsageError
from rnnctl.stepping.conditions import read_condition
from rnnctl.stepping.model import load_model
from rnnctl.stepping.references import find_state, find_units, number_of, value_of
from rnnctl.stepping.session import Session
from tests.stepping.made_runs import make_run


@pytest.fixture
def session(run):
    found = Session(load_model(run))
    for i in range(3):
        found.step((12 + i, 0.5), {"load": 100.0})
    return found


@pytest.fixture
def symbols(symbol_run):
    found = Session(load_model(symbol_run))
    found.step("B", {"next": "T"})
    return found


def test_units_of_a_layer(session):
    h, c = session.carry[0]
    other = session.carry[2][0]
    for text, expected in [
        ("h[0][3]", h[3:4]),
        ("h[0]", h),
        ("h[0][:]", h),
        ("h[0][1:3]", h[1:3]),
        ("h[0][4,0]", h[[4, 0]]),
        ("h[2][1]", other[1:2]),
        ("c[3]", c[3:4]),
        ("c[0][3]", c[3:4]),
        ("c", c),
        (" c [ 2: ] ", c[2:]),
    ]:
        np.testing.assert_array_equal(value_of(session, text), expected)


def test_values_of_the_step(session):
    last = session.last
    assert number_of(session, "output") == last.shown["load"]
    assert number_of(session, "output[load]") == last.shown["load"]
    assert number_of(session, "target") == 100
    assert number_of(session, "loss") == last.loss
    assert number_of(session, "t") == 3
    assert number_of(session, "t[2]") == 3  # a part of the carry, which counts steps too
    assert number_of(session, "input[wind]") == 0.5
    assert number_of(session, "input[0]") == 14
    assert number_of(session, "-1e-3") == -0.001
    inside = session.inside()[0]
    np.testing.assert_array_equal(value_of(session, "f"), inside["f"])
    assert number_of(session, "mean(f)") == pytest.approx(float(inside["f"].mean()))
    assert number_of(session, "norm(c)") == pytest.approx(float(np.linalg.norm(session.carry[0][1])))
    assert number_of(session, "max(abs(h[0]))") == pytest.approx(float(np.abs(session.carry[0][0]).max()))


def test_values_of_symbols(symbols):
    last = symbols.last
    assert number_of(symbols, "input") == "B"
    assert number_of(symbols, "target") == "T"
    assert number_of(symbols, "top") == last.top(1)[0][0]
    assert number_of(symbols, "output[T]") == last.shown["T"]
    assert number_of(symbols, "output['T']") == last.shown["T"]
    assert last.loss == pytest.approx(-np.log(last.shown["T"]), rel=1e-6)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("h", "h stands in several layers (name one: h[0], h[2])"),
        ("h[1][0]", "layer '1' has no h (there is h[0], h[2])"),
        ("c[9]", "c[9]: there are units 0 to 4"),
        ("c[0][5]", "c[0][5]: there are units 0 to 4"),
        ("c[x]", "'x' in c[x] is no unit (units are numbers, such as 3 or 2:5)"),
        ("c[]", "'' in c[] is no unit (units are numbers, such as 3 or 2:5)"),
        ("c[0][0][0]", "c of layer 0 has 1 axes, not 2"),
        ("hh[0]", "no layer has a part or value 'hh' (did you mean 'h'?)"),
        ("input", "input is 2 numbers (name one of them, or write norm(input))"),
        ("input[win]", "input has no 'win' (did you mean 'wind'?)"),
        ("t[0]", "layer '0' has no t (there is t[2])"),
        ("loss[0]", "loss takes no [0]"),
        ("top", "top is for models of classes"),
        ("nom(c)", "there is no measure 'nom' (did you mean 'norm'?)"),
        ("c[2:2]", "c[2:2]: there is no unit from 2 up to 2, which is left out"),
        ("max(c[3:1])", "c[3:1]: there is no unit from 3 up to 1, which is left out"),
        ("1e999", "1e999 is too large for a number"),
        ("norm(1e200)", "norm(1e200) is too large for a number"),
        ("abs(" * 2000 + "c" + ")" * 2000, "more than 20 measures stand in each other"),
        ("3 apples", "'3 apples' names nothing of this session (such as h[0][0], norm(h[0]) or output)"),
    ],
)
def test_what_names_nothing(session, text, message):
    with pytest.raises(UsageError) as caught:
        number_of(session, text)
    assert str(caught.value) == message


def test_what_is_not_known_yet(run):
    session = Session(load_model(run))
    for text in ("output", "loss", "f"):
        with pytest.raises(UsageError, match="is known after a step, and none has been made here"):
            number_of(session, text)
    session.step((1, 2))
    with pytest.raises(UsageError, match="the loss of this step is not known"):
        number_of(session, "loss")


def test_only_the_carry_is_a_state(session):
    assert find_state(session.model, "h[0][3]") == (0, "h", 0, (5,), (3,))
    assert find_units(session.model, "f[3]") == (0, "f", None, (5,), (3,))
    with pytest.raises(UsageError, match=r"f is computed in each step, and is no part of the carry \(parts"):
        find_state(session.model, "f[3]")


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("t == 3", True),
        ("t != 3", False),
        ("t >= 3", True),
        ("t<3", False),
        ("h[0][3] <= 1", True),
        ("output within 1e9 of 0", True),
        ("output within 1e-9 of 0", False),
        ("output within 1e-9 of output[load]", True),
        ("max(abs(h[0])) > 2", False),
    ],
)
def test_conditions(session, text, holds):
    verdict = read_condition(text).judge(session)
    assert verdict.holds is holds
    assert verdict.found == number_of(session, re.split(r"[<>=!]| within", text)[0])


def test_conditions_of_symbols(symbols):
    top = number_of(symbols, "top")
    other = next(s for s in symbols.model.facts.target.symbols if s != top)
    assert read_condition(f"top == {top}").judge(symbols) == (True, top)
    assert read_condition(f"top == {other}").judge(symbols) == (False, top)
    assert read_condition(f"top != '{other}'").judge(symbols).holds
    assert read_condition("target == T").judge(symbols).holds
    assert read_condition("input == 'B'").judge(symbols).holds


def test_symbols_that_mean_something_in_a_condition(tmp_path):
    (tmp_path / "marks.txt").write_text("a<b['c']=\"d\">5;" * 30)
    text = """
name: marks
data: {text: marks.txt}
model: {chain: [{embedding: 3}, {gru: 4}, dense]}
training: {loss: cross_entropy, window: 8, batching: streams, batch: 2}
"""
    found = Session(load_model(make_run(tmp_path, text)))
    found.step("<")
    shown = found.last.shown
    for symbol in "<[]='>5":
        name = f'"{symbol}"' if symbol == "'" else f"'{symbol}'"
        assert number_of(found, f"output[{name}]") == shown[symbol]
        verdict = read_condition(f"output[{name}] > {shown[symbol] - 1e-6}").judge(found)
        assert verdict == (True, shown[symbol])
        assert read_condition(f"output[{name}] within 1e-9 of output[ {name} ]").judge(found).holds
    assert read_condition("input == '<'").judge(found).holds
    assert number_of(found, "max(output['['])") == shown["["]


def test_many_brackets_take_no_time(session):
    for text in ("c" + "['a']" * 200 + "!", "c" + "[0]" * 200 + " 5", "'" * 2000):
        with pytest.raises(UsageError):
            read_condition(text)
        with pytest.raises(UsageError):
            value_of(session, text + "?")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("t", "'t' is no condition (write it as `h[0][3] > 0.5`, `output within 1e-4 of 0.73` or `t == 10`)"),
        ("t = 1", "'t = 1' is no condition (what is equal is written with two signs: t == 1)"),
        ("t is  1", "'t is  1' is no condition (what is equal is written with two signs: t == 1)"),
        ("output[=] = 1", "'output[=] = 1' is no condition (what is equal is written with two signs: output[=] == 1)"),
        ("top > T", "symbols have no order: top > T (compare with == or !=)"),
        ("top == 3", "a number and a symbol do not compare: top == 3"),
        ("t == 'T'", "a number and a symbol do not compare: t == 'T'"),
        ("top within 1 of 2", "a number and a symbol do not compare: top within 1 of 2"),
    ],
)
def test_what_is_no_condition(symbols, text, message):
    with pytest.raises(UsageError) as caught:
        read_condition(text).judge(symbols)
    assert str(caught.value) == message
