import numpy as np
import pytest
from screens import forecast, shown, sized, symbols

from rnnctl.tui.subjects import layers_of, reference
from rnnctl.tui.window import Reader, scrolled, together


def subjects(console):
    return {
        (layer.place, subject.name): subject for layer in layers_of(console.session.model) for subject in layer.subjects
    }


def test_what_can_be_shown_of_a_model(tmp_path):
    console = forecast(tmp_path)
    found = subjects(console)
    assert [key for key in found if key[0] == "0"] == [("0", name) for name in ("h", "c", "i", "f", "g", "o")]
    model = console.session.model
    assert reference(model, found["0", "h"], 3) == "h[0][3]"
    assert reference(model, found["0", "c"], 3) == "c[3]"
    assert reference(model, found["2", "h"]) == "h[2]"
    assert found["0", "h"].units == 5
    assert found["0", "h"].place(4) == "4"


def test_a_matrix_holds_the_values_of_the_carry(tmp_path):
    console = forecast(tmp_path, steps=6)
    found = subjects(console)
    branch = console.session.branches["trunk"]
    matrix = Reader(console.session.model).matrix(branch, found["0", "c"], range(1, 4), [2, 3, -1, 6, 7])
    expected = np.stack([branch.moments[i].carry[0][1][1:4] for i in (2, 3, 6)], axis=1)
    np.testing.assert_array_equal(matrix[:, [0, 1, 3]], expected)
    assert np.isnan(matrix[:, [2, 4]]).all()


def test_a_gate_is_what_it_was_in_each_step(tmp_path):
    console = forecast(tmp_path)
    expected = []
    for i in range(5):
        console.session.step((10.0 + i, 1.0))
        expected.append(console.session.inside()[0]["f"])
    branch = console.session.branches["trunk"]
    reader = Reader(console.session.model)
    for _ in range(2):
        matrix = reader.matrix(branch, subjects(console)["0", "f"], range(5), range(6))
        assert np.isnan(matrix[:, 0]).all()
        np.testing.assert_array_equal(matrix[:, 1:], np.stack(expected, axis=1))


def test_only_what_is_in_view_is_read(tmp_path, monkeypatch):
    console = sized(tmp_path, "[{lstm: 300}, {dense: 1}]", steps=1)
    branch = console.session.branches["trunk"]
    branch.moments = [branch.moments[0], *[branch.moments[1]] * 10_000]
    branch.at = 10_000
    read = set()
    value = Reader.value

    def watched(self, moments, at, subject):
        read.add(at)
        return value(self, moments, at, subject)

    monkeypatch.setattr(Reader, "value", watched)
    assert len(shown(console, "g")) == 24
    assert len(read) <= 40
    assert min(read) > 9_900


def test_branches_are_laid_side_by_side_step_by_step(tmp_path):
    console = symbols(tmp_path, "BTB")
    for line in ("fork other", "flip h", "zero h", "text TX", "reset", "text B"):
        console.run(line)
    console.run("switch trunk")
    console.run("text TXSVP")
    trunk, other = console.session.branches["trunk"], console.session.branches["other"]
    mine, theirs = together(trunk, other)
    assert mine == [0, 1, 2, 3, -1, -1, 4, 5, -1, 6, 7, 8]
    assert theirs == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, -1, -1]
    assert together(other, trunk) == (theirs, mine)


def test_what_a_branch_has_forgotten_stays_empty(tmp_path):
    console = symbols(tmp_path, "BTBT")
    console.run("fork other")
    other = console.session.branches["other"]
    del other.moments[:2]
    other.at -= 2
    trunk = console.session.branches["trunk"]
    assert together(trunk, other) == ([0, 1, 2, 3, 4], [-1, -1, 0, 1, 2])
    assert together(other, trunk) == ([-1, -1, 0, 1, 2], [0, 1, 2, 3, 4])


@pytest.mark.parametrize(
    ("first", "cursor", "count", "total", "expected"),
    [
        (0, 0, 5, 3, 0),
        (0, 4, 5, 10, 0),
        (0, 5, 5, 10, 1),
        (3, 2, 5, 10, 2),
        (3, 5, 5, 10, 3),
        (9, 4, 5, 6, 1),
        (9, 0, 5, 1, 0),
    ],
)
def test_the_cursor_stays_in_view(first, cursor, count, total, expected):
    assert scrolled(first, cursor, count, total) == expected
