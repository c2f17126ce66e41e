import pytest

from rnnctl.report.wrapping import columns_of, fitted


def test_a_line_is_broken_at_blanks_and_what_follows_is_indented():
    text = "error: there is no column or symbol here"
    assert list(fitted(text, 40)) == [text]
    assert list(fitted(text, 30)) == ["error: there is no column or", "  symbol here"]
    assert list(fitted("  " + text, 30)) == ["  error: there is no column or", "    symbol here"]
    assert list(fitted(text, 30, 7)) == ["error: there is no column or", "       symbol here"]
    assert list(fitted("", 30)) == [""]


def test_no_word_is_broken_and_none_is_lost():
    long = "x" * 50
    assert list(fitted(f"one {long} two", 30)) == ["one", f"  {long}", "  two"]
    assert list(fitted(long, 30)) == [long]
    assert list(fitted("a  b   c" + " " * 40 + "d", 30)) == ["a  b   c", "  d"]


def test_blanks_within_a_line_stay():
    assert list(fitted("c[11]    -0.6612 became    0.7022  (+1.363)", 40)) == [
        "c[11]    -0.6612 became    0.7022",
        "  (+1.363)",
    ]


@pytest.mark.parametrize(("text", "wide"), [("abc", 3), ("\x1b[1mab\x1b[0m", 2), ("日本", 4), ("e\u0301", 1), ("▇", 1)])
def test_columns(text, wide):
    assert columns_of(text) == wide


def test_colours_and_wide_characters_count_as_they_are_seen():
    assert list(fitted("\x1b[1mone two three four five\x1b[0m six", 28)) == [
        "\x1b[1mone two three four five\x1b[0m six"
    ]
    assert list(fitted("日本 日本 日本 日本 日本", 20)) == ["日本 日本 日本 日本", "  日本"]


def test_a_terminal_of_no_width_is_taken_for_a_narrow_one():
    assert list(fitted("one two three four five", 1)) == ["one two three four", "  five"]
