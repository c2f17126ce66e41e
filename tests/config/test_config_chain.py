"""The layers of a chain as they are written, and what they become."""

from __future__ import annotations

from typing import Any

import pytest

from rnnctl.catalogue import names, read_definitions
from rnnctl.config.chain import MOST_PARAMETERS, ChainLayer, bind_chain, read_chain
from rnnctl.document import parse
from rnnctl.equations.layer import Signal
from rnnctl.errors import Problem


def written(*items: Any) -> list[Problem]:
    layers, problems = read_chain(items, {}, frozenset())
    assert (len(layers) == len(items)) == (not problems)
    return problems


def bound(*items: Any, start: Signal | None = None, learned: bool = False) -> list[ChainLayer]:
    layers, problems = read_chain(items, {}, frozenset())
    assert not problems, problems
    chain, problems = bind_chain(layers, start or Signal((3,)), learned=learned)
    assert not problems, problems
    return chain


def unbound(*items: Any, start: Signal | None = None) -> Problem:
    layers, problems = read_chain(items, {}, frozenset())
    assert not problems, problems
    _, [problem] = bind_chain(layers, start or Signal((3,)), learned=False)
    return problem


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ({"lstm": 32}, {"lstm": {"size": 32}}),
        ({"rnn": 4}, {"rnn": {"size": 4, "activation": "tanh"}}),
        ({"dropout": 0.2}, {"dropout": {"rate": 0.2}}),
        ("dropout", {"dropout": {"rate": 0.5}}),
        ("layer_norm", {"layer_norm": {}}),
        ({"layer_norm": None}, {"layer_norm": {}}),
        ({"dense": {"size": 2}}, {"dense": {"size": 2, "activation": "identity", "input": 3}}),
        ({"clockwork_rnn": 8}, {"clockwork_rnn": {"size": 8, "modules": 4}}),
    ],
)
def test_a_short_form_is_the_long_one(short: Any, long: Any) -> None:
    [a], [b] = bound(short), bound(long)
    assert (a.layer.name, a.layer.options) == (b.layer.name, b.layer.options)
    assert a.layer.parameters == b.layer.parameters


def test_each_input_is_the_output_before() -> None:
    chain = bound({"lstm": 5}, "layer_norm", {"dropout": 0.1}, {"dense": 2})
    assert [[i.shape for i in c.layer.inputs.values()] for c in chain] == [[(3,)], [(5,)], [(5,)], [(5,)]]
    assert [c.layer.output.shape for c in chain] == [(5,), (5,), (5,), (2,)]
    assert [c.setting for c in chain] == [
        ("model", "chain", 0, "lstm"),
        ("model", "chain", 1),
        ("model", "chain", 2, "dropout"),
        ("model", "chain", 3, "dense"),
    ]


def test_symbols_go_through_an_embedding() -> None:
    embedding, dense = bound({"embedding": 4}, {"dense": 2}, start=Signal((), 7))
    assert [p.shape for p in embedding.layer.parameters] == [(7, 4)]
    assert [p.shape for p in dense.layer.parameters] == [(2, 4), (2,)]


def test_an_explicit_input_is_held_against_what_comes_in() -> None:
    [layer] = bound({"lstm": {"size": 2, "input": 3}})
    assert "input" not in layer.layer.options
    assert unbound({"lstm": {"size": 2, "input": 4}}) == Problem(
        ("model", "chain", 0, "lstm", "input"), "input is 4, but what comes in here is 3"
    )
    [embedding] = bound({"embedding": {"size": 2, "input": 9}}, start=Signal((), 9))
    assert embedding.layer.parameters[0].shape == (9, 2)


