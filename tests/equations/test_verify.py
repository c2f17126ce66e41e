"""Wrong definitions: one located mistake for each, in these words; and what must come to an end."""

from __future__ import annotations

import pytest
from written import Mistake, definition, mistakes

ONCE = "a name is assigned once"

DEFINITIONS: dict[str, tuple[str, str, int, int, str, str | None]] = {
    "a state without equation": (
        "c:\n  state: {h: size}\n  output: h + sum(x)",
        "state 'h' has no equation",
        2,
        11,
        "h",
        "write h' = …",
    ),
    "the second of two states without equation": (
        "c:\n  state:\n    h, g: input\n  equations: |\n    h' = x + h + g\n  output: h'",
        "state 'g' has no equation",
        3,
        5,
        "h, g",
        "write g' = …",
    ),
    "a parameter never used": (
        "c:\n  parameters:\n    W, b: {shape: [input], init: zeros}\n  output: x * W",
        "parameter 'b' is never used",
        3,
        5,
        "W, b",
        None,
    ),
    "an input never used": (
        "c:\n  inputs:\n    x: input\n    y: input\n  output: x",
        "input 'y' is never used",
        4,
        5,
        "y",
        None,
    ),
    "an option never used": (
        "c:\n  options: {rate: {real: 0.5}}\n  output: x",
        "option 'rate' is never used",
        2,
        13,
        "rate",
        None,
    ),
    "a draw never used": (
        "c:\n  draws: {m: {bernoulli: 0.5, shape: [input]}}\n  output: x",
        "draw 'm' is never used",
        2,
        11,
        "m",
        None,
    ),
    "a function never used": (
        "c:\n  functions: |\n    f(v) = v\n  output: x",
        "function 'f' is never used",
        3,
        5,
        "f",
        None,
    ),
    "a function's parameter never used": (
        "c:\n  functions: |\n    f(v, w) = v\n  output: f(x, x)",
        "parameter 'w' of f is never used",
        3,
        5,
        "f",
        None,
    ),
    "a derived value never used": (
        "c:\n  parameters: {W: {shape: [input], init: zeros}}\n  derived: |\n    D = 2 * W\n  output: W * x",
        "'D' is never used",
        4,
        5,
        "D",
        "delete the line, or use it",
    ),
    "a function that calls itself": (
        "c:\n  functions: |\n    f(v) = g(v)\n    g(v) = f(v) + 1\n  output: f(x)",
        "'f' calls itself",
        4,
        12,
        "f",
        None,
    ),
    "a function there twice": (
        "c:\n  functions: |\n    f(v) = v\n    f(v) = v + 1\n  output: f(x)",
        "function 'f' is there twice",
        4,
        5,
        "f",
        None,
    ),
    "a function of the language": (
        "c:\n  functions: |\n    silu(v) = v\n  output: silu(x)",
        "'silu' already is a function of the language",
        3,
        5,
        "silu",
        None,
    ),
    "an equation among the functions": (
        "c:\n  functions: |\n    f = 1\n  output: x",
        "`functions` holds none but functions",
        2,
        3,
        "functions",
        "write name(a, b) = …",
    ),
    "an option named as a function": (
        "c:\n  options: {exp: {real: 1.0}}\n  output: exp * x",
        "'exp' already is a function",
        2,
        13,
        "exp",
        None,
    ),
    "a default that does not fit": (
        "c:\n  options: {rate: {real: 2, below: 1}}\n  output: rate * x",
        "the default of 'rate' must be below 1, not 2",
        2,
        26,
        "2",
        None,
    ),
    "a default of another kind": (
        "c:\n  options: {n: {integer: 2.5}}\n  output: n * x",
        "expected a whole number",
        2,
        26,
        "2.5",
        None,
    ),
    "a default function that is none": (
        "c:\n  options: {f: {function: tahn}}\n  output: f(x)",
        "unknown function 'tahn'",
        2,
        13,
        "f",
        "functions: abs, elu, hard_sigmoid, hard_tanh, identity, leaky_relu, relu, sigmoid, silu, sin, "
        "softplus, softsign, tanh",
    ),
    "an option of two kinds": (
        "c:\n  options: {f: {real: 1, integer: 2}}\n  output: f * x",
        "an option is an integer, a real or a function",
        2,
        13,
        "f",
        "write {real: 0.5}",
    ),
    "a limit that is no number": (
        "c:\n  options: {f: {real: 1, below: x}}\n  output: f * x",
        "a limit is a number, not text",
        2,
        33,
        "x",
        None,
    ),
    "names that collide": (
        "c:\n  parameters: {x: {shape: [input], init: zeros}}\n  output: 2 * x",
        "'x' already is another name of this definition",
        2,
        16,
        "x",
        None,
    ),
    "names that collide in a group": (
        "c:\n  parameters:\n    W, h: {shape: [input], init: zeros}\n  state:\n    g, h: input\n"
        "  equations: |\n    g' = W * h + x\n    h' = g\n  output: h'",
        "'h' already is another name of this definition",
        5,
        5,
        "g, h",
        None,
    ),
    "a parameter named as a size": (
        "c:\n  options: {n: integer}\n  parameters: {n: {shape: [input], init: zeros}}\n  output: n * x",
        "'n' already is a size",
        3,
        16,
        "n",
        None,
    ),
    "a parameter named as a real option": (
        "c:\n  options: {n: real}\n  parameters: {n: {shape: [input], init: zeros}}\n  output: n * x",
        "'n' already is an option",
        3,
        16,
        "n",
        None,
    ),
    "a parameter there twice": (
        "c:\n  parameters:\n    W, W: {shape: [input], init: zeros}\n  output: W * x",
        "'W' is there twice",
        3,
        5,
        "W, W",
        None,
    ),
    "a state there twice": (
        "c:\n  state:\n    h: input\n    g, h: input\n  equations: |\n    h' = x\n    g' = h\n  output: g",
        "'h' is there twice",
        4,
        5,
        "g, h",
        None,
    ),
    "a reserved name": (
        "c:\n  parameters: {initial_h: {shape: [input], init: zeros}}\n  output: initial_h * x",
        "names that begin with 'initial_' belong to learned initial states",
        2,
        16,
        "initial_h",
        None,
    ),
    "a word of the language": (
        "c:\n  parameters: {input: {shape: [2], init: zeros}}\n  output: sum(input) * x",
        "'input' is a word of the language",
        2,
        16,
        "input",
        None,
    ),
    "a word that modules keep to themselves": (
        "c:\n  parameters: {training: {shape: [2], init: zeros}}\n  output: sum(training) * x",
        "'training' is a word of the language",
        2,
        16,
        "training",
        None,
    ),
    "a name that is none": (
        "c:\n  parameters: {1a: {shape: [input], init: zeros}}\n  output: x",
        "'1a' is no name",
        2,
        16,
        "1a",
        "a name has letters, digits and _, and begins with a letter",
    ),
    "a name with an underscore first": (
        "c:\n  parameters: {_a: {shape: [input], init: zeros}}\n  output: _a * x",
        "'_a' is no name",
        2,
        16,
        "_a",
        "a name has letters, digits and _, and begins with a letter",
    ),
    "a derived value of an input": (
        "c:\n  parameters: {W: {shape: [input], init: zeros}}\n  derived: |\n    D = W * x\n  output: D * x",
        "'x' is not known here",
        4,
        13,
        "x",
        "derived values need parameters alone",
    ),
    "a derived value named as a state": (
        "c:\n  state: {h: input}\n  parameters: {W: {shape: [input], init: zeros}}\n  derived: |\n"
        "    h = W\n  equations: |\n    h' = h + x\n  output: h'",
        "'h' already has a value",
        5,
        5,
        "h",
        ONCE,
    ),
    "an output of nothing": (
        "c:\n  parameters: {W: {shape: [input], init: zeros}}\n  output: 2 * W",
        "the output depends neither on an input nor on a state",
        3,
        11,
        "2 * W",
        None,
    ),
    "an unknown size": (
        "c:\n  parameters: {W: {shape: [inptu], init: zeros}}\n  output: W * x",
        "'inptu' is no size",
        2,
        28,
        "inptu",
        "did you mean 'input'?",
    ),
    "a size that is real": (
        "c:\n  parameters: {W: {shape: [2.5], init: zeros}}\n  output: sum(W) * x",
        "a size is made of whole numbers, sizes, + - * and //",
        2,
        28,
        "2.5",
        None,
    ),
    "an initial value of a value": (
        "c:\n  state: {h: {shape: input, initial: x}}\n  equations: |\n    h' = h + x\n  output: h'",
        "'x' is no number here",
        2,
        38,
        "x",
        "options and sizes: input",
    ),
    "a probability of a value": (
        "c:\n  draws: {m: {bernoulli: kep, shape: [input]}}\n  options: {keep: {real: 0.5}}\n  output: keep * m * x",
        "'kep' is no number here",
        2,
        26,
        "kep",
        "did you mean 'keep'?",
    ),
    "an argument that is no number": (
        "c:\n  parameters: {W: {shape: [input], init: {normal: tanh(1)}}}\n  output: W * x",
        "expected a number made of options, sizes, + - * / ^ and sqrt, exp, log",
        2,
        51,
        "tanh",
        None,
    ),
    "a requirement of an unknown size": (
        "c:\n  require: siz == input\n  output: x + ones(size)",
        "'siz' is no number here",
        2,
        12,
        "siz",
        "did you mean 'size'?",
    ),
    "a requirement that compares nothing": (
        "c:\n  require: input\n  output: x",
        "a requirement compares sizes or options",
        2,
        12,
        "input",
        "write input == size",
    ),
    "an integer state that becomes real": (
        "c:\n  state:\n    t: {shape: [], kind: integer}\n  equations: |\n    t' = t / 2\n  output: x * t",
        "t' is a single number, real, but the state t is a single number, integer",
        3,
        5,
        "t",
        None,
    ),
    # what YAML holds
    "no output": (
        "c:\n  summary: nothing",
        "'c' has no output",
        1,
        1,
        "c",
        "write `output: h'`, or another expression",
    ),
    "an unknown section": (
        "c:\n  paramters: {}\n  output: x",
        "unknown key 'paramters'",
        2,
        3,
        "paramters",
        "did you mean 'parameters'? known here: summary, source, inputs, options, require, state, "
        "parameters, draws, derived, functions, equations, output",
    ),
    "a definition that is text": ("c: x + 1", "the definition of 'c' must be a mapping, not text", 1, 1, "c", None),
    "equations that are a list": (
        "c:\n  equations: [a]\n  output: x",
        "`equations` must be text, not a list",
        2,
        14,
        "[",
        "write `equations: |`, and one equation on each line below it",
    ),
    "an output that is nothing": (
        "c:\n  output:",
        "expected a number or an expression, not nothing",
        2,
        3,
        "output",
        None,
    ),
    "a parameter without init": (
        "c:\n  parameters: {W: {shape: [input]}}\n  output: W * x",
        "a parameter has a shape and an init",
        2,
        16,
        "W",
        "{shape: [size], init: zeros}",
    ),
    "an unknown init": (
        "c:\n  parameters: {W: {shape: [input], init: zeroes}}\n  output: W * x",
        "'zeroes' is none of constant, glorot_normal, glorot_uniform, identity, normal, ones, "
        "orthogonal, uniform, zeros",
        2,
        42,
        "zeroes",
        "did you mean 'zeros'?",
    ),
    "an init with too few numbers": (
        "c:\n  parameters: {W: {shape: [input], init: {uniform: 1}}}\n  output: W * x",
        "uniform takes 2 numbers",
        2,
        52,
        "1",
        "for example {uniform: [-0.1, 0.1]}",
    ),
    "a matrix's init for a vector": (
        "c:\n  parameters: {W: {shape: [input], init: orthogonal}}\n  output: W * x",
        "orthogonal is for matrices",
        2,
        42,
        "orthogonal",
        "write zeros, ones, or {uniform: [-0.1, 0.1]}",
    ),
    "a state without a shape": (
        "c:\n  state: {h: {kind: real}}\n  equations: |\n    h' = h + x\n  output: h'",
        "a shape is a list of sizes, not nothing",
        2,
        11,
        "h",
        "write [size, input]",
    ),
    "a state of an unknown kind": (
        "c:\n  state: {h: {shape: input, kind: int}}\n  equations: |\n    h' = h + x\n  output: h'",
        "'int' is none of real, integer",
        2,
        35,
        "int",
        "did you mean 'integer'?",
    ),
    "an integer state that is learned": (
        "c:\n  state: {h: {shape: [], kind: integer, learn: true}}\n  equations: |\n    h' = h\n  output: x + h'",
        "`learn` is true or false, and true only for a real state",
        2,
        41,
        "learn",
        None,
    ),
    "a draw without a shape": (
        "c:\n  draws: {m: {bernoulli: 0.5}}\n  output: x * m",
        "a draw has a probability and a shape",
        2,
        11,
        "m",
        "{bernoulli: keep, shape: [size]}",
    ),
    "a draw per hour": (
        "c:\n  draws: {m: {bernoulli: 0.5, shape: [input], per: hour}}\n  output: x * m",
        "'hour' is none of step, window, sequence",
        2,
        52,
        "hour",
        "one of step, window, sequence",
    ),
    "an input of nothing known": (
        "c:\n  inputs: {x: {width: 3}}\n  output: x",
        "unknown key 'width'",
        2,
        16,
        "width",
        "known here: shape, symbols",
    ),
    "no inputs": ("c:\n  inputs: {}\n  output: 3", "a layer has at least one input", 2, 3, "inputs", None),
}


