"""What was not met the last time is looked at again; where nothing is known, everything."""

from pathlib import Path

import pytest

from rnnctl.expect.find import Candidate
from rnnctl.expect.last import left_to_check, remember
from rnnctl.expect.outcome import Outcome, State


def test_those_not_met_and_those_never_seen(tmp_path: Path) -> None:
    met, unmet, crashed, new = (Candidate(tmp_path / f"{name}.yaml") for name in ("met", "unmet", "crashed", "ü\udcff"))
    work = tmp_path / "deep" / "work"
    assert left_to_check([met, unmet], work) == [met, unmet]
    remember([Outcome(c.path, "x", State[c.path.stem]) for c in (met, unmet, crashed)], work)
    assert left_to_check([met, unmet, crashed, new], work) == [unmet, crashed, new]
    remember([Outcome(c.path, "x", State.met) for c in (unmet, new)], work)
    assert left_to_check([met, unmet, crashed, new], work) == [crashed]


def test_all_where_nothing_failed(tmp_path: Path) -> None:
    one = Candidate(tmp_path / "a.yaml")
    remember([Outcome(one.path, "a", State.met)], tmp_path)
    assert left_to_check([one], tmp_path) == [one]


@pytest.mark.parametrize("text", [b"", b"[]", b"{", b"\xff", b"null", b"[" * 100_000])
def test_a_damaged_file_knows_nothing(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "last.json").write_bytes(text)
    one = Candidate(tmp_path / "a.yaml")
    assert left_to_check([one], tmp_path) == [one]


def test_what_was_edited_since_is_looked_at_again(tmp_path: Path) -> None:
    one, other = Candidate(tmp_path / "one.yaml"), Candidate(tmp_path / "other.yaml")
    for candidate in (one, other):
        candidate.path.write_text("a: 1")
    remember([Outcome(c.path, "x", State.met) for c in (one, other)], tmp_path)
    one.path.write_text("a: 2")
    assert left_to_check([one, other], tmp_path) == [one]
