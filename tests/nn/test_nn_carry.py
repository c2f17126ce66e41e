"""What passes from step to step, in its public form and in parts."""

from __future__ import annotations

import torch

from rnnctl.nn.carry import mapped, parts, states_of, truncated, whole

a, b, c = torch.ones(1, requires_grad=True), torch.ones(2, requires_grad=True), torch.ones(3)


def test_parts_in_their_order() -> None:
    assert [p.shape[0] for p in parts(((a, (b,)), (), c))] == [1, 2, 3]
    assert list(parts(())) == []


def test_whole_and_states() -> None:
    assert whole((a,)) is a
    assert whole((a, b)) == (a, b)
    assert whole(()) == ()
    for states in ((a,), (a, b), ()):
        assert states_of(whole(states)) == states


def test_mapped_keeps_the_form() -> None:
    doubled = mapped(lambda part: 2 * part, ((a, (b,)), (), c))
    assert isinstance(doubled, tuple)
    assert doubled[1] == ()
    assert [p.tolist() for p in parts(doubled)] == [[2], [2, 2], [2, 2, 2]]


def test_truncated_has_the_value_and_no_history() -> None:
    cut = list(parts(truncated((2 * a, 3 * b))))
    assert [p.tolist() for p in cut] == [[2], [3, 3]]
    assert not any(p.requires_grad for p in cut)
