"""Every file of the catalogue: read, verified, named as its layer, with a summary and a source."""

from __future__ import annotations

import re

import pytest

from rnnctl.catalogue import definition, names
from rnnctl.catalogue.loader import FOLDER
from rnnctl.catalogue.reader import INITIALIZERS
from rnnctl.document import load
from rnnctl.equations.bind import bind
from rnnctl.equations.layer import Signal
from rnnctl.equations.options import options_of
from rnnctl.equations.verify import verify
from rnnctl.errors import UsageError


def test_the_catalogue_is_its_folder() -> None:
    files = [path for path in FOLDER.rglob("*") if path.suffix in (".yaml", ".yml")]
    assert sorted(path.relative_to(FOLDER).stem for path in files) == list(names())
    assert all(path.parent == FOLDER and path.suffix == ".yaml" for path in files)
    assert {
        "antisymmetric_rnn",
        "clockwork_rnn",
        "cornn",
        "dense",
        "dropout",
        "embedding",
        "gru",
        "gru_v3",
        "indrnn",
        "layer_norm",
        "layer_norm_lstm",
        "lstm",
        "min_gru",
        "recurrent_highway",
        "rnn",
        "zoneout_lstm",
    } <= set(names())


@pytest.mark.parametrize("name", names())
def test_a_file_holds_its_layer_and_nothing_else(name: str) -> None:
    document = load(FOLDER / f"{name}.yaml")
    assert list(document.value) == [name]
    found = definition(name)
    assert verify(found) == ()
    assert found.name == name
    assert found.summary
    assert not found.summary.endswith(".")
    assert re.search(r"textbook|\d{4}", found.source), "a source has a year"
    assert found.as_written == document.value[name]
    assert all(option.summary for option in found.options.values())
    assert {p.init.method for p in found.parameters.values()} <= set(INITIALIZERS)


@pytest.mark.parametrize("name", names())
def test_a_layer_can_be_made_with_nothing_but_a_size(name: str) -> None:
    found = definition(name)
    needed = {n: o for n, o in options_of(found).items() if o.default is None}
    assert set(needed) <= {"size"}
    [(x, wanted)] = found.inputs.items()
    signal = Signal((5,)) if wanted.symbols is None else Signal((), 5)
    made = bind(found, {x: signal}, dict.fromkeys(needed, 8))
    assert made.output.symbols is None
    assert len(made.output.shape) == 1


@pytest.mark.parametrize(
    ("name", "width", "size", "parameters", "state"),
    [
        # by the formulas of the papers, one bias for each gate
        ("rnn", 10, 5, 5 * 10 + 5 * 5 + 5, 5),
        ("lstm", 10, 15, 4 * (15 * 10 + 15 * 15 + 15), 30),
        ("gru", 10, 15, 3 * (15 * 10 + 15 * 15 + 15) + 15, 15),
        ("gru_v3", 10, 15, 3 * (15 * 10 + 15 * 15 + 15), 15),
        ("dense", 15, 5, 15 * 5 + 5, 0),
        ("embedding", 12, 5, 60, 0),
        ("indrnn", 10, 5, 5 * 10 + 5 + 5, 5),
        ("min_gru", 10, 5, 2 * (5 * 10 + 5), 5),
        ("cornn", 10, 5, 2 * 25 + 50 + 5, 10),
        ("clockwork_rnn", 10, 8, 8 * 10 + 64 + 8, 9),
        ("recurrent_highway", 10, 5, 2 * 50 + 3 * 2 * (25 + 5), 5),
    ],
)
def test_the_number_of_parameters(name: str, width: int, size: int, parameters: int, state: int) -> None:
    found = definition(name)
    [(x, wanted)] = found.inputs.items()
    signal = Signal((width,)) if wanted.symbols is None else Signal((), width)
    made = bind(found, {x: signal}, {"size": size})
    assert (made.parameter_count, made.state_size) == (parameters, state)


def test_an_unknown_layer() -> None:
    with pytest.raises(UsageError) as caught:
        definition("gruu")
    [diagnostic] = caught.value.diagnostics
    assert diagnostic.message == "unknown layer 'gruu'"
    assert diagnostic.help == f"did you mean 'gru'? layers: {', '.join(names())}"
