"""Layers for people: a list, or one with its options, state, parameters and equations as its YAML has them."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rnnctl.equations.definition import Definition, OptionDefinition
from rnnctl.equations.options import options_of
from rnnctl.report.strip import Look

_LEAST = 40


def list_lines(cells: Iterable[Definition], look: Look) -> Iterator[str]:
    """Name, summary and source of each layer."""
    known = list(cells)
    lead = max(len(cell.name) for cell in known)
    for cell in known:
        name = look.strong(f"{cell.name:<{lead}}")
        for line in wrapped(cell.summary or "(no summary)", look.width - lead - 2):
            yield f"{name}  {line}"
            name = " " * lead
        for line in wrapped(cell.source, look.width - lead - 2):
            yield f"{name}  {look.faint(line)}"


def cell_lines(cell: Definition, look: Look) -> Iterator[str]:
    """All that a layer is."""
    written = cell.as_written
    yield look.strong(cell.name)
    yield from wrapped(cell.summary, look.width)
    yield ""
    width = look.width - 12
    sections: dict[str, list[str]] = {
        "source": wrapped(cell.source, width),
        "in a chain": chain_examples(cell),
        "input": _inputs(written.get("inputs", {"x": "input"})),
        "options": columns([(name, _option(option)) for name, option in options_of(cell).items()], width),
        "requires": [requirement.text for requirement in cell.require],
        "state": columns(
            [(name, _shape(_field(item, "shape")), _state(item)) for name, item in _items(cell, "state")], width
        ),
        "parameters": columns(
            [(name, _shape(item["shape"]), initializer(item["init"])) for name, item in _items(cell, "parameters")],
            width,
        ),
        "draws": columns([(name, _shape(item["shape"]), _draw(item)) for name, item in _items(cell, "draws")], width),
        **{key: str(written.get(key, "")).rstrip().split("\n") for key in ("functions", "derived", "equations")},
        "output": [str(written["output"])],
    }
    for title, lines in sections.items():
        heading = look.faint(f"{title:<10}")
        for line in lines if any(lines) else []:
            yield f"{heading}  {line}"
            heading = " " * 10


def chain_examples(cell: Definition) -> list[str]:
    """How the layer is written in a chain: the short form, and the long one where it has more to say."""
    options = options_of(cell)
    needed = {name: _example(name, option) for name, option in options.items() if option.default is None}
    if not needed and not options:
        return [f"- {cell.name}"]
    short = "size" if "size" in options else next(iter(options)) if len(options) == 1 else None
    full = {**needed, **{name: o.default for name, o in options.items() if o.default is not None}}
    long = f"- {cell.name}: {{{', '.join(f'{name}: {value}' for name, value in full.items())}}}"
    lines = [] if needed else [f"- {cell.name}"]
    if short is not None and set(needed) <= {short}:
        lines.append(f"- {cell.name}: {full[short]}")
    return [*lines, long] if len(full) > 1 or not lines else lines


def cell_record(cell: Definition) -> dict[str, Any]:
    """A layer as plain values: what its YAML says, its options complete, and its uses in a chain."""
    written = {key: value for key, value in cell.as_written.items() if key not in ("summary", "source", "options")}
    options = {
        name: {"kind": o.kind, "default": o.default, **_limits(o), **({"summary": o.summary} if o.summary else {})}
        for name, o in options_of(cell).items()
    }
    head = {"name": cell.name, "summary": cell.summary, "source": cell.source}
    return {**head, "chain": chain_examples(cell), "options": options, **written}


def initializer(value: Any) -> str:
    """How first values are made, as `uniform 0 to 1`, `normal 0.1`, `zeros`."""
    if not isinstance(value, Mapping):
        return str(value)
    [(method, arguments)] = value.items()
    values = arguments if isinstance(arguments, list) else [arguments]
    if method == "constant":
        return str(values[0])
    if method == "uniform":
        return f"uniform, {values[0]} to {values[1]}"
    return f"{method}, {values[0]}"


# inside


def _items(cell: Definition, section: str) -> Iterable[tuple[str, Any]]:
    found: Mapping[str, Any] = cell.as_written.get(section, {})
    return found.items()


def _field(item: Any, key: str) -> Any:
    return item[key] if isinstance(item, Mapping) else item


def _shape(value: Any) -> str:
    sizes = value if isinstance(value, list) else [value]
    return f"[{', '.join(map(str, sizes))}]" if sizes else "a number"


def _inputs(value: Mapping[str, Any]) -> list[str]:
    lines = []
    for name, item in value.items():
        symbols = item.get("symbols") if isinstance(item, Mapping) else None
        what = f"a symbol, one of {symbols}" if symbols is not None else _shape(_field(item, "shape"))
        lines.append(f"{name}  {what}")
    return lines


def _option(option: OptionDefinition) -> str:
    kind = {"integer": "a whole number", "real": "a number", "function": "a function"}[option.kind]
    limits = "".join(f", {name.replace('_', ' ')} {value:g}" for name, value in _limits(option).items())
    default = f"; {option.default} unless given" if option.default is not None else "; must be given"
    summary = f": {option.summary}" if option.summary else ""
    return f"{kind}{limits}{default}{summary}"


def _limits(option: OptionDefinition) -> dict[str, float]:
    limits = {key: getattr(option, key) for key in ("at_least", "at_most", "above", "below")}
    return {key: value for key, value in limits.items() if value is not None}


def _example(name: str, option: OptionDefinition) -> str:
    if option.kind == "function":
        return "tanh"
    if option.kind == "real":
        return "0.5"
    return "32" if name == "size" else f"{option.at_least or 4:g}"


def _state(item: Any) -> str:
    if not isinstance(item, Mapping):
        return "0 at a reset, may be learned"
    kind = item.get("kind", "real")
    learned = ", may be learned" if item.get("learn", kind == "real") else ""
    return f"{'a whole number, ' if kind == 'integer' else ''}{item.get('initial', 0)} at a reset{learned}"


def _draw(item: Mapping[str, Any]) -> str:
    return f"1 with probability {item['bernoulli']}, else 0; drawn for each {item.get('per', 'step')}"


def columns(rows: list[tuple[str, ...]], width: int) -> list[str]:
    """Rows with aligned columns, the last of which is wrapped."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]) - 1)] if rows else []
    lines = []
    for row in rows:
        lead = "".join(f"{cell:<{w}}  " for cell, w in zip(row, widths, strict=False))
        for line in wrapped(row[-1], width - len(lead)):
            lines.append(lead + line)
            lead = " " * len(lead)
    return lines


def wrapped(text: str, width: int) -> list[str]:
    """A text in lines of this width, or of the least that can be read."""
    return textwrap.wrap(text, max(_LEAST, width), break_on_hyphens=False)