@pytest.mark.parametrize("name", DEFINITIONS)
def test_a_mistake_in_a_definition_is_told_at_its_place(name: str) -> None:
    text, message, line, column, marked, advice = DEFINITIONS[name]
    found = mistakes(text)
    assert found[:1] == [Mistake(message, line, column, marked, advice)]
    also = {
        "a default that does not fit": (),
        "a requirement of an unknown size": ("'+' cannot join [input] and [size]",),
    }
    assert tuple(m.message for m in found[1:]) == also.get(name, ())


@pytest.mark.parametrize(
    "text",
    [
        "c:\n  output: concat(x, zeros(size))",  # size is an option wherever it is used
        "c:\n  require: input == size\n  output: x",
        "c:\n  require: [input == n, n == m]\n  options: {n: integer, m: integer}\n  output: x + ones(m)",
        "c:\n  require: [n == m, input == n]\n  options: {n: integer, m: integer}\n  output: x + ones(m)",
        "c:\n  options: {n: {integer: 3, at_least: 1}}\n  require: n > 2\n  output: x * n",
        "c:\n  draws: {'a, b': {bernoulli: 0.5, shape: [input]}}\n  output: x * a + b",
        "c:\n  state: {f: {shape: [], kind: integer, initial: 1}}\n  equations: |\n    f' = 0\n  output: x * f",
        "c:\n  functions: |\n    f(size) = size + 1\n  output: f(x)",
        "c:\n  options: {heads: integer}\n  require: mod(input, heads) == 0\n"
        "  output: reshape(reshape(x, heads, input // heads), heads * (input // heads))",
    ],
)
def test_what_has_no_mistake_passes(text: str) -> None:
    assert mistakes(text) == []


