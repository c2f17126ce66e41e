import numpy as np
import pytest

from rnnctl.data.records import Facts, Signal
from rnnctl.stepping.step import Step
from rnnctl.stepping.wording import given_words, number, output_words, plain, symbol_words, value_words

NUMBERS = Signal("number", ("a", "b"))


def said(kind, shown):
    target = Signal(kind, tuple(shown)) if kind != "class" else Signal("class", ("x",), tuple(shown))
    step = Step(1, {"a": 1.0}, np.zeros(1), np.zeros(1), shown, ())
    return output_words(step, Facts(NUMBERS, target, (9,), True, 0, "step"))


def test_outputs_in_few_words():
    assert said("number", {"a": 81.23456, "b": -0.5}) == "81.23,-0.5"
    assert said("number", dict.fromkeys("abcde", 1.0)) == "1,1,1,…"
    assert said("binary", {"a": 0.7126, "b": 0.02}) == "71.3%,2.0%"
    assert said("class", {"T": 0.1, " ": 0.9}) == "' ' 90.0%"


def test_inputs_as_they_can_be_written():
    assert given_words({"a": 20.0, "b": 3.123456789}) == "20,3.12346"
    assert given_words({"symbol": "B"}) == "B"
    assert given_words(dict.fromkeys("abcd", 1e-7)) == "1.0000e-07,1.0000e-07,1.0000e-07,…"
    assert symbol_words("\n") == "\\n"


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "not known here"), ("T", "T"), ([0.5, [1.0, 2.0]], "0.5 1 2"), (1 / 3, "0.333333"), (2, "2")],
)
def test_values(value, text):
    assert value_words(value) == text


def test_plain_values():
    assert plain("T") == "T"
    assert (plain(np.array([2])), type(plain(np.array([2])))) == (2, int)
    assert plain(np.array([[0.5]], np.float32)) == 0.5
    assert plain(np.array([[1, 2]])) == [[1, 2]]
    assert number(1e-5) == "1.00e-05"
