"""Sizes and options given as numbers: what a layer then has, and what is refused."""

from __future__ import annotations

import pytest
from written import definition, layer

from rnnctl.catalogue import definition as of_catalogue
from rnnctl.equations.bind import bind, with_initializers
from rnnctl.equations.graph import Kind
from rnnctl.equations.layer import Draw, Parameter, Signal, State
from rnnctl.equations.options import OptionError, complete_options, options_of
from rnnctl.equations.syntax import EquationError

LAYER = """
c:
  inputs:
    x: input
    e: {shape: [rows, input]}
  options:
    heads: {integer: 2, at_least: 1, at_most: 4}
    keep: {real: 0.9, above: 0, below: 1}
    act: {function: tanh}
    must: real
  require: mod(size, heads) == 0
  state:
    h: {shape: [heads, size // heads], initial: keep / 2}
    t: {shape: [], kind: integer, initial: heads}
  parameters:
    W: {shape: [size, input], init: {normal: 1 / sqrt(input)}}
    b: {shape: [2 * size + rows], init: {uniform: [-keep, heads]}}
  draws: {m: {bernoulli: keep ^ 2, shape: [heads, size // heads], per: window}}
  equations: |
    h' = act(m * reshape(W @ x, heads, size // heads) + must * h + sum(b) + sum(e))
    t' = t + 1
  output: transpose(h') * t
"""
INPUTS = {"x": Signal((3,)), "e": Signal((5, 3))}


def test_a_layer_knows_its_numbers() -> None:
    made = bind(definition(LAYER), INPUTS, {"size": 6, "must": 2})
    assert made.options == {"size": 6, "heads": 2, "keep": 0.9, "act": "tanh", "must": 2.0}
    assert made.output == Signal((3, 2))
    assert made.parameters == (
        Parameter("W", (6, 3), "normal", (1 / 3**0.5,)),
        Parameter("b", (17,), "uniform", (-0.9, 2.0)),
    )
    assert made.states == (State("h", (2, 3), Kind.REAL, 0.45, True), State("t", (), Kind.INTEGER, 2.0, False))
    [draw] = made.draws
    assert draw == Draw("m", (2, 3), pytest.approx(0.81), "window")
    assert (made.name, made.parameter_count, made.state_size) == ("c", 35, 7)
    assert list(made.inputs) == ["x", "e"]


@pytest.mark.parametrize(
    ("options", "option", "message", "advice", "missing"),
    [
        ({"must": 1}, "size", "c needs 'size'", None, True),
        ({"size": 6}, "must", "c needs 'must'", None, True),
        (
            {"size": 6, "must": 1, "head": 2},
            "head",
            "unknown option 'head' of c",
            "did you mean 'heads'? options: size, heads, keep, act, must",
            False,
        ),
        ({"size": 0, "must": 1}, "size", "size of c: must be at least 1, not 0", None, False),
        ({"size": 6.0, "must": 1}, "size", "size of c: expected a whole number, not 6.0", None, False),
        ({"size": True, "must": 1}, "size", "size of c: expected a whole number, not True", None, False),
        ({"size": 6, "must": "x"}, "must", "must of c: expected a number, not 'x'", None, False),
        ({"size": 6, "must": float("nan")}, "must", "must of c: expected a finite number, not nan", None, False),
        ({"size": 6, "must": 1, "heads": 5}, "heads", "heads of c: must be at most 4, not 5", None, False),
        ({"size": 6, "must": 1, "keep": 0}, "keep", "keep of c: must be above 0, not 0", None, False),
        ({"size": 6, "must": 1, "keep": 1}, "keep", "keep of c: must be below 1, not 1", None, False),
        ({"size": 6, "must": 1, "act": 3}, "act", "act of c: expected the name of a function, not 3", None, False),
        (
            {"size": 7, "must": 1},
            None,
            "c requires mod(size, heads) == 0: here 1 and 0",
            "here size is 7 and heads is 2",
            False,
        ),
    ],
)
def test_an_option_that_does_not_fit(
    options: dict[str, float | str], option: str | None, message: str, advice: str | None, missing: bool
) -> None:
    with pytest.raises(OptionError) as caught:
        bind(definition(LAYER), INPUTS, options)
    error = caught.value
    assert (error.option, error.message, error.help, error.missing) == (option, message, advice, missing)


def test_a_function_that_is_none() -> None:
    with pytest.raises(OptionError) as caught:
        bind(of_catalogue("rnn"), {"x": Signal((3,))}, {"size": 2, "activation": "tahn"})
    assert caught.value.message == "unknown function 'tahn'"
    assert caught.value.help is not None
    assert caught.value.help.startswith("did you mean 'tanh'? functions: abs, elu, ")


