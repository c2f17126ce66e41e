"""Windows by hand, and the laws that all of them keep."""

from typing import Literal

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from rnnctl.data.dataset import Series
from rnnctl.data.windows import Window, count_windows, epoch_order, windows


def series_of(*lengths: int) -> list[Series]:
    """Input 100 r + t at step t of sequence r, target minus that; every other step is scored."""
    made = []
    for row, length in enumerate(lengths):
        values = 100.0 * row + np.arange(length) + 1
        scored = np.arange(length) % 2 == 1
        made.append(Series(str(row), values[:, None], -values[:, None], scored, None))
    return made


def test_three_sequences_by_hand() -> None:
    first, second, third = windows(series_of(3, 1, 2), [2, 0, 1], batch=2, window=2, reset="sequence")
    assert_array_equal(first.inputs[..., 0], [[201, 202], [1, 2]])
    assert_array_equal(first.targets[..., 0], [[-201, -202], [-1, -2]])
    assert_array_equal(first.valid, [[True, True], [True, True]])
    assert_array_equal(first.scored, [[False, True], [False, True]])
    assert_array_equal(first.reset, [[True, False], [True, False]])
    assert_array_equal(first.rows, [2, 0])
    assert (first.step, first.first, first.last) == (0, True, False)
    assert_array_equal(second.inputs[..., 0], [[0], [3]])
    assert_array_equal(second.valid, [[False], [True]])
    assert_array_equal(second.scored, [[False], [False]])
    assert_array_equal(second.reset, [[False], [False]])
    assert_array_equal(second.rows, [2, 0])
    assert (second.step, second.first, second.last) == (2, False, True)
    assert_array_equal(third.inputs[..., 0], [[101]])
    assert_array_equal(third.reset, [[True]])
    assert_array_equal(third.rows, [1])
    assert (third.step, third.first, third.last) == (0, True, True)


def test_a_reset_at_every_window_leaves_rows_that_have_ended() -> None:
    resets = [w.reset[:, 0].tolist() for w in windows(series_of(5, 2), [0, 1], batch=2, window=2, reset="window")]
    assert resets == [[True, True], [True, False], [True, False]]


def test_without_a_window_the_batch_is_whole() -> None:
    (whole,) = windows(series_of(3, 5), [0, 1], batch=8, window=None, reset="sequence")
    assert whole.inputs.shape == (2, 5, 1)
    assert (whole.step, whole.first, whole.last) == (0, True, True)


def test_codes_stay_whole_numbers() -> None:
    codes = np.array([3, 1, 2])
    (window,) = windows(
        [Series("a", codes, codes, np.ones(3, bool), None), Series("b", codes[:1], codes[:1], np.ones(1, bool), None)],
        [0, 1],
        batch=2,
        window=None,
        reset="sequence",
    )
    assert window.inputs.dtype == window.targets.dtype == np.int64
    assert_array_equal(window.inputs, [[3, 1, 2], [3, 0, 0]])


@st.composite
def batched(draw: st.DrawFn) -> tuple[list[int], list[int], int, int | None, Literal["sequence", "window"]]:
    lengths = draw(st.lists(st.integers(1, 12), min_size=1, max_size=9))
    order = draw(st.permutations(range(len(lengths))))
    batch, window = draw(st.integers(1, 5)), draw(st.none() | st.integers(1, 14))
    return lengths, order, batch, window, draw(st.sampled_from(["sequence", "window"]))


@given(batched())
def test_laws(case: tuple[list[int], list[int], int, int | None, Literal["sequence", "window"]]) -> None:
    lengths, order, batch, window, reset = case
    series = series_of(*lengths)
    made = list(windows(series, order, batch=batch, window=window, reset=reset))
    assert len(made) == count_windows([lengths[row] for row in order], batch, window)

    seen: dict[int, list[tuple[float, float, bool, bool]]] = {row: [] for row in range(len(lengths))}
    steps: list[tuple[int, int]] = []
    for w in made:
        rows, size = w.valid.shape
        assert w.inputs.shape == w.targets.shape == (rows, size, 1)
        assert w.scored.shape == w.reset.shape == w.valid.shape
        for b in range(rows):
            row = int(w.rows[b])
            for k in range(size):
                if w.valid[b, k]:
                    steps.append((row, w.step + k))
                    cells = (w.inputs[b, k, 0], w.targets[b, k, 0], bool(w.scored[b, k]), bool(w.reset[b, k]))
                    seen[row].append(cells)
                else:
                    assert (w.inputs[b, k, 0], w.targets[b, k, 0]) == (0, 0)
                    assert not w.scored[b, k]
                    assert not w.reset[b, k]

    assert sorted(steps) == [(row, t) for row, length in enumerate(lengths) for t in range(length)]
    for row, one in enumerate(series):
        inputs, targets, scored, resets = zip(*seen[row], strict=True)
        assert list(inputs) == one.inputs[:, 0].tolist()
        assert list(targets) == one.targets[:, 0].tolist()
        assert list(scored) == one.scored.tolist()
        every = window if reset == "window" and window is not None else len(resets)
        assert [t for t, border in enumerate(resets) if border] == list(range(0, len(resets), every))
    check_batches(made, order, batch, window)


def check_batches(made: list[Window], order: list[int], batch: int, window: int | None) -> None:
    """Windows come batch by batch, in the order given, each from its first to its last."""
    taken: list[int] = []
    step = 0
    for w in made:
        assert w.first == (w.step == 0)
        assert w.step == (0 if w.first else step)
        if w.first:
            taken += w.rows.tolist()
        step = w.step + w.valid.shape[1]
        assert w.last or w.valid.shape[1] == window
        assert not w.last or w.valid[:, -1].any()
    assert taken == list(order)
    assert sum(w.first for w in made) == sum(w.last for w in made) == -(-len(order) // batch)


def test_an_order_can_be_had_without_those_before() -> None:
    assert epoch_order(6, 0, 3, shuffle=False) == [0, 1, 2, 3, 4, 5]
    orders = [epoch_order(50, 0, epoch, shuffle=True) for epoch in range(3)]
    assert all(sorted(order) == list(range(50)) for order in orders)
    assert orders[0] != orders[1] != orders[2]
    assert epoch_order(50, 0, 2, shuffle=True) == orders[2]
    assert epoch_order(50, 1, 2, shuffle=True) != orders[2]
