"""One layer as it is written: its definition, its options, and what every layer may be told."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, cast

from rnnctl.catalogue.reader import INITIALIZERS
from rnnctl.config.diagnose import describe
from rnnctl.equations.definition import Definition, OptionDefinition
from rnnctl.equations.functions import ACTIVATIONS
from rnnctl.equations.options import options_of
from rnnctl.errors import MOST_SOUGHT, Problem, SettingPath, nearest, number_meant

InitialState = Literal["zeros", "learned"]
Per = Literal["step", "window", "sequence"]
Initializers = Mapping[str, tuple[str, tuple[float, ...]]]
PERIODS: tuple[Per, ...] = ("step", "window", "sequence")
"""What a random draw may be made once for."""


@dataclass(frozen=True, slots=True)
class WrittenLayer:
    """A layer of a chain: its definition, the options given, and what every layer may be told.

    `per` says how often the layer's random draws are made, and overrules its definition.
    """

    definition: Definition
    options: Mapping[str, Any]
    input: int | None
    initial_state: InitialState | None
    init: Initializers
    per: Per | None
    setting: SettingPath


def extras_of(found: Definition) -> tuple[str, ...]:
    """What a layer may be told beside its own options; `per` where it draws, and has no option of that name."""
    draws = found.draws and "per" not in found.options
    return ("input", "initial_state", "init", "per") if draws else ("input", "initial_state", "init")


def _choices(found: Definition) -> list[str]:
    """All that a layer may be told, without what would mean nothing to it."""
    idle = {"initial_state": not found.states, "init": not found.parameters}
    return [*options_of(found), *(extra for extra in extras_of(found) if not idle.get(extra))]


def read_layer(
    found: Definition, value: Any, setting: SettingPath, *, ends: bool = False
) -> tuple[WrittenLayer | None, list[Problem]]:
    """What is written behind a layer's name, `32` or `{size: 32}`, or all that is wrong with it.

    The layer that ends a chain may leave its size to the target.
    """
    known = options_of(found)
    if value is None:
        given: dict[str, Any] = {}
    elif isinstance(value, dict):
        given = dict(value)
    elif "size" in known or len(known) == 1:  # the short form
        given = {"size" if "size" in known else next(iter(known)): value}
    else:
        listing = ", ".join(_choices(found))
        return None, [Problem(setting, f"{found.name} takes a mapping of options", f"options: {listing}")]
    problems: list[Problem] = []
    extras = {key: given.pop(key, None) for key in extras_of(found)}
    width, state, init, per = (extras.get(key) for key in ("input", "initial_state", "init", "per"))
    problems += _misused_extras(found, width, state, setting)
    if per is not None and per not in PERIODS:
        problems.append(wrong_period(per, (*setting, "per")))
    initializers, wrong = _read_initializers(found, init, (*setting, "init"))
    problems += wrong
    wrong = _misused_options(found, known, given, setting)
    problems += [p for p in wrong if not (ends and p.message == _needs(found, "size"))]
    if problems:
        return None, problems
    return WrittenLayer(found, given, width, cast(Any, state), initializers, cast(Any, per), setting), []


_OF_OTHERS = {
    "batch_first": "leave it out: rows always come first",
    "bidirectional": "write `bidirectional: {{{0}: 32}}`",
    "dropout": "write `- dropout: 0.2` as a layer of its own",
    "num_layers": "write `stack: {{layer: {{{0}: 32}}, depth: 2}}`",
    "return_sequences": "leave it out: what is asked stands under `data.target.each`, `step` or `sequence`",
}
"""Options that layers have elsewhere -> what says the same here."""


def wrong_period(per: Any, place: SettingPath) -> Problem:
    """A `per` that is none."""
    guess = nearest(per, PERIODS) if isinstance(per, str) else None
    message = f"per must be one of {', '.join(PERIODS)}, not {describe(per)}"
    return Problem(place, message, f"did you mean '{guess}'?" if guess else None)


def _misused_options(
    found: Definition, known: Mapping[str, OptionDefinition], given: Mapping[str, Any], setting: SettingPath
) -> list[Problem]:
    """What is wrong with the options of a definition: unknown, of another type, out of range, missing."""
    problems: list[Problem] = []
    for key, option in given.items():
        if len(problems) == MOST_SOUGHT:
            break
        if key not in known:
            choices = _choices(found)
            guess = nearest(key, choices)
            help_text = (f"did you mean '{guess}'? " if guess else "") + f"options: {', '.join(choices)}"
            help_text = _OF_OTHERS[key].format(found.name) if key in _OF_OTHERS else help_text
            problems.append(Problem((*setting, key), f"unknown option '{key}' of {found.name}", help_text, on="key"))
        elif (complaint := known[key].complaint(option)) is not None:
            wanted = complaint.replace("expected", "must be", 1)
            problems.append(
                Problem((*setting, key), f"{key} {wanted}, not {describe(option)}", _meant(known[key], option))
            )
        elif known[key].kind == "function" and option not in ACTIVATIONS:
            guess = nearest(str(option), ACTIVATIONS)
            help_text = (f"did you mean '{guess}'? " if guess else "") + f"functions: {', '.join(ACTIVATIONS)}"
            problems.append(Problem((*setting, key), f"unknown function '{option}'", help_text))
    misspelt = {nearest(key, known) for key in given if key not in known}
    for key, needed in known.items():
        if needed.default is None and key not in given and key not in misspelt:
            help_text = f"write `{found.name}: 32`" if key == "size" else f"write `{found.name}: {{{key}: …}}`"
            problems.append(Problem(setting, _needs(found, key), help_text, on="key"))
    return problems


def _meant(known: OptionDefinition, value: Any) -> str | None:
    """What to write for an option that is misspelt as a number, or a percentage where a share is asked for."""
    if 1 in (known.at_most, known.below) and isinstance(value, int | float) and 5 <= value <= 100:
        return f"write {value / 100:g} for {value:g} percent"
    return number_meant(value, whole=known.kind == "integer") if known.kind != "function" else None


def _needs(found: Definition, key: str) -> str:
    return f"{found.name} needs '{key}'"


def with_size(written: WrittenLayer, size: int) -> WrittenLayer:
    """The layer with its size, where it was left to the target."""
    option = options_of(written.definition).get("size")
    if option is None or option.default is not None or "size" in written.options:
        return written
    return replace(written, options={"size": size, **written.options})


def _misused_extras(found: Definition, width: Any, state: Any, setting: SettingPath) -> list[Problem]:
    """What is wrong with the settings that every layer may have."""
    problems: list[Problem] = []
    if width is not None and (isinstance(width, bool) or not isinstance(width, int)):
        problems.append(Problem((*setting, "input"), f"input must be a whole number, not {describe(width)}"))
    elif width is not None and width < 1:
        problems.append(Problem((*setting, "input"), f"input must be at least 1, not {width}"))
    place = (*setting, "initial_state")
    if state not in (None, "zeros", "learned"):
        problems.append(Problem(place, f"initial_state must be zeros or learned, not {describe(state)}"))
    elif state is not None and not found.states:
        problems.append(Problem(place, f"{found.name} has no state, so no initial one", on="key"))
    elif state == "learned" and not learnable(found):
        problems.append(Problem(place, f"no state of {found.name} can be learned"))
    return problems


def learnable(found: Definition) -> bool:
    """Whether any state of a layer may begin with a value that is learned."""
    return any(state.learn for state in found.states.values())


def _read_initializers(found: Definition, value: Any, setting: SettingPath) -> tuple[Initializers, list[Problem]]:
    """First values of parameters that a layer's `init` sets: `{bf: 1, Ui: orthogonal, E: {normal: 0.1}}`."""
    read: dict[str, tuple[str, tuple[float, ...]]] = {}
    problems: list[Problem] = []
    if value is None:
        return read, problems
    if not isinstance(value, dict):
        return read, [Problem(setting, f"init names parameters, not {describe(value)}", "write {bf: 1}")]
    for name, item in value.items():
        if len(problems) == MOST_SOUGHT:
            break
        place = (*setting, name)
        if name not in found.parameters:
            known = ", ".join(found.parameters) or "none"
            problems.append(Problem(place, f"{found.name} has no parameter '{name}'", f"parameters: {known}", on="key"))
            continue
        method, arguments = _one_initializer(item)
        place = (*place, method) if isinstance(item, dict) and isinstance(method, str) else place
        problem = _wrong_initializer(name, len(found.parameters[name].shape), method, arguments, place)
        if problem is not None:
            problems.append(problem)
        else:
            read[name] = (method, tuple(float(a) for a in arguments))
    return read, problems


