"""The layers of a chain as they are written, and bound one after the other to their sizes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from rnnctl.catalogue import definition, names
from rnnctl.catalogue.reader import INITIALIZERS
from rnnctl.config.diagnose import describe
from rnnctl.equations.bind import bind, with_initializers
from rnnctl.equations.definition import Definition, OptionDefinition
from rnnctl.equations.functions import ACTIVATIONS
from rnnctl.equations.layer import Layer, Signal
from rnnctl.equations.options import OptionError, options_of
from rnnctl.equations.syntax import EquationError
from rnnctl.errors import Problem, SettingPath, nearest

InitialState = Literal["zeros", "learned"]
Initializers = Mapping[str, tuple[str, tuple[float, ...]]]
MOST_PARAMETERS = 10**12
_EXTRAS = ("input", "initial_state", "init")


@dataclass(frozen=True, slots=True)
class WrittenLayer:
    """One item of a chain: its definition, the options given, and what every layer may be told."""

    definition: Definition
    options: Mapping[str, Any]
    input: int | None
    initial_state: InitialState | None
    init: Initializers
    setting: SettingPath


@dataclass(frozen=True, slots=True)
class ChainLayer:
    """One layer of a resolved chain."""

    layer: Layer
    initial_state: InitialState
    init: Initializers
    setting: SettingPath

    @property
    def parameter_count(self) -> int:
        """How many numbers are trained, a learned initial state among them."""
        learned = self.layer.states if self.initial_state == "learned" else ()
        return self.layer.parameter_count + sum(math.prod(s.shape) for s in learned if s.learn)


def read_chain(
    items: Sequence[Any], cells: Mapping[str, Definition], broken: frozenset[str]
) -> tuple[list[WrittenLayer], list[Problem]]:
    """The layers of a chain, or all that is wrong with how they are written.

    `cells` are the user's definitions; `broken` names those that have mistakes of their own.
    """
    layers: list[WrittenLayer] = []
    problems: list[Problem] = []
    for position, item in enumerate(items):
        setting: SettingPath = ("model", "chain", position)
        name, options, wrong = _one_layer(item, setting)
        problems += wrong
        if name is None or name in broken:
            continue
        setting = (*setting, name) if isinstance(item, dict) else setting
        if name not in cells and name not in names():
            problems.append(_unknown_layer(name, setting, cells))
            continue
        found = cells.get(name) or definition(name)
        layer, wrong = _read_layer(found, options, setting)
        problems += wrong
        if layer is not None:
            layers.append(layer)
    return layers, problems


def _one_layer(item: Any, setting: SettingPath) -> tuple[str | None, Any, list[Problem]]:
    """The name of a layer and what is written behind it: `lstm: 32`, `dense: {…}`, or `layer_norm` alone."""
    if isinstance(item, str):
        return item, None, []
    if isinstance(item, dict) and len(item) == 1:
        [(name, options)] = item.items()
        return name, options, []
    what = f"{len(item)} keys" if isinstance(item, dict) else describe(item)
    help_text = "write `- lstm: 32` or `- lstm: {size: 32}`"
    return None, None, [Problem(setting, f"a layer is one name with its options, not {what}", help_text)]


def _unknown_layer(name: str, setting: SettingPath, cells: Mapping[str, Definition]) -> Problem:
    known = [*cells, *names()]
    listing = f"layers: {', '.join(known)}"
    guess = nearest(name, known)
    help_text = f"did you mean '{guess}'? {listing}" if guess else listing
    return Problem(setting, f"unknown layer '{name}'", help_text, on="key")


def _read_layer(found: Definition, value: Any, setting: SettingPath) -> tuple[WrittenLayer | None, list[Problem]]:
    known = options_of(found)
    if value is None:
        given: dict[str, Any] = {}
    elif isinstance(value, dict):
        given = dict(value)
    elif "size" in known or len(known) == 1:  # the short form
        given = {"size" if "size" in known else next(iter(known)): value}
    else:
        listing = ", ".join([*known, *_EXTRAS])
        return None, [Problem(setting, f"{found.name} takes a mapping of options", f"options: {listing}")]
    problems: list[Problem] = []
    width, state, init = (given.pop(key, None) for key in _EXTRAS)
    problems += _misused_extras(found, width, state, setting)
    initializers, wrong = _read_initializers(found, init, (*setting, "init"))
    problems += wrong
    problems += _misused_options(found, known, given, setting)
    if problems:
        return None, problems
    return WrittenLayer(found, given, width, cast(Any, state), initializers, setting), []


def _misused_options(
    found: Definition, known: Mapping[str, OptionDefinition], given: Mapping[str, Any], setting: SettingPath
) -> list[Problem]:
    """What is wrong with the options of a definition: unknown, of another type, out of range, missing."""
    problems: list[Problem] = []
    for key, option in given.items():
        if key not in known:
            choices = [*known, *_EXTRAS]
            guess = nearest(key, choices)
            help_text = (f"did you mean '{guess}'? " if guess else "") + f"options: {', '.join(choices)}"
            problems.append(Problem((*setting, key), f"unknown option '{key}' of {found.name}", help_text, on="key"))
        elif (complaint := known[key].complaint(option)) is not None:
            wanted = complaint.replace("expected", "must be", 1)
            problems.append(Problem((*setting, key), f"{key} {wanted}, not {describe(option)}"))
        elif known[key].kind == "function" and option not in ACTIVATIONS:
            guess = nearest(str(option), ACTIVATIONS)
            help_text = (f"did you mean '{guess}'? " if guess else "") + f"functions: {', '.join(ACTIVATIONS)}"
            problems.append(Problem((*setting, key), f"unknown function '{option}'", help_text))
    misspelt = {nearest(key, known) for key in given if key not in known}
    for key, needed in known.items():
        if needed.default is None and key not in given and key not in misspelt:
            help_text = f"write `{found.name}: 32`" if key == "size" else f"write `{found.name}: {{{key}: …}}`"
            problems.append(Problem(setting, f"{found.name} needs '{key}'", help_text, on="key"))
    return problems


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
    elif state == "learned" and not _learnable(found):
        problems.append(Problem(place, f"no state of {found.name} can be learned"))
    return problems


def _learnable(found: Definition) -> bool:
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
        place = (*setting, name)
        if name not in found.parameters:
            known = ", ".join(found.parameters) or "none"
            problems.append(Problem(place, f"{found.name} has no parameter '{name}'", f"parameters: {known}", on="key"))
            continue
        method, arguments = _one_initializer(item)
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
        return Problem(place, f"unknown initializer '{method}'", help_text)
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


def bind_chain(
    layers: Sequence[WrittenLayer], start: Signal, *, learned: bool
) -> tuple[list[ChainLayer], list[Problem]]:
    """The layers with their sizes, each one's input the output of the one before; or the first that does not fit."""
    bound: list[ChainLayer] = []
    signal = start
    for written in layers:
        found = written.definition
        problem = _misfit(written, signal)
        if problem is not None:
            return bound, [problem]
        [name] = found.inputs
        try:
            layer = bind(found, {name: signal}, written.options)
        except OptionError as error:
            place = (*written.setting, error.option) if error.option in written.options else written.setting
            on: Literal["key", "value"] = "value" if error.option in written.options else "key"
            return bound, [Problem(cast(SettingPath, place), error.message, error.help, on=on)]
        except EquationError as error:
            message = f"{found.name} cannot be made here: {error.message}"
            return bound, [Problem(written.setting, message, error.help, on="key")]
        state = written.initial_state or ("learned" if learned and _learnable(found) else "zeros")
        layer = with_initializers(layer, written.init)
        bound.append(ChainLayer(layer, state, written.init, written.setting))
        signal = layer.output
        if layer.parameter_count > MOST_PARAMETERS:
            message = f"{found.name} would have {layer.parameter_count:.2g} parameters"
            return bound, [
                Problem(written.setting, message, "no machine holds so many; write a smaller size", on="key")
            ]
    return bound, []


def _misfit(written: WrittenLayer, signal: Signal) -> Problem | None:
    """Why a layer cannot stand behind a signal, where its own sizes do not tell."""
    found = written.definition
    if len(found.inputs) != 1:
        names_ = ", ".join(found.inputs)
        return Problem(written.setting, f"{found.name} has several inputs ({names_}); a chain feeds one", on="key")
    width = signal.symbols if signal.symbols is not None else signal.shape[0] if len(signal.shape) == 1 else None
    if width is None:
        return Problem(
            written.setting, f"{found.name} gets a value of shape {list(signal.shape)}, not a vector", on="key"
        )
    if written.input is not None and written.input != width:
        return Problem((*written.setting, "input"), f"input is {written.input}, but what comes in here is {signal}")
    return None
