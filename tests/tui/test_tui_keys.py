"""The keys: the page of the docs has them all, as they are, and no two do different things."""

import re
from pathlib import Path

from screens import symbols
from textual.keys import key_to_character

from rnnctl.tui.app import Stepper
from rnnctl.tui.keys import KEYS, bindings, told

PAGE = (Path(__file__).parents[2] / "rnnctl" / "docs" / "tui.md").read_text("utf-8")


def test_the_page_has_every_key_as_it_is():
    rows = re.findall(r"^\| `(.*)` \| (.*) \|$", PAGE, re.MULTILINE)
    assert rows == told()


def test_every_key_does_one_thing_that_there_is():
    keys = [name for key in KEYS for name in key.keys.split(",")]
    assert len(keys) == len(set(keys))
    for binding in bindings():
        name = binding.action.removeprefix("app.").partition("(")[0]
        assert callable(getattr(Stepper, f"action_{name}")), name


def test_a_key_is_shown_as_it_is_pressed():
    for key in KEYS:
        for name, shown in zip(key.keys.split(","), key.shown.split(", "), strict=True):
            character = key_to_character(name)
            printable = character if character and character.isprintable() and character != " " else name
            assert shown == {"pageup": "page up", "pagedown": "page down"}.get(name, printable)


def test_the_commands_of_the_page_can_be_done(tmp_path):
    console = symbols(tmp_path)
    blocks = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)
    for line in blocks[-1].splitlines():
        console.run(line)
    assert console.session.branch == "flipped"
    assert [branch.moments[-1].t for branch in console.session.branches.values()] == [12, 12]


def test_the_picture_of_the_page_is_there():
    picture = Path(__file__).parents[2] / "rnnctl" / "docs" / "tui.svg"
    text = picture.read_text("utf-8")
    assert "small-1&#160;·&#160;session&#160;default&#160;·&#160;flipped" in text
