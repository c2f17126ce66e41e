"""The pages that come with rnnctl: whole, as they read on a terminal, and what each says under its headings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Literal

from rnnctl.report.cells import wrapped
from rnnctl.report.strip import Look

FOLDER = Path(__file__).parent.parent / "docs"
_KEYS = {"tasks": "data.task", "members": "model.chain"}
"""Headings of the page of configs that are no keys, and what stands under them."""
_SYSTEMS: Mapping[str, Literal["standard", "256", "truecolor"]] = {
    "16": "standard",
    "256": "256",
    "truecolor": "truecolor",
}


@cache
def pages() -> Mapping[str, str]:
    """The pages by name."""
    return {path.stem: path.read_text("utf-8") for path in sorted(FOLDER.glob("*.md"))}


def title(page: str) -> str:
    """What a page is about."""
    return pages()[page].partition("\n")[0].removeprefix("# ")


def page_lines(page: str, look: Look) -> Iterator[str]:
    """A page as it reads on a terminal."""
    if look.paint == "ascii":
        yield from pages()[page].rstrip("\n").split("\n")
        return
    from rich.console import Console
    from rich.markdown import Markdown
    from rich.theme import Theme

    colours = _SYSTEMS.get(look.paint)
    console = Console(width=look.width, force_terminal=colours is not None, color_system=colours, highlight=False)
    console.push_theme(Theme({"markdown.code": "bold", "markdown.h2": "bold underline"}))
    with console.capture() as told:
        console.print(Markdown(pages()[page], code_theme="ansi_dark", hyperlinks=False))
    yield from (line.rstrip() for line in told.get().strip("\n").split("\n"))


def prose_lines(path: str, width: int, known: Sequence[str]) -> Iterator[str]:
    """What the page of configs says of a key beside its tables, its examples and what is known of it.

    Each paragraph stands behind an empty line.
    """
    for paragraph in _prose().get(path, ()):
        if paragraph.removesuffix(".") in {text.removesuffix(".") for text in known}:
            continue
        yield ""
        for item in re.split(r"\n(?=\* )", paragraph):
            text = re.sub(r"\[(.*?)\]\(.*?\)|\*\*(.*?)\*\*", r"\1\2", " ".join(map(str.strip, item.split("\n"))))
            lead = "  " if item.startswith("* ") else ""
            lines = wrapped(text, width - len(lead))
            yield lines[0]
            yield from (lead + line for line in lines[1:])


@cache
def _prose() -> Mapping[str, Sequence[str]]:
    """The paragraphs under each heading of the page of configs, by the path of the key that it names."""
    found: dict[str, list[str]] = {}
    path: tuple[str, ...] = ()
    text = re.sub(r"```.*?```", "", pages()["config"], flags=re.DOTALL)
    for paragraph in re.split(r"\n\n+", text):
        if heading := re.match(r"(##+) (.*)", paragraph):
            path = (*path[: len(heading[1]) - 2], heading[2])
            continue
        key = ".".join(_KEYS.get(name.lower(), name) for name in path)
        if member := re.match(r"\*\*(\w+)\*\* ", paragraph) if key == "model.chain" else None:
            key = f"{key}.{member[1]}"
        if paragraph and not paragraph.startswith("|"):
            found.setdefault(key, []).append(re.sub(":$", ".", paragraph.strip("\n")))
    return found
