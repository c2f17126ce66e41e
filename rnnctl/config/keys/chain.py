"""The keys of a chain: the options of each layer of the catalogue, what every layer may be told, and the members."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rnnctl.catalogue import definition, names
from rnnctl.catalogue.reader import INITIALIZERS
from rnnctl.config.keys.key import INITIALIZER, MAPPING, NOTHING, NUMBER, Form, Key, list_of, one_of
from rnnctl.config.layers import PERIODS, extras_of, learnable
from rnnctl.config.members import MERGES
from rnnctl.equations.definition import Definition, OptionDefinition
from rnnctl.equations.functions import ACTIVATIONS
from rnnctl.equations.options import options_of

CHAIN = "model.chain"
LAYER, LAYERS = Form(("layer",)), Form(("layers",))

PLAIN = Form(INITIALIZER.types, ("ones", "zeros"))
"""Those of a parameter that is no matrix."""
METHODS = {
    name: list_of(NUMBER, minItems=takes, maxItems=takes) | (NUMBER if takes == 1 else Form())
    for name, takes in INITIALIZERS.items()
}
"""What stands behind the name of each method."""

_LIMITS = {"at_least": "minimum", "at_most": "maximum", "above": "exclusiveMinimum", "below": "exclusiveMaximum"}
_SIZE = "the width: how many values the layer gives at each step; at the end of a chain it may be left out"
_VALUES: Mapping[str, Any] = {"size": 32, "modules": 8, "depth": 2, "rate": 0.2, "activation": "relu"}
"""Of options, values that differ from the defaults."""
_INITIAL: Mapping[bool, tuple[Any, ...]] = {True: ("orthogonal", {"normal": 0.1}), False: (0.5,)}
"""First values of a matrix, and of another parameter."""


def chain_keys() -> Iterator[Key]:
    """All layers and members, each before its options."""
    for name in names():
        yield from layer_keys(definition(name))
    yield from _members()


def layer_keys(found: Definition) -> Iterator[Key]:
    """A layer, its options, and what every layer may be told."""
    path, options, extras = f"{CHAIN}.{found.name}", options_of(found), extras_of(found)
    short = "size" if "size" in options else next(iter(options)) if len(options) == 1 else None
    needed = {name: _value(name, option) for name, option in options.items() if option.default is None}
    form = MAPPING | NOTHING
    examples: tuple[Any, ...] = (needed,)
    if short is not None:
        form = _form(options[short]) | form
        examples = (_value(short, options[short]), *([{**needed, **_more(options)}] if _more(options) else ()))
    yield Key(path, found.summary, form, examples, short=short, source=found.source)
    for name, option in options.items():
        must = option.default is None
        summary = option.summary or (_SIZE if name == "size" else f"an option of {found.name}")
        default = ... if must else option.default
        yield Key(f"{path}.{name}", summary, _form(option), (_value(name, option),), default, required=must)
    yield Key(
        f"{path}.input", "the width of what comes in, to have it checked; null: not checked", _input(), (10,), None
    )
    if found.states:
        choices = ("zeros", "learned") if learnable(found) else ("zeros",)
        summary = "the carry at a reset; null: as `learn_initial_state` says"
        yield Key(f"{path}.initial_state", summary, one_of(*choices) | NOTHING, (choices[-1],), None)
    if found.parameters:
        yield from _initials(path, found)
    if "per" in extras:
        every = sorted({draw.per for draw in found.draws.values()})
        summary = f"what a random draw is made once for; null: {' or '.join(every)}"
        yield Key(f"{path}.per", summary, one_of(*PERIODS) | NOTHING, ("sequence",), None)


def _form(option: OptionDefinition) -> Form:
    if option.kind == "function":
        return one_of(*ACTIVATIONS)
    limits = {word: value for name, word in _LIMITS.items() if (value := getattr(option, name)) is not None}
    return Form(("integer" if option.kind == "integer" else "number",), limits=limits)


def _input() -> Form:
    return Form(("integer",), limits={"minimum": 1}) | NOTHING


def _value(name: str, option: OptionDefinition) -> Any:
    return _VALUES.get(name, option.default)


def _more(options: Mapping[str, OptionDefinition]) -> dict[str, Any]:
    return {name: _value(name, option) for name, option in options.items() if option.default is not None}


def _initials(path: str, found: Definition) -> Iterator[Key]:
    """The key `init`, and in it each parameter."""
    ranks = {name: len(parameter.shape) for name, parameter in found.parameters.items()}
    first, rank = next(iter(ranks.items()))
    summary = "first values of parameters, by name; null: as the layer's own equations say"
    yield Key(f"{path}.init", summary, MAPPING | NOTHING, ({first: _INITIAL[rank > 1][-1]},), None)
    for name, value in _written(found).items():
        summary = f"first values of {name}; by default {_words(value)}"
        form = INITIALIZER if ranks[name] > 1 else PLAIN
        yield Key(f"{path}.init.{name}", summary, form, _INITIAL[ranks[name] > 1])


def _written(found: Definition) -> dict[str, Any]:
    """Each parameter's `init` as the definition has it."""
    return {
        name.strip(): item["init"]
        for names_, item in found.as_written["parameters"].items()
        for name in names_.split(",")
    }


def _words(value: Any) -> str:
    if not isinstance(value, Mapping):
        return str(value)
    [(method, argument)] = value.items()
    return f"{method} {' to '.join(map(str, argument)) if isinstance(argument, list) else argument}"


def _members() -> Iterator[Key]:
    """What may stand in a chain beside a layer."""
    stack, both = f"{CHAIN}.stack", f"{CHAIN}.bidirectional"
    rate = Form(("number",), limits={"minimum": 0, "exclusiveMaximum": 1})
    yield Key(
        both,
        "runs its layers from the first step to the last, and others like them from the last to the first",
        LAYERS | MAPPING,
        ({"lstm": 32}, {"layer": {"lstm": 32}, "merge": "sum"}),
        short="layer",
    )
    yield Key(f"{both}.layer", "what runs in both directions", LAYERS, ({"lstm": 32},), required=True)
    yield Key(f"{both}.merge", "how the outputs of both directions become one", one_of(*MERGES), ("sum",), "concat")
    summary = "keeps the answer at the end of a sequence; for targets with `each: sequence`"
    yield Key(f"{CHAIN}.last", summary, MAPPING | NOTHING, (None,))
    summary = "adds what its layers give to what they get: y = x + f(x); both are as wide"
    yield Key(f"{CHAIN}.residual", summary, LAYERS, ([{"lstm": 32}],))
    yield Key(
        stack,
        "`layer` over and over, `depth` times, each with parameters of its own, `dropout` between them",
        MAPPING,
        ({"layer": {"lstm": 32}, "depth": 2, "dropout": 0.2},),
    )
    yield Key(f"{stack}.layer", "what is stacked", LAYERS, ({"lstm": 32},), required=True)
    yield Key(f"{stack}.depth", "how many times", Form(("integer",), limits={"minimum": 1}), (2,), required=True)
    summary = "the share of values that is zeroed between two layers in training; null: none"
    yield Key(f"{stack}.dropout", summary, rate | NOTHING, (0.2,), None)
    summary = "what the dropout between layers is drawn once for; null: step"
    yield Key(f"{stack}.per", summary, one_of(*PERIODS) | NOTHING, ("sequence",), None)
