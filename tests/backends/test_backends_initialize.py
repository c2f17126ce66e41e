"""First values: what each method draws, and that nothing but seed and name decides."""

from __future__ import annotations

import math

import numpy as np
import pytest

from rnnctl.backends.initialize import draw, generator, initial_values
from rnnctl.catalogue import definition, names
from rnnctl.equations.bind import bind, with_initializers
from rnnctl.equations.layer import Layer, Parameter, Signal
from rnnctl.equations.options import options_of


def layer(name: str, size: int = 6, width: int = 3) -> Layer:
    return bind(definition(name), {"x": Signal((width,))}, {"size": size})


def value(method: str, shape: tuple[int, ...], *arguments: float) -> np.ndarray:
    return draw(Parameter("W", shape, method, arguments), generator(0, "W"))


@pytest.mark.parametrize("shape", [(4, 4), (3, 5), (5, 3), (12, 4), (10, 4), (2, 4, 4), (3, 8, 4)])
def test_orthogonal_is_orthogonal_in_each_block(shape: tuple[int, ...]) -> None:
    made = value("orthogonal", shape)
    assert made.shape == shape
    rows, columns = shape[-2:]
    for matrix in made.reshape(-1, rows, columns):
        for low in range(0, rows, columns):
            block = matrix[low : low + columns]
            np.testing.assert_allclose(block @ block.T, np.eye(len(block)), atol=1e-12)
    if len(shape) == 3:
        assert not np.allclose(made[0], made[1])


def test_orthogonal_matrices_are_drawn_evenly() -> None:
    """Rotations and reflections alike, and no entry of a sign of its own: the sign of qr is undone."""
    random = generator(0, "many")
    parameter = Parameter("U", (2, 2), "orthogonal", ())
    many = np.stack([draw(parameter, random) for _ in range(2000)])
    assert abs(many.mean(0)).max() < 0.06
    assert abs(np.sign(np.linalg.det(many)).mean()) < 0.08


def test_each_gate_of_an_lstm_has_an_orthogonal_kernel_of_its_own() -> None:
    made = initial_values(layer("lstm"), 0, "0")
    for gate in "ifgo":
        np.testing.assert_allclose(made["U" + gate] @ made["U" + gate].T, np.eye(6), atol=1e-12)
    assert not np.allclose(made["Ui"], made["Uf"])
    packed = initial_values(layer("layer_norm_lstm"), 0, "0")["U"]
    for block in packed.reshape(4, 6, 6):
        np.testing.assert_allclose(block @ block.T, np.eye(6), atol=1e-12)


def test_the_forget_bias_is_1() -> None:
    for name in ("lstm", "zoneout_lstm"):
        made = initial_values(layer(name), 0, "0")
        assert made["bf"].tolist() == [1] * 6
        assert [made["b" + gate].tolist() for gate in "igo"] == [[0] * 6] * 3
    assert initial_values(layer("layer_norm_lstm"), 0, "0")["forget"].tolist() == [1] * 6


def test_glorot() -> None:
    shape = (40, 60)
    limit = math.sqrt(6 / 100)
    uniform = value("glorot_uniform", shape)
    assert abs(uniform).max() <= limit
    assert abs(uniform).max() > 0.99 * limit
    assert abs(uniform.mean()) < 0.02 * limit * 2
    normal = value("glorot_normal", shape)
    assert normal.std() == pytest.approx(math.sqrt(2 / 100), rel=0.05)
    stacked = value("glorot_uniform", (2, 40, 60))
    assert abs(stacked).max() <= limit, "the leading axis is no fan"
    assert abs(initial_values(layer("lstm"), 0, "0")["Wi"]).max() <= math.sqrt(6 / 9)


def test_other_methods() -> None:
    assert value("zeros", (2, 3)).tolist() == [[0] * 3] * 2
    assert value("ones", (3,)).tolist() == [1] * 3
    assert value("constant", (2,), -1.5).tolist() == [-1.5] * 2
    assert value("constant", (), 2).tolist() == 2
    assert value("identity", (2, 3)).tolist() == [[1, 0, 0], [0, 1, 0]]
    assert value("identity", (2, 2, 2)).tolist() == [[[1, 0], [0, 1]]] * 2
    uniform = value("uniform", (5000,), -1, 3)
    assert (uniform.min() >= -1, uniform.max() < 3) == (True, True)
    assert uniform.mean() == pytest.approx(1, abs=0.1)
    assert value("normal", (5000,), 0.5).std() == pytest.approx(0.5, rel=0.05)


def test_neither_order_nor_other_parameters_change_a_value() -> None:
    made = layer("lstm")
    first = initial_values(made, 3, "2")
    turned = Layer(
        made.definition,
        made.options,
        made.inputs,
        made.output,
        made.parameters[::-1][:5],
        made.states,
        made.draws,
        made.graph,
    )
    for name, found in initial_values(turned, 3, "2").items():
        np.testing.assert_array_equal(found, first[name])
    changed = initial_values(with_initializers(made, {"Wi": ("zeros", ())}), 3, "2")
    assert (changed.pop("Wi") == 0).all()
    for name, found in changed.items():
        np.testing.assert_array_equal(found, first[name])


def test_seed_place_and_name_tell_values_apart() -> None:
    made = layer("lstm")
    first = initial_values(made, 0, "0")["Wi"]
    for seed, place in ((1, "0"), (0, "1")):
        assert not np.allclose(initial_values(made, seed, place)["Wi"], first)
    assert not np.allclose(initial_values(made, 0, "0")["Wf"], first)


def test_values_stay_what_they_are() -> None:
    """Pinned: other numbers would silently change every run ever started from a seed."""
    assert value("uniform", (2,), 0, 1).tolist() == [0.20616696726115558, 0.4644346665342134]
    assert initial_values(layer("rnn", size=1, width=2), 0, "0")["W"][0].tolist() == [
        -1.3029405895919925,
        -0.33484428497443375,
    ]


def test_every_layer_of_the_catalogue_begins_with_finite_numbers() -> None:
    for name in names():
        found = definition(name)
        [wanted] = found.inputs.values()
        signal = Signal((4,)) if wanted.symbols is None else Signal((), 4)
        options = {"size": 8} if "size" in options_of(found) else {}
        made = bind(found, {"x": signal}, options)
        for parameter, number in initial_values(made, 0, "0").items():
            assert np.isfinite(number).all(), (name, parameter)
