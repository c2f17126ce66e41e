"""The screens as text: glyphs carry sign and size, so that what is drawn can be read here."""

import pytest
from screens import forecast, shown, symbols
from syrupy.assertion import SnapshotAssertion

SIZES = [(80, 24), (160, 50), (40, 20)]


@pytest.fixture
def branches(tmp_path):
    console = symbols(tmp_path, "BTBTSXXVVETE")
    console.run("back 6")
    console.run("fork flipped")
    console.run("flip h")
    console.run("text XVPS")
    console.run("switch trunk")
    console.run("redo 6")
    console.run("switch flipped")
    return console


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_numbers(tmp_path, snapshot: SnapshotAssertion, size):
    assert shown(forecast(tmp_path, steps=40), size=size) == snapshot


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_symbols(tmp_path, snapshot: SnapshotAssertion, size):
    assert shown(symbols(tmp_path, "BTBTSXXVVETEBPBPTVPSEPE"), "down", "left", "left", size=size) == snapshot


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_two_branches(branches, snapshot: SnapshotAssertion, size):
    assert shown(branches, "v", size=size) == snapshot


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_the_difference_of_two_branches(branches, snapshot: SnapshotAssertion, size):
    assert shown(branches, "v", "v", size=size) == snapshot


def test_a_gate_in_small_cells(tmp_path, snapshot: SnapshotAssertion):
    assert shown(forecast(tmp_path, steps=70), "g", "g", "z", "i") == snapshot


def test_ascii(tmp_path, snapshot: SnapshotAssertion):
    lines = shown(forecast(tmp_path, steps=12), paint="ascii")
    assert "".join(lines).isascii()
    assert lines == snapshot


def test_an_error(tmp_path, snapshot: SnapshotAssertion):
    assert shown(symbols(tmp_path, "BT"), "colon", *"step Q", "enter") == snapshot


def test_the_help(tmp_path, snapshot: SnapshotAssertion):
    assert shown(symbols(tmp_path), "question_mark") == snapshot


def test_the_start(tmp_path, snapshot: SnapshotAssertion):
    assert shown(forecast(tmp_path)) == snapshot
