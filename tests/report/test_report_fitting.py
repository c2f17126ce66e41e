"""Text that is made to fit: on one line, and into so many columns."""

import pytest

from rnnctl.report.fitting import columns_of, one_line, shortened


def test_one_line() -> None:
    assert one_line("a b") == "a b"
    assert one_line("a\nb\tc\x1b[31m\u202e é 测") == "a\\nb\\tc\\x1b[31m\\u202e é 测"


def test_columns() -> None:
    assert [columns_of(text) for text in ("abc", "é", "e\u0301", "测试", "")] == [3, 1, 1, 4, 0]


@pytest.mark.parametrize(
    ("text", "most", "short"),
    [
        ("configs/sine.yaml", 17, "configs/sine.yaml"),
        ("configs/sine.yaml", 16, "confi…/sine.yaml"),
        ("configs/sine.yaml", 4, "c…ml"),
        ("测试测试测试.yaml", 12, "测试…试.yaml"),
        ("测试测试测试.yaml", 11, "测试….yaml"),
    ],
)
def test_shortened(text: str, most: int, short: str) -> None:
    assert shortened(text, most) == short
    assert columns_of(short) <= most


def test_shortened_in_ascii() -> None:
    assert shortened("configs/sine.yaml", 12, ascii_only=True) == "con...e.yaml"