def test_initializers_replace_those_of_the_definition() -> None:
    [layer] = bound({"lstm": {"size": 2, "init": {"bf": 3, "Ui": "zeros", "Wi": {"uniform": [-1, 1]}}}})
    first = {p.name: (p.method, p.arguments) for p in layer.layer.parameters}
    assert first["bf"] == ("constant", (3.0,))
    assert first["Ui"] == ("zeros", ())
    assert first["Wi"] == ("uniform", (-1.0, 1.0))
    assert first["Wf"] == ("glorot_uniform", ())
    [same] = bound({"dense": {"size": 2, "init": {"b": {"constant": 0.5}, "W": {"normal": [0.1]}}}})
    assert [(p.method, p.arguments) for p in same.layer.parameters] == [("normal", (0.1,)), ("constant", (0.5,))]


@pytest.mark.parametrize(
    ("everywhere", "own", "becomes"),
    [
        (False, None, "zeros"),
        (True, None, "learned"),
        (False, "learned", "learned"),
        (True, "zeros", "zeros"),
        (True, "learned", "learned"),
    ],
)
def test_the_initial_state(everywhere: bool, own: str | None, becomes: str) -> None:
    options = {"size": 2} if own is None else {"size": 2, "initial_state": own}
    lstm, dense = bound({"lstm": options}, {"dense": 1}, learned=everywhere)
    assert lstm.initial_state == becomes
    assert dense.initial_state == "zeros"
    assert lstm.layer.parameter_count == 4 * (2 * 3 + 2 * 2 + 2)
    assert lstm.parameter_count == lstm.layer.parameter_count + (4 if becomes == "learned" else 0)
    assert dense.parameter_count == 3


def test_every_layer_is_asked_for_the_options_it_lacks() -> None:
    problems = [p for name in names() for p in read_chain([name], {}, frozenset())[1]]
    assert {p.message for p in problems} == {
        f"{name} needs 'size'" for name in names() if name not in ("dropout", "layer_norm", "one_hot")
    }


def test_all_mistakes_of_a_chain_are_found() -> None:
    problems = written(5, {"gruu": 1}, {"lstm": {"size": 0, "x": 1, "init": {"q": 1}, "input": True}}, "dense", [])
    assert [(p.setting[2:], p.message) for p in problems] == [
        ((0,), "a layer is one name with its options, not 5"),
        ((1, "gruu"), "unknown layer 'gruu'"),
        ((2, "lstm", "input"), "input must be a whole number, not true"),
        ((2, "lstm", "init", "q"), "lstm has no parameter 'q'"),
        ((2, "lstm", "size"), "size must be at least 1, not 0"),
        ((2, "lstm", "x"), "unknown option 'x' of lstm"),
        ((3,), "dense needs 'size'"),
        ((4,), "a layer is one name with its options, not a list"),
    ]


def test_a_layer_of_more_parameters_than_a_machine_holds() -> None:
    size = 10**6
    problem = unbound({"dense": size}, {"dense": size + 1})
    assert size * (size + 1) > MOST_PARAMETERS
    assert problem.message == "dense would have 1e+12 parameters"
    assert problem.setting == ("model", "chain", 1, "dense")


def test_only_the_first_layer_that_does_not_fit_is_told_of() -> None:
    problem = unbound({"embedding": 3}, {"lstm": {"size": 2, "input": 9}})
    assert problem.message == "embedding takes symbols, and gets 3"


def test_a_state_that_may_not_be_learned() -> None:
    """`learn_initial_state` passes it over; asking for it by name is a mistake."""
    text = "counter: {state: {n: {shape: [input], learn: false}}, equations: n' = n + x, output: n'}"
    document = parse(text, "cells.yaml")
    cells, diagnostics = read_definitions(document, document.value, ())
    assert not diagnostics
    layers, problems = read_chain(["counter"], cells, frozenset())
    assert not problems
    [counter], problems = bind_chain(layers, Signal((1,)), learned=True)
    assert not problems
    assert (counter.initial_state, counter.parameter_count) == ("zeros", 0)
    _, [problem] = read_chain([{"counter": {"initial_state": "learned"}}], cells, frozenset())
    assert problem.message == "no state of counter can be learned"
