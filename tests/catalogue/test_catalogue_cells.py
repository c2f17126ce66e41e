"""Cells in a user's own file: read like the catalogue's, and mistakes placed at their line and column."""

from __future__ import annotations

import pytest

from rnnctl.catalogue import names, read_definitions
from rnnctl.document import Document, parse
from rnnctl.equations.bind import bind
from rnnctl.equations.definition import Definition
from rnnctl.equations.layer import Signal
from rnnctl.errors import Diagnostic


def read(text: str) -> tuple[Document, dict[str, Definition], list[Diagnostic]]:
    document = parse(text, "model.yaml")
    return document, *read_definitions(document, document.value["cells"], ("cells",))


GOOD = """\
name: mine
cells:
  leaky:
    options: {leak: {real: 0.1, above: 0, at_most: 1}}
    state: {h: size}
    parameters:
      W: {shape: [size, input], init: glorot_uniform}
      U: {shape: [size, size], init: orthogonal}
    equations: |
      n = tanh(W @ x + U @ h)
      h' = (1 - leak) * h + leak * n
    output: h'
  # another
  twice:
    output: 2 * x
"""


def test_cells_are_read() -> None:
    _, found, diagnostics = read(GOOD)
    assert diagnostics == []
    assert list(found) == ["leaky", "twice"]
    assert bind(found["leaky"], {"x": Signal((3,))}, {"size": 2}).parameter_count == 10
    assert found["leaky"].summary == ""


def test_a_mistake_in_the_equations_is_placed_in_the_file() -> None:
    _, found, diagnostics = read(GOOD.replace("U @ h)", "U @ hh)").replace("2 * x", "2 * y"))
    assert found == {}
    assert [str(d) for d in diagnostics] == [
        "error: unknown name 'hh'\n"
        "  --> model.yaml:10:28\n"
        " 10 |       n = tanh(W @ x + U @ hh)\n"
        "    |                            ^^\n"
        "    = help: did you mean 'h'?",
        "error: unknown name 'y'\n"
        "  --> model.yaml:15:17\n"
        " 15 |     output: 2 * y\n"
        "    |                 ^\n"
        "    = help: names here: x, input",
    ]


def test_a_wrong_cell_does_not_take_the_others_with_it() -> None:
    _, found, diagnostics = read(GOOD.replace("init: orthogonal", "init: orthagonal"))
    assert list(found) == ["twice"]
    assert [str(d).split("\n")[:4] for d in diagnostics] == [
        [
            "error: 'orthagonal' is none of constant, glorot_normal, glorot_uniform, identity, normal, ones, "
            "orthogonal, uniform, zeros",
            "  --> model.yaml:8:38",
            " 8 |       U: {shape: [size, size], init: orthagonal}",
            "   |                                      ^^^^^^^^^^",
        ]
    ]


def test_mistakes_come_in_the_order_of_the_file() -> None:
    text = """\
cells:
  c:
    state: {h: size}
    parameters:
      W: {shape: [size, inptu], init: zeros}
    equations: |
      h' = W @ x +
      a = 3
    output: h
    outptu: 3
"""
    _, _, diagnostics = read(text)
    assert [(d.where.line, d.where.column, d.message) for d in diagnostics if d.where] == [
        (7, 19, "expected a value, found the end of the line"),
        (10, 5, "unknown key 'outptu'"),
    ]
    _, _, diagnostics = read(
        text.replace("+\n", "+ 1\n").replace("    outptu: 3\n", "").replace("output: h", "output: g")
    )
    assert [(d.where.line, d.where.column, d.message) for d in diagnostics if d.where] == [
        (5, 25, "'inptu' is no size"),
        (9, 13, "unknown name 'g'"),
    ]


def test_a_cell_may_not_take_the_name_of_a_layer() -> None:
    for name in names():
        _, found, diagnostics = read(f"cells:\n  {name}:\n    output: 2 * x\n")
        assert found == {}
        assert [str(d) for d in diagnostics] == [
            f"error: '{name}' is a layer of the catalogue\n"
            "  --> model.yaml:2:3\n"
            f" 2 |   {name}:\n"
            f"   |   {'^' * len(name)}\n"
            "   = help: give your cell another name"
        ]


def test_a_cell_needs_a_name() -> None:
    for name, message in (
        ("my cell", "'my cell' is no name"),
        ("initial_cell", "names that begin with 'initial_' belong to learned initial states"),
        ("repeat", "'repeat' is a word of the language"),
        ("a-b", "'a-b' is no name"),
        ("n" * 41, f"'{'n' * 41}' is no name"),
    ):
        _, found, diagnostics = read(f"cells:\n  {name}:\n    output: 2 * x\n")
        assert found == {}
        [diagnostic] = diagnostics
        assert diagnostic.message == message
        assert diagnostic.where is not None
        assert (diagnostic.where.line, diagnostic.where.column, diagnostic.where.length) == (2, 3, len(name))


def test_equations_in_quotes_and_in_folded_text_have_a_place_too() -> None:
    _, _, diagnostics = read("cells:\n  c:\n    output: 'x + yy'\n")
    [diagnostic] = diagnostics
    assert diagnostic.where is not None
    assert (diagnostic.where.line, diagnostic.where.column, diagnostic.where.length) == (3, 18, 2)
    _, _, diagnostics = read("cells:\n  c:\n    output: >\n      x +\n      yy\n")
    [diagnostic] = diagnostics
    assert diagnostic.where is not None
    assert diagnostic.where.line == 3


def test_a_definition_brought_by_an_alias_is_told_where_it_is_used() -> None:
    _, found, diagnostics = read("base: &b {output: x + yy}\ncells:\n  c: *b\n")
    assert found == {}
    [diagnostic] = diagnostics
    assert diagnostic.message == "unknown name 'yy'"
    assert diagnostic.where is not None
    assert diagnostic.where.line in (1, 3)


@pytest.mark.parametrize("name", ["carry", "states"])
def test_a_state_may_not_take_a_cells_own_words(name: str) -> None:
    text = f"c:\n  state: {{{name}: size}}\n  equations: |\n    {name}' = x + {name}\n  output: {name}'\n"
    document = parse(text, "c.yaml")
    _, wrong = read_definitions(document, document.value, ())
    assert wrong[0].message == "a state cannot be called carry or states"
    assert wrong[0].where is not None
    assert (wrong[0].where.line, wrong[0].where.column) == (2, 11)


def test_a_requirement_that_divides_by_zero_is_no_crash() -> None:
    text = (
        "c:\n  options: {n: {integer: 2}, a: {integer: 1}}\n  require: [a == size // n, n == 0]\n"
        "  parameters: {W: {shape: [size, input], init: zeros}}\n  output: W @ x\n"
    )
    document = parse(text, "c.yaml")
    found, wrong = read_definitions(document, document.value, ())
    assert bool(found) != bool(wrong)
