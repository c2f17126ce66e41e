"""The layers of a chain as they are written, and what they become."""

from __future__ import annotations

from typing import Any

import pytest

from rnnctl.catalogue import names, read_definitions
from rnnctl.config import parse_config, resolve
from rnnctl.config.chain import (
    MOST_PARAMETERS,
    Bidirectional,
    ChainLayer,
    Member,
    bind_chain,
    layers_of,
    named,
    named_chain,
    walk,
)
from rnnctl.config.members import bidirectional_problems, read_chain
from rnnctl.config.resolve import examined
from rnnctl.config.sections import TrainingSection
from rnnctl.document import parse
from rnnctl.equations.layer import Signal
from rnnctl.errors import ConfigError, Problem


def written(*items: Any) -> list[Problem]:
    layers, problems = read_chain(items, {}, frozenset())
    assert (layers is None) == bool(problems)
    return problems


def bound(*items: Any, start: Signal | None = None, learned: bool = False) -> list[ChainLayer]:
    layers, problems = read_chain(items, {}, frozenset())
    assert not problems, problems
    assert layers is not None
    chain, problems = bind_chain(layers, start or Signal((3,)), learned=learned)
    assert not problems, problems
    found = [member for member in chain if isinstance(member, ChainLayer)]
    assert len(found) == len(chain)
    return found


def unbound(*items: Any, start: Signal | None = None) -> Problem:
    layers, problems = read_chain(items, {}, frozenset())
    assert not problems, problems
    assert layers is not None
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
        ("model", "chain", 0, "lstm", "input"),
        "input is 4, but what comes in here is 3",
        "write input: 3, or leave it out: it follows from what comes in",
        id="input-width",
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
    problems = [p for name in names() for p in read_chain([name, {"dense": 1}], {}, frozenset())[1]]
    assert {p.message for p in problems} == {
        f"{name} needs 'size'" for name in names() if name not in ("dropout", "layer_norm", "mean", "one_hot")
    }


def test_the_layer_that_ends_a_chain_may_leave_its_size_to_the_target() -> None:
    text = "data: {task: reber}\nmodel: {chain: [one_hot, {rnn: 4}, %s]}\ntraining: {loss: cross_entropy}\n"
    for end in ("dense", "dense: {activation: tanh}", "rnn"):
        config = parse_config(text % (f"{{{end}}}" if ":" in end else end), "c.yaml")
        resolved = resolve(config, examined(config))
        assert resolved.layers[-1].layer.options["size"] == 7
        assert "size: 7" in resolved.as_text()
    for chain in ("[one_hot, rnn, {dense: 7}]", "[one_hot, {residual: [dense]}]", "[one_hot, {bidirectional: rnn}]"):
        with pytest.raises(ConfigError, match="needs 'size'"):
            parse_config(f"data: {{task: reber}}\nmodel: {{chain: {chain}}}\ntraining: {{loss: mse}}\n", "c.yaml")


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
    assert problem.message == "embedding takes symbols, and gets 3 numbers"


def test_a_state_that_may_not_be_learned() -> None:
    """`learn_initial_state` passes it over; asking for it by name is a mistake."""
    text = "counter: {state: {n: {shape: [input], learn: false}}, equations: n' = n + x, output: n'}"
    document = parse(text, "cells.yaml")
    cells, diagnostics = read_definitions(document, document.value, ())
    assert not diagnostics
    layers, problems = read_chain(["counter"], cells, frozenset())
    assert layers is not None
    [counter], problems = bind_chain(layers, Signal((1,)), learned=True)
    assert not problems
    assert isinstance(counter, ChainLayer)
    assert (counter.initial_state, counter.parameter_count) == ("zeros", 0)
    _, [problem] = read_chain([{"counter": {"initial_state": "learned"}}], cells, frozenset())
    assert problem.message == "no state of counter can be learned"


# members that span layers


def chained(*items: Any, start: Signal | None = None, learned: bool = False) -> list[Member]:
    members, problems = read_chain(items, {}, frozenset())
    assert members is not None, problems
    chain, problems = bind_chain(members, start or Signal((3,)), learned=learned)
    assert not problems, problems
    return chain


def shapes(*items: Any) -> list[tuple[str, str]]:
    return [(named(m), str(m.output)) for m in chained(*items)]


