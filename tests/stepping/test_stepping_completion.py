import pytest

from rnnctl.stepping.completion import complete
from rnnctl.stepping.console import Console
from rnnctl.stepping.model import load_model
from rnnctl.stepping.session import Session


@pytest.fixture
def console(run):
    return Console(Session(load_model(run)), run)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("fe", ["feed"]),
        ("un", ["until", "unclamp", "units", "unwatch", "unbreak"]),
        ("temp", ["temperature="]),
        ("step w", ["wind="]),
        ("s w", ["wind="]),
        ("temperature=20,w", ["temperature=20,wind="]),
        ("both temperature=20,", ["temperature=20,wind="]),
        ("correlate ", ["temperature", "wind"]),
        ("help rec", ["record"]),
        ("set h", ["h[0]", "h[2]"]),
        ("set h[0][", ["h[0][0]", "h[0][1]", "h[0][2]", "h[0][3]", "h[0][4]"]),
        ("print norm(c[3", ["norm(c[3]"]),
        ("expect i", ["i", "input"]),
        ("watch no", ["norm("]),
        ("print output[", ["output[load]"]),
        ("set f", []),
        ("switch ", ["other"]),
        ("load ", ["here"]),
        ("nonsense x", []),
        ("back ", []),
        ("feed ~nobody-has-this-name/", []),
        ("feed a\0b/", []),
    ],
)
def test_what_a_word_may_become(console, line, found):
    console.run("20,3")
    console.run("save here")
    console.run("fork other")
    console.run("switch trunk")
    assert complete(console, line) == found


def test_every_completion_of_a_unit_is_one(console):
    console.run("feed rows 0:5")
    console.run("next")
    count = 0
    for begun in ("print ", "print h[0][", "print c[", "print norm(", "print f["):
        for word in complete(console, begun):
            if not word.endswith("(") and word not in ("top", "h", "norm(top"):
                assert console.run(f"print {word}{')' * word.count('(')}").text
                count += 1
    assert count > 30


def test_files(console, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.csv").touch()
    (tmp_path / "data" / "b.csv").touch()
    assert complete(console, "feed ro") == ["rows"]
    assert complete(console, "play ro") == []
    assert complete(console, "feed da") == ["data/"]
    assert complete(console, "feed data/") == ["data/a.csv", "data/b.csv"]
    assert complete(console, f"play {tmp_path}/data/b") == [f"{tmp_path}/data/b.csv"]
    assert complete(console, "feed none/") == []


def test_symbols(symbol_run):
    console = Console(Session(load_model(symbol_run)), symbol_run)
    assert complete(console, "step ") == [*"BTPSXVE"]
    assert complete(console, "sy") == []