def test_functions_that_double_come_to_an_end() -> None:
    calls = "\n".join(f"    f{i}(v) = f{i + 1}(v) + f{i + 1}(v)" for i in range(40))
    found = mistakes(f"c:\n  functions: |\n{calls}\n    f40(v) = v\n  output: f0(x)")
    assert found[0].message == "the equations have too many parts when functions are written out"


def test_sizes_that_multiply_come_to_an_end() -> None:
    options = ", ".join(f"{name}: integer" for name in "abcdefgh")
    product = " * ".join(["(a + b + c + d + e + f + g + h)"] * 12)
    found = mistakes(f"c:\n  options: {{{options}}}\n  output: x + {product}")
    assert found[0].message == "this size is too long or too large"


def test_splits_of_splits_come_to_an_end() -> None:
    lines = "\n".join(f"    a{i + 1}, b{i + 1} = split(a{i})" for i in range(300))
    used = "\n".join(f"    s{i + 1} = s{i} + sum(b{i + 1})" for i in range(300))
    text = f"c:\n  equations: |\n    a0 = x\n    s0 = 0\n{lines}\n{used}\n  output: x * s300 + sum(a300)"
    assert mistakes(text) == []


def test_functions_that_call_on_and_on_are_bounded() -> None:
    calls = "\n".join(f"    f{i}(v) = 1 + f{i + 1}(v)" for i in range(300))
    found = mistakes(f"c:\n  functions: |\n{calls}\n    f300(v) = v\n  output: f0(x)")
    assert found[0].message == "this expression is too long or too deep; give parts of it names"


def test_a_definition_keeps_what_was_written() -> None:
    found = definition("c:\n  parameters:\n    W, b: {shape: [input], init: zeros}\n  output: W * x + b")
    assert (found.name, list(found.states), list(found.parameters)) == ("c", [], ["W", "b"])
    assert found.as_written["output"] == "W * x + b"
