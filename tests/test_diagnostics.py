"""How a diagnostic reads: its excerpt, and that nothing of an untrusted file reaches the terminal as a command."""

from __future__ import annotations

from rnnctl.errors import Diagnostic, Place, Related


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


def test_in_a_terminal_a_line_is_cut_to_its_columns() -> None:
    text = f"    help: {'a ' * 60}WRONG {'b ' * 60}"
    place = Place("f", 12, text.index("WRONG") + 1, 5, text)
    for columns in (40, 80, 120):
        _, line, marks = place.excerpt(columns=columns).split("\n")
        assert len(line) == columns
        assert line[marks.index("^") :][:5] == "WRONG"
        assert line.endswith("…")
        assert line.startswith(" 12 | …")
    end = Place("f", 12, len(text), 1, text).excerpt(columns=60).split("\n")
    assert (len(end[1]), end[1][-1], end[2].index("^")) == (60, " ", 59)
    start = Place("f", 12, 5, 300, text).excerpt(columns=60).split("\n")
    assert (len(start[1]), len(start[2])) == (60, 60)
    short = Place("f", 1, 3, 1, "abcdef")
    assert short.excerpt(columns=80) == short.excerpt()


def test_all_places_of_a_diagnostic_are_cut_alike() -> None:
    there = Place("f", 1, 150, 3, "x" * 300)
    found = Diagnostic("wrong", there, also=(Related(there, "here"),))
    assert max(map(len, str(found).split("\n"))) > 100
    assert max(len(line.removesuffix(" here")) for line in found.told(80).split("\n")) == 80
