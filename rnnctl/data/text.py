"""Text files as sequences: which files a pattern stands for, and what their symbols are called."""

from __future__ import annotations

import glob
import os
import re
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from rnnctl.data.records import Facts, Records, Signal
from rnnctl.data.spec import LIBRARY, MOST_PATTERNS, RELATIVE, TextFile, TextSource, is_of_library
from rnnctl.data.tokens import Tokens, codes_of, forget, open_tokens
from rnnctl.errors import DataError, Problem, nearest_file

_INSTALLED = frozenset({"site-packages", "dist-packages"})
"""The folders inside that of the standard library that are not of it."""
_LONGEST, _MOST_PARTS, _MOST_STARS = 4096, 100, 2
"""Bounds on a pattern: its characters, its folders, and how often it may stand for any folders."""


def text_facts(source: TextSource) -> Facts:
    """The facts of a text; its files are read only where no token file of them is kept. Raises DataError."""
    return _facts(source, _tokens(source))


def read_text(source: TextSource) -> Records:
    """The codes of a text, as they lie in its token file: (N,), mapped and not copied. Raises DataError.

    They are read through once and held against the hash they were written with; what is damaged is made again.
    """
    from rnnctl.data.encode import digest_of

    tokens = _tokens(source)
    codes = codes_of(tokens)
    if digest_of(source.level, tokens.symbols, tokens.lengths, codes) != tokens.digest:
        forget(tokens)
        tokens = _tokens(source)
        codes = codes_of(tokens)
    return Records(_facts(source, tokens), tokens.names, (codes,), (codes,))


def text_digest(source: TextSource) -> str:
    """A hash of a text's symbols, in their order and by sequence. Raises DataError."""
    return _tokens(source).digest


def text_files(source: TextSource) -> list[TextFile]:
    """The files that a source's patterns stand for, each once, in the order of their paths.

    Raises DataError for a pattern that stands for none.
    """
    if len(source.patterns) > MOST_PATTERNS:
        message = f"{len(source.patterns):,} paths are named, more than {MOST_PATTERNS:,}"
        raise DataError(problems=[Problem(("data", "text", "files"), message, "name a folder's files by a pattern")])
    found: dict[str, TextFile] = {}
    problems = []
    for i, pattern in enumerate(source.patterns):
        if unusable := _unusable(pattern):
            problems.append(Problem(("data", "text", "files", i), unusable))
            continue
        paths = list(_matching(pattern))
        if not paths:
            problems.append(_no_file(("data", "text", "files", i), pattern))
        for path in paths:
            try:
                state = os.stat(path)  # noqa: PTH116 (a path as text)
            except OSError as error:
                raise DataError(f"cannot read '{path}': {error.strerror or error}") from None
            found[path] = TextFile(path, state.st_size, state.st_mtime_ns)
    if problems:
        raise DataError(problems=problems)
    return [found[path] for path in sorted(found, key=lambda path: path.replace(os.sep, "\0"))]


def symbol_names(symbols: tuple[int, ...], *, characters: bool) -> tuple[str, ...]:
    """What people see of bytes or of characters: themselves where they can be printed, else as Python escapes them."""
    return tuple(_shown(code, characters) for code in symbols)


def _shown(code: int, characters: bool) -> str:
    if not characters and code >= 128:
        return f"\\x{code:02x}"
    char = chr(code)
    return char if char.isprintable() else char.encode("unicode_escape").decode("ascii")


def _tokens(source: TextSource) -> Tokens:
    files = text_files(source)
    setting = ("data", "text", "files")
    if not any(file.size for file in files):
        what = "the file is empty" if len(files) == 1 else f"all {len(files)} files are empty"
        raise DataError(problems=[Problem(setting, what)])
    tokens = open_tokens(tuple(file for file in files if file.size), source.level)
    if max(tokens.lengths, default=0) < 2:
        message = f"no {source.level} is followed by another: the longest file has one"
        raise DataError(problems=[Problem(setting, message)])
    return tokens


def _facts(source: TextSource, tokens: Tokens) -> Facts:
    names = symbol_names(tokens.symbols, characters=source.level == "character")
    return Facts(
        input=Signal("symbol", (source.level,), names),
        target=Signal("class", (source.level,), names),
        lengths=tokens.lengths,
        one_series=len(tokens.lengths) == 1,
        ahead=1,
        each="step",
    )


def _unusable(pattern: str) -> str | None:
    """Why no folder is looked through for a pattern: it is longer than any path, or would take for ever."""
    parts = pattern.split("/")
    if len(pattern) > _LONGEST or len(parts) > _MOST_PARTS:
        return (
            f"this path is too long: it has {len(pattern):,} characters in {len(parts):,} part{'s' * (len(parts) != 1)}"
        )
    if parts.count("**") > _MOST_STARS:
        return f"'**' stands {parts.count('**')} times in this pattern: {_MOST_STARS} are enough for all folders"
    return None


def _matching(pattern: str) -> Iterator[str]:
    """The paths of files that a pattern stands for; one that is a file's own path stands for that file."""
    if is_of_library(pattern):
        folder = os.path.normpath(sysconfig.get_paths()["stdlib"])
        names = glob.glob(pattern.removeprefix(LIBRARY), root_dir=folder, recursive=True)  # noqa: PTH207 (text, and many)
        for path in (os.path.normpath(os.path.join(folder, name)) for name in names):  # noqa: PTH118
            inner = path.removeprefix(folder + os.sep)
            installed = _INSTALLED.intersection(inner.split(os.sep))  # noqa: PTH206
            if inner != path and not installed and os.path.isfile(path):  # noqa: PTH113
                yield path
    elif os.path.isfile(pattern):  # noqa: PTH113
        yield pattern
    else:
        yield from filter(os.path.isfile, glob.glob(pattern, recursive=True))  # noqa: PTH207


def _no_file(setting: tuple[str | int, ...], pattern: str) -> Problem:
    path = Path(pattern)
    if is_of_library(pattern):
        return Problem(setting, f"no file of the standard library matches '{pattern.removeprefix(LIBRARY)}'")
    if os.path.isdir(pattern):  # noqa: PTH112 (which is False for a name that no file can have)
        return Problem(setting, f"{_brief(pattern)} is a folder, not a file", "add /*.txt for the text files in it")
    if glob.has_magic(pattern):
        brief = _brief(pattern)
        starts = None if os.path.isabs(brief) else RELATIVE  # noqa: PTH117
        return Problem(setting, f"no file matches {brief}", starts)
    try:
        beside = sorted(other.name for other in path.parent.iterdir())
    except (OSError, ValueError):  # no folder, one that may not be read, or a name that none can have
        beside = []
    close = nearest_file(path.name, beside)
    return Problem(setting, f"there is no file {_brief(pattern)}", f"did you mean '{close}'?" if close else None)


def _brief(pattern: str) -> str:
    """A pattern as seen from here, where that is shorter, and without the brackets that a folder's name needs."""
    written = re.sub(r"\[([*?[])\]", r"\1", pattern)
    return min(os.path.relpath(written), written, key=len)
