"""A file or a text -> a Document."""

from __future__ import annotations

from pathlib import Path

from rnnctl.document.document import Document
from rnnctl.document.mistakes import bounded
from rnnctl.document.nodes import Mapping, Scalar, Sequence
from rnnctl.document.recovery import compose
from rnnctl.document.source import Source, Span
from rnnctl.errors import ConfigError, Diagnostic, nearest

MAX_BYTES = 1_000_000
_BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"


def load(path: Path, *, strict: bool = True) -> Document:
    """Read a YAML file of UTF-8 text, as `parse` does."""
    file = str(path)
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise ConfigError(Diagnostic(f"there is no file '{file}'", help=_instead(path))) from None
    except IsADirectoryError:
        raise ConfigError(Diagnostic(f"'{file}' is a directory, not a YAML file", help="name a file in it")) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ConfigError(f"cannot read '{file}': {reason}") from None
    if len(data) > MAX_BYTES:
        raise _too_large(file, data[:80].decode("utf-8", "replace"))
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _not_utf8(file, data, error.start) from None
    return parse(text, file, strict=strict)


def parse(text: str, file: str, *, strict: bool = True) -> Document:
    """Read YAML text; `file` is the name that places and messages give it.

    Errors: ConfigError, with all that is wrong. Where it is not strict, what is wrong with single values and keys
    is left to the reader of the document, as its `mistakes`.
    """
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise _too_large(file, text[:80])
    source = Source(file, text.removeprefix(_BOM))
    root, mistakes = compose(source)
    wrong = None
    if root is None or (isinstance(root, Scalar) and root.is_empty):
        wrong = source.error("the file is empty", Span(0, 1), "write 'key: value'")
    elif not isinstance(root, Mapping):
        kind = "a list" if isinstance(root, Sequence) else "a single value"
        colon = isinstance(root, Scalar) and ":" in root.text
        advice = "write a space after the ':'" if colon else "write 'key: value'"
        wrong = source.error(f"the file holds {kind} instead of keys and values", root.span, advice)
    if wrong or (strict and mistakes.found):
        raise ConfigError(*bounded([*mistakes.found, *(wrong.diagnostics if wrong else ())], mistakes.unsaid))
    assert isinstance(root, Mapping)
    return Document.of(source, root, mistakes.found, mistakes.unsaid)


def _instead(path: Path) -> str:
    if not path.parent.is_dir():
        return f"there is no directory '{path.parent}' either"
    try:
        siblings = {file.stem: file for file in sorted(path.parent.iterdir()) if file.suffix in (".yaml", ".yml")}
    except PermissionError:
        siblings = {}
    close = nearest(path.stem, siblings)
    if close:
        return f"did you mean '{siblings[close]}'?"
    return "check the path; a relative one starts at the current directory"


def _too_large(file: str, start: str) -> ConfigError:
    first = Source(file, start)
    return first.error(f"the file is larger than {MAX_BYTES:,} bytes", Span(0, 1), "keep data in files of its own")


def _not_utf8(file: str, data: bytes, start: int) -> ConfigError:
    before = data[:start].decode("utf-8").removeprefix(_BOM)
    source = Source(file, before + data[start:].decode("utf-8", "replace"))
    span = Span(len(before), len(before) + 1)
    return source.error("the file is not UTF-8 text", span, "save it as UTF-8")
