"""How a diagnostic reads: its excerpt, and that nothing of an untrusted file reaches the terminal as a command."""

from __future__ import annotations

from rnnctl.errors import Diagnostic, Place


def test_control_characters_are_shown_and_not_sent() -> None:
    place = Place("a\x1b[31m.csv", 1, 1, 2, "x\x1b]0;title\x07,y")
    told = str(Diagnostic("no column 'a\x1b[31mRED'", place, "columns: \x9b2J"))
    assert "\x1b" not in told
    assert "\x07" not in told
    assert "\x9b" not in told
    assert "no column 'a\\x1b[31mRED'" in told


def test_a_long_line_is_cut_around_the_mistake() -> None:
    text = "a" * 500 + "WRONG" + "b" * 500
    excerpt = Place("f", 3, 501, 5, text).excerpt().split("\n")
    line, carets = excerpt[1].removeprefix(" 3 | "), excerpt[2].removeprefix("   | ")
    assert len(line) < 250
    assert line[carets.index("^") :][: carets.count("^")] == "WRONG"