def test_members_hand_on_what_their_layers_make() -> None:
    assert shapes(
        {"residual": [{"lstm": 5}, {"dense": 3}]},
        {"bidirectional": {"gru": 4}},
        {"bidirectional": {"layer": [{"gru": 4}, "layer_norm"], "merge": "sum"}},
        "last",
        {"residual": {"dense": 4}},
    ) == [
        ("residual(lstm → dense)", "3"),
        ("bidirectional(gru)", "8"),
        ("bidirectional(gru → layer_norm)", "4"),
        ("last", "4"),
        ("residual(dense)", "4"),
    ]


def test_places_follow_the_chain_as_it_is_written_out() -> None:
    chain = chained(
        {"stack": {"layer": {"residual": [{"gru": 3}]}, "depth": 2, "dropout": 0.1}},
        {"bidirectional": {"lstm": 4}},
        {"bidirectional": [{"lstm": 4}, {"residual": "layer_norm"}]},
    )
    assert [(m.place, m.layer.name) for m in layers_of(chain)] == [
        ("0.0", "gru"),
        ("1", "dropout"),
        ("2.0", "gru"),
        ("3.forward", "lstm"),
        ("3.backward", "lstm"),
        ("4.forward.0", "lstm"),
        ("4.forward.1.0", "layer_norm"),
        ("4.backward.0", "lstm"),
        ("4.backward.1.0", "layer_norm"),
    ]
    assert [m.place for m in walk(chain)][:3] == ["0", "0.0", "1"]
    stacked = ("model", "chain", 0, "stack")
    assert [m.setting for m in layers_of(chain)][:2] == [(*stacked, "layer", "residual", 0, "gru"), stacked]


def test_a_direction_has_what_the_other_has() -> None:
    both = {"lstm": {"size": 2, "init": {"bf": 3}, "initial_state": "learned"}}
    forward, backward = layers_of(chained({"bidirectional": both}))
    assert forward.layer.parameters == backward.layer.parameters
    assert forward.parameter_count == backward.parameter_count == 4 * (2 * 3 + 2 * 2 + 2) + 4


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ([{"bidirectional": {"gru": 4}}], [{"bidirectional": {"layer": [{"gru": 4}], "merge": "concat"}}]),
        ([{"residual": {"gru": 3}}], [{"residual": [{"gru": 3}]}]),
        ([{"residual": "layer_norm"}], [{"residual": [{"layer_norm": None}]}]),
        ([{"last": None}], ["last"]),
        ([{"stack": {"layer": {"gru": 3}, "depth": 1}}], [{"gru": 3}]),
        (
            [{"stack": {"layer": [{"gru": 3}, "layer_norm"], "depth": 2, "dropout": 0.5}}],
            [{"gru": 3}, "layer_norm", {"dropout": 0.5}, {"gru": 3}, "layer_norm"],
        ),
        (
            [{"stack": {"layer": {"stack": {"layer": {"gru": 3}, "depth": 2}}, "depth": 2}}],
            [{"gru": 3}] * 4,
        ),
    ],
)
def test_members_have_short_forms(short: list[Any], long: list[Any]) -> None:
    a, b = chained(*short), chained(*long)
    assert list(map(named, a)) == list(map(named, b))
    assert [(m.place, m.layer.parameters) for m in layers_of(a)] == [
        (m.place, m.layer.parameters) for m in layers_of(b)
    ]


@pytest.mark.parametrize("per", ["step", "window", "sequence"])
def test_how_often_a_layer_draws(per: str) -> None:
    dropout, zoneout = layers_of(
        chained({"dropout": {"rate": 0.1, "per": per}}, {"zoneout_lstm": {"size": 2, "per": per}})
    )
    assert [d.per for d in (*dropout.layer.draws, *zoneout.layer.draws)] == [per] * 3
    stacked = layers_of(chained({"stack": {"layer": {"gru": 3}, "depth": 2, "dropout": 0.1, "per": per}}))
    assert [(d.per, d.probability) for d in stacked[1].layer.draws] == [(per, 0.9)]


def nested(depth: int) -> Any:
    item: Any = "layer_norm"
    for _ in range(depth):
        item = {"residual": [item]}
    return item


