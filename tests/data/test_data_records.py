"""What a signal is wide."""

from rnnctl.data.records import Signal


def test_width() -> None:
    assert Signal("number", ("a", "b")).width == 2
    assert Signal("symbol", ("letter",), ("x", "y", "z")).width == 3
    assert Signal("class", ("digit",), tuple("0123456789")).width == 10