@pytest.mark.parametrize(
    ("name", "signal", "message"),
    [
        ("rnn", Signal((), 8), "rnn takes numbers, and gets 8 symbols"),
        ("embedding", Signal((8,)), "embedding takes symbols, and gets 8 numbers"),
        ("rnn", Signal((2, 3)), "rnn takes 1 axes, and gets 2 × 3"),
    ],
)
def test_an_input_that_does_not_fit(name: str, signal: Signal, message: str) -> None:
    with pytest.raises(OptionError) as caught:
        bind(of_catalogue(name), {"x": signal}, {"size": 2})
    assert caught.value.message == message


def test_inputs_share_their_symbols() -> None:
    with pytest.raises(OptionError, match="c takes 3 numbers, and gets 4"):
        bind(definition(LAYER), {"x": Signal((3,)), "e": Signal((5, 4))}, {"size": 6, "must": 1})
    same = "c:\n  inputs:\n    x: size\n    y: 2 * size\n  output: concat(x, x) + y"
    assert layer(same, 2, 4, size=2).output == Signal((4,))
    with pytest.raises(OptionError, match="c takes 2 numbers, and gets 3"):
        layer(same, 3, 4, size=2)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("c:\n  output: sum(x[0:input // 2] * x[input // 2:]) * x", r"'\*' cannot join \[1\] and \[2\]"),
        ("c:\n  equations: |\n    a, b = split(x)\n  output: a + b", "3 cannot be split into 2 equal parts"),
        ("c:\n  output: x[5] * x", "index 5 is outside of an axis of 3"),
        ("c:\n  output: max(x[3:]) * x", r"max of nothing: \[0\] has no elements"),
        ("c:\n  output: sum(zeros(input - 5)) * x", "a size cannot be -2"),
        (
            "c:\n  parameters: {W: {shape: [input], init: {uniform: [input, 1]}}}\n  output: W * x",
            "uniform takes the smaller number first, not 3 and 1",
        ),
        (
            "c:\n  parameters: {W: {shape: [input], init: {normal: 1 - input}}}\n  output: W * x",
            "normal takes a deviation of at least 0, not -2",
        ),
        (
            "c:\n  parameters: {W: {shape: [input], init: {normal: sqrt(1 - input)}}}\n  output: W * x",
            "this has no finite value",
        ),
        (
            "c:\n  parameters: {W: {shape: [input], init: {normal: exp(1000 * input)}}}\n  output: W * x",
            "this has no finite value",
        ),
        (
            "c:\n  state: {t: {shape: [], kind: integer, initial: input / 2}}\n  equations: |\n    t' = t\n"
            "  output: t * x",
            "'t' holds whole numbers, and would begin with another",
        ),
        (
            "c:\n  parameters: {W: {shape: [400 * input, 2], init: zeros}}\n  equations: |\n"
            "    repeat s = x over W:\n      s' = W[0] * s\n  output: s'",
            "a repeat makes 1 to 1000 passes, not 1200",
        ),
    ],
)
def test_equations_that_do_not_allow_these_sizes(text: str, message: str) -> None:
    found = definition(text)
    with pytest.raises(EquationError, match=message) as caught:
        bind(found, {"x": Signal((3,))}, {})
    assert caught.value.span.section[0] in ("output", "equations", "parameters", "state")


def test_a_shape_or_probability_out_of_range() -> None:
    text = "c:\n  parameters: {W: {shape: [input - 3], init: zeros}}\n  output: sum(W) * x"
    with pytest.raises((OptionError, EquationError)):
        layer(text, 3)
    text = "c:\n  options: {p: real}\n  draws: {m: {bernoulli: p, shape: []}}\n  output: m * x"
    with pytest.raises(OptionError, match=r"the probability of m would be 1\.5"):
        layer(text, 3, p=1.5)


def test_size_is_an_option_where_it_is_used() -> None:
    assert list(options_of(of_catalogue("rnn"))) == ["size", "activation"]
    assert list(options_of(of_catalogue("layer_norm"))) == []
    assert list(options_of(definition("c:\n  output: concat(x, zeros(size))"))) == ["size"]
    assert complete_options(of_catalogue("rnn"), {"size": 3}) == {"size": 3, "activation": "tanh"}


def test_with_initializers() -> None:
    made = layer("c:\n  parameters:\n    W, V: {shape: [input], init: zeros}\n  output: W * V * x", 3)
    changed = with_initializers(made, {"V": ("normal", (0.5,))})
    assert changed.parameters == (Parameter("W", (3,), "zeros", ()), Parameter("V", (3,), "normal", (0.5,)))
    assert made.parameters[1].method == "zeros"


def test_a_repeat_is_written_out() -> None:
    made = bind(of_catalogue("recurrent_highway"), {"x": Signal((3,))}, {"size": 4, "depth": 5})
    assert {p.name: p.shape for p in made.parameters}["Rh"] == (5, 4, 4)
    assert made.output == Signal((4,))