@pytest.mark.parametrize(
    ("item", "setting", "message"),
    [
        ({"residual": []}, ("residual",), "residual holds a layer, or a list of layers"),
        ({"bidirectional": None}, ("bidirectional",), "bidirectional holds a layer, or a list of layers"),
        ({"residual": 3}, ("residual",), "a layer is one name with its options, not 3"),
        ({"residual": [{"gruu": 3}]}, ("residual", 0, "gruu"), "unknown layer 'gruu'"),
        ({"bidirectional": {"gru": 0}}, ("bidirectional", "gru", "size"), "size must be at least 1, not 0"),
        (
            {"bidirectional": {"layer": {"gru": 2}, "merge": "add"}},
            ("bidirectional", "merge"),
            "merge must be one of concat, sum, mean, not the text 'add'",
        ),
        (
            {"bidirectional": {"gru": 2, "merge": "sum"}},
            ("bidirectional",),
            "bidirectional needs 'layer' beside 'merge'",
        ),
        (
            {"bidirectional": {"layer": {"gru": 2}, "join": "sum"}},
            ("bidirectional", "join"),
            "unknown key 'join' of bidirectional",
        ),
        ({"stack": 3}, ("stack",), "stack is a mapping, not 3"),
        ({"stack": {"layer": {"gru": 2}}}, ("stack",), "stack needs 'depth'"),
        ({"stack": {"depth": 2}}, ("stack",), "stack needs 'layer'"),
        ({"stack": {"layer": {"gru": 2}, "dept": 2}}, ("stack", "dept"), "unknown key 'dept' of stack"),
        ({"stack": {"layer": {"gru": 2}, "depth": 0}}, ("stack", "depth"), "depth must be at least 1, not 0"),
        (
            {"stack": {"layer": {"gru": 2}, "depth": 2.0}},
            ("stack", "depth"),
            "depth must be a whole number, not 2.0",
        ),
        (
            {"stack": {"layer": {"gru": 2}, "depth": 10**9}},
            ("stack", "depth"),
            "a chain has at most 10,000 layers, and its stacks alone would have 1,000,000,000",
        ),
        (
            {"stack": {"layer": {"gru": 2}, "depth": 2, "dropout": 1}},
            ("stack", "dropout"),
            "dropout must be below 1, not 1",
        ),
        (
            {"stack": {"layer": {"gru": 2}, "depth": 2, "dropout": {"rate": 0.1}}},
            ("stack", "dropout"),
            "dropout must be a number, not a mapping",
        ),
        (
            {"stack": {"layer": {"gru": 2}, "depth": 2, "dropout": 0.1, "per": "row"}},
            ("stack", "per"),
            "per must be one of step, window, sequence, not the text 'row'",
        ),
        (
            {"stack": {"layer": {"gru": 2}, "depth": 2, "per": "step"}},
            ("stack", "per"),
            "per says for what dropout is drawn once, and this stack has none",
        ),
        (
            {"dropout": {"rate": 0.1, "per": "steps"}},
            ("dropout", "per"),
            "per must be one of step, window, sequence, not the text 'steps'",
        ),
        ({"lstm": {"size": 2, "per": "step"}}, ("lstm", "per"), "unknown option 'per' of lstm"),
        ({"last": 3}, ("last",), "last has no options"),
        ({"residual": ["last"]}, ("residual", 0), "last stands in the chain itself, not in residual"),
        (nested(9), ("residual", 0) * 8 + ("residual",), "members of a chain are nested at most 8 deep"),
    ],
)
def test_a_member_that_is_written_wrong(item: Any, setting: tuple[str | int, ...], message: str) -> None:
    [problem] = written({"gru": 3}, item)
    assert (problem.setting, problem.message) == (("model", "chain", 1, *setting), message)


def test_stacks_in_stacks_are_counted_before_they_are_written_out() -> None:
    item: Any = {"gru": 2}
    for _ in range(7):
        item = {"stack": {"layer": item, "depth": 1000}}
    [problem] = written(item)
    assert problem.message == "a chain has at most 10,000 layers, and its stacks alone would have 1,001,000"
    [problem] = written(*[{"gru": 2}] * 10_001)
    assert problem == Problem(("model", "chain"), "a chain has at most 10,000 layers, and here are 10,001", on="key")
    both: Any = {"stack": {"layer": {"gru": 2}, "depth": 3000}}
    [problem] = written({"bidirectional": {"bidirectional": both}})
    assert problem.message == "a chain has at most 10,000 layers, and here are 12,000"


def test_layers_written_alike_are_worked_out_once() -> None:
    first, *others = bound(*[{"gru": 4}] * 4, {"gru": {"size": 4, "init": {"bz": 1}}}, {"dense": 4})
    assert first.layer is not others[0].layer  # another width comes in
    assert others[0].layer is others[1].layer is others[2].layer
    assert others[3].layer is not others[2].layer  # other first values
    assert [member.place for member in (first, *others)] == ["0", "1", "2", "3", "4", "5"]


