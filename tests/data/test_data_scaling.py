"""Scaling by hand, its inverse, and its way through JSON."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnctl.data.records import Facts, Signal
from rnnctl.data.scaling import Affine, Scaling, fit_scaling
from rnnctl.errors import DataError, Problem


def facts(shown: tuple[str, ...], asked: tuple[str, ...]) -> Facts:
    return Facts(Signal("number", shown), Signal("number", asked), (3,), True, 0, "step")


X = np.array([[1.0, 5.0], [2.0, 5.0], [6.0, 5.0]])
Y = np.array([[0.0], [10.0], [5.0]])


def test_standard() -> None:
    scaling = fit_scaling(facts(("a", "b"), ("c",)), "standard", X, Y)
    assert scaling.input is not None
    assert scaling.input.offset == (3.0, 5.0)
    assert scaling.input.factor == pytest.approx((math.sqrt(14 / 3), 1.0), rel=1e-15)
    assert scaling.target is not None
    assert scaling.target.to_model(Y) == pytest.approx(np.array([[-1.0], [1.0], [0.0]]) * math.sqrt(1.5))


def test_range() -> None:
    scaling = fit_scaling(facts(("a", "b"), ("c",)), "range", X, Y)
    assert scaling == Scaling(Affine((1.0, 5.0), (5.0, 1.0)), Affine((0.0,), (10.0,)))
    assert scaling.input is not None
    np.testing.assert_array_equal(scaling.input.to_model(X), [[0.0, 0.0], [0.2, 0.0], [1.0, 0.0]])


def test_none() -> None:
    assert fit_scaling(facts(("a", "b"), ("c",)), "none", X, Y) == Scaling(None, None)


def test_a_target_that_is_also_an_input_shares_its_scaling() -> None:
    """The target's own rows would give 0 and 10."""
    scaling = fit_scaling(facts(("a", "b"), ("a",)), "range", X, Y)
    assert scaling.target == Affine((1.0,), (5.0,))


def test_symbols_and_classes_are_left_alone() -> None:
    both = Facts(Signal("symbol", ("a",), ("p", "q")), Signal("class", ("b",), ("r", "s")), (3,), True, 0, "step")
    codes = np.array([0, 1, 1])
    assert fit_scaling(both, "standard", codes, codes) == Scaling(None, None)


def test_a_constant_whose_mean_is_not_exact() -> None:
    """The mean of ten 0.1 is not 0.1, and their deviation not 0, in floating point."""
    constant = np.full((10, 1), 0.1)
    scaling = fit_scaling(facts(("a",), ("a",)), "standard", constant, constant)
    assert scaling.input == Affine((0.1,), (1.0,))


def test_differences_too_small_to_square() -> None:
    tiny = np.array([[0.0], [1e-300]])
    assert fit_scaling(facts(("a",), ("a",)), "standard", tiny, tiny).input == Affine((5e-301,), (1.0,))


@pytest.mark.parametrize("scale", ["standard", "range"])
@pytest.mark.parametrize(("low", "high", "told"), [(-1.7e308, 1.7e308, "-1.7e+308 to 1.7e+308"), (0.0, 1e308, None)])
def test_values_beyond_all_scaling(scale: str, low: float, high: float, told: str | None) -> None:
    values = np.array([[low], [high]])
    if told is None and scale == "range":
        assert fit_scaling(facts(("a",), ("a",)), "range", values, values).input == Affine((0.0,), (1e308,))
        return
    with pytest.raises(DataError) as caught:
        fit_scaling(facts(("a",), ("a",)), scale, values, values)  # type: ignore[arg-type]
    assert caught.value.problems == (
        Problem(("data", "scale"), f"column 'a' cannot be scaled: its values lie from {told or '0 to 1e+308'}"),
    )


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20), st.sampled_from(["standard", "range"]))
def test_there_and_back(values: list[float], scale: str) -> None:
    data = np.array(values)[:, None]
    affine = fit_scaling(facts(("a",), ("a",)), scale, data, data).input  # type: ignore[arg-type]
    assert affine is not None
    np.testing.assert_allclose(affine.to_data(affine.to_model(data)), data, rtol=1e-12, atol=1e-9)


def test_leading_axes_are_free() -> None:
    affine = Affine((1.0, 2.0), (10.0, 100.0))
    np.testing.assert_array_equal(affine.to_model(np.array([11.0, 102.0])), [1.0, 1.0])
    np.testing.assert_array_equal(affine.to_data(np.ones((2, 3, 2))), np.tile([11.0, 102.0], (2, 3, 1)))


def test_through_json_and_back() -> None:
    scaling = Scaling(Affine((0.1, 1 / 3), (2.0, 1e-300)), None)
    assert scaling.as_dict() == {"input": {"offset": (0.1, 1 / 3), "factor": (2.0, 1e-300)}, "target": None}
    assert Scaling.from_dict(json.loads(json.dumps(scaling.as_dict()))) == scaling