def _one_initializer(item: Any) -> tuple[Any, list[Any]]:
    """The method and the arguments of `orthogonal`, `{normal: 0.1}`, `{uniform: [-1, 1]}`, or a number alone."""
    if isinstance(item, int | float) and not isinstance(item, bool):
        return "constant", [item]
    if isinstance(item, dict) and len(item) == 1:
        [(method, argument)] = item.items()
        return method, argument if isinstance(argument, list) else [argument]
    return item, []


def _wrong_initializer(name: str, rank: int, method: Any, arguments: list[Any], place: SettingPath) -> Problem | None:
    """What is wrong with the first values of one parameter, if anything."""
    if not isinstance(method, str) or method not in INITIALIZERS:
        guess = nearest(method, INITIALIZERS) if isinstance(method, str) else None
        help_text = (f"did you mean '{guess}'? " if guess else "") + f"one of {', '.join(INITIALIZERS)}, or a number"
        if not isinstance(method, str):
            return Problem(place, f"an initializer is a name or a number, not {describe(method)}", help_text)
        return Problem(
            place, f"unknown initializer '{method}'", help_text, on="key" if place[-1] == method else "value"
        )
    wanted = INITIALIZERS[method]
    if len(arguments) != wanted or not all(_is_number(a) for a in arguments):
        count = "no number" if wanted == 0 else "one finite number" if wanted == 1 else f"{wanted} finite numbers"
        return Problem(place, f"{method} takes {count}")
    if method == "normal" and arguments[0] < 0:
        return Problem(place, f"normal takes a deviation of at least 0, not {arguments[0]}")
    if method == "uniform" and arguments[0] > arguments[1]:
        return Problem(place, f"uniform takes the smaller number first, not {arguments[0]} and {arguments[1]}")
    if rank < 2 and method in ("glorot_normal", "glorot_uniform", "identity", "orthogonal"):
        return Problem(place, f"{method} is for matrices, and {name} is none")
    return None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