def test_a_long_chain_is_named_by_its_ends() -> None:
    assert named_chain(bound(*[{"gru": 4}] * 12)) == " → ".join(["gru"] * 12)
    assert (
        named_chain(bound({"rnn": 4}, *[{"gru": 4}] * 2000, {"dense": 1}))
        == "rnn → gru → gru → gru → … 1,996 more … → gru → dense"
    )


def test_no_cell_is_named_as_a_member() -> None:
    document = parse("stack: {output: 2 * x}", "cells.yaml")
    cells, diagnostics = read_definitions(document, document.value, ())
    assert not diagnostics
    members, problems = read_chain([{"dense": 1}], cells, frozenset())
    assert members is None
    assert problems == [
        Problem(("cells", "stack"), "'stack' is a member of chains", "give your cell another name", on="key")
    ]


def test_a_broken_cell_inside_a_member_is_not_told_of_again() -> None:
    assert read_chain([{"residual": [{"mine": 3}]}], {}, frozenset({"mine"})) == (None, [])


@pytest.mark.parametrize(
    ("items", "start", "setting", "message", "help_text"),
    [
        (
            [{"residual": {"lstm": 5}}],
            Signal((3,)),
            (0, "residual"),
            "residual adds 3 numbers, its input, to 5 numbers, the output of its layers",
            "the two must be as wide",
        ),
        (
            [{"residual": {"embedding": 5}}],
            Signal((), 7),
            (0, "residual"),
            "residual adds 7 symbols, its input, to 5 numbers, the output of its layers",
            "put an embedding or one_hot before it",
        ),
        (
            [{"bidirectional": {"gru": {"size": 2, "input": 4}}}],
            Signal((3,)),
            (0, "bidirectional", "gru", "input"),
            "input is 4, but what comes in here is 3",
            "write input: 3, or leave it out: it follows from what comes in",
        ),
        (
            [{"gru": 2}, "last", {"residual": {"gru": 2}}],
            Signal((3,)),
            (2, "residual"),
            "residual(gru) has a state, and behind last there is one step",
            "put it before `last`",
        ),
    ],
)
def test_a_member_that_does_not_fit(
    items: list[Any], start: Signal, setting: tuple[str | int, ...], message: str, help_text: str | None
) -> None:
    problem = unbound(*items, start=start)
    assert (problem.setting[2:], problem.message, problem.help) == (setting, message, help_text)


def test_symbols_may_be_read_from_both_ends() -> None:
    [both] = chained({"bidirectional": [{"embedding": 4}, {"gru": 2}]}, start=Signal((), 7))
    assert (str(both.output), named(both)) == ("4", "bidirectional(embedding → gru)")


def test_last_tells_the_member_before_it() -> None:
    ends = [
        m.ends
        for m in chained({"bidirectional": {"gru": 2}}, {"bidirectional": {"gru": 2}}, "last")
        if isinstance(m, Bidirectional)
    ]
    assert ends == [False, True]


def settings(**training: Any) -> TrainingSection:
    return TrainingSection.model_validate({"loss": "mse", **training})


@pytest.mark.parametrize(
    ("training", "told"),
    [
        ({}, []),
        ({"window": 4, "reset": "window"}, []),
        (
            {"window": 4},
            [
                (
                    "a bidirectional layer reads each sequence from its end too, and window: 4 cuts it before",
                    "write window: null, or reset: window, with which each window stands alone",
                )
            ],
        ),
        (
            {"batching": "streams", "window": 4},
            [
                (
                    "a bidirectional layer reads each sequence from its end too, "
                    "and the rows of batching: streams have none in sight",
                    "write batching: sequences",
                )
            ],
        ),
        (
            {"reset": {"before": "first", "after": "done"}},
            [
                (
                    f"a bidirectional layer reads each sequence from its end too, and reset.{key} cuts it where "
                    "a column says",
                    f"leave reset.{key} out",
                )
                for key in ("before", "after")
            ],
        ),
    ],
)
def test_where_both_directions_have_no_meaning(training: dict[str, Any], told: list[tuple[str, str]]) -> None:
    items = [{"gru": 3}, {"residual": {"bidirectional": {"layer": {"gru": 3}, "merge": "sum"}}}]
    members, _ = read_chain(items, {}, frozenset())
    assert members is not None
    found = list(bidirectional_problems(members, settings(**training)))
    assert [(p.message, p.help) for p in found] == told
    assert {p.setting for p in found} <= {("model", "chain", 1, "residual", "bidirectional")}
    assert list(bidirectional_problems(members[:1], settings(**training))) == []
