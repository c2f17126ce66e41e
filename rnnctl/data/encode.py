"""Text files -> codes in a file, in two passes over the text: which symbols there are, then which stands where.

A chunk of one file is in memory at a time, so that the text may be longer than memory.
"""

from __future__ import annotations

import codecs
import json
import os
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rnnctl.data.mistakes import SHOWN
from rnnctl.data.spec import Level, TextFile
from rnnctl.errors import DataError, Diagnostic, Place

if TYPE_CHECKING:
    import hashlib


CHUNK = 1 << 20
"""How many bytes are read at once."""

_CHARACTERS = 0x110000
_LINE = 4096
"""How much of a line is read back to show a byte in it."""


class Encoded(NamedTuple):
    """What was written: the symbols in the order of their codes, and the sequences, files without a symbol left out."""

    symbols: tuple[int, ...]
    names: tuple[str, ...]
    lengths: tuple[int, ...]
    digest: str


def encode(files: Sequence[TextFile], level: Level, stream: BinaryIO) -> Encoded:
    """Write the codes of all files as one numpy array, of as few bytes a symbol as will do.

    Raises DataError for a file that cannot be read, that is not UTF-8 where characters are asked for, or that
    changes meanwhile; OSError where the stream cannot be written.
    """
    seen, counts = _survey(files, level)
    symbols = np.flatnonzero(seen)
    kind = np.dtype("u1" if len(symbols) <= 1 << 8 else "<u2" if len(symbols) <= 1 << 16 else "<u4")
    codes = np.zeros(len(seen), kind)
    codes[symbols] = np.arange(len(symbols))
    kept = [(file.path, count) for file, count in zip(files, counts, strict=True) if count]
    names, lengths = tuple(path for path, _ in kept), tuple(count for _, count in kept)
    digest = _begun(level, symbols.tolist(), lengths)
    header = {"descr": kind.str, "fortran_order": False, "shape": (sum(lengths),)}
    np.lib.format.write_array_header_1_0(stream, header)
    for file, count in zip(files, counts, strict=True):
        written = 0
        for values in _values(file.path, level):
            part = codes[values]
            written += len(part)
            if written > count or not seen[values].all():
                raise _changed(file)
            data = part.tobytes()
            digest.update(data)
            stream.write(data)
        if written != count or not _same(file):
            raise _changed(file)
    return Encoded(tuple(symbols.tolist()), names, lengths, digest.hexdigest())


def digest_of(level: Level, symbols: Sequence[int], lengths: Sequence[int], codes: NDArray[Any]) -> str:
    """The digest of a text as `encode` gives it, from its codes (N,), a chunk of which is looked at at a time."""
    digest = _begun(level, symbols, lengths)
    for start in range(0, len(codes), CHUNK):
        digest.update(codes[start : start + CHUNK].tobytes())
    return digest.hexdigest()


def _begun(level: Level, symbols: Sequence[int], lengths: Sequence[int]) -> hashlib._Hash:
    import hashlib

    return hashlib.sha256(json.dumps([level, list(symbols), list(lengths)]).encode())


def _survey(files: Sequence[TextFile], level: Level) -> tuple[NDArray[np.bool_], list[int]]:
    """Which symbols there are, by their number, and how many each file has."""
    seen = np.zeros(256 if level == "byte" else _CHARACTERS, np.bool_)
    counts: list[int] = []
    found: list[Diagnostic] = []
    for file in files:
        count = 0
        try:
            for values in _values(file.path, level):
                seen[values] = True
                count += len(values)
        except DataError as error:
            found += error.diagnostics
            if len(found) == SHOWN:
                break
        counts.append(count)
    if found:
        raise DataError(*found)
    return seen, counts


def _values(path: str, level: Level) -> Iterator[NDArray[Any]]:
    """The bytes or characters of a file as numbers, a chunk at a time."""
    if level == "byte":
        yield from (np.frombuffer(chunk, np.uint8) for chunk in _chunks(path))
        return
    for text in _texts(path):
        yield np.frombuffer(text.encode("utf-32-le"), "<u4")


def _texts(path: str) -> Iterator[str]:
    """The characters of a file without its byte order mark, some at a time."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    start, first = 0, True
    for chunk in chain(_chunks(path), (b"",)):
        waiting = len(decoder.getstate()[0])
        try:
            text = decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            raise DataError(_not_utf8(path, start - waiting + error.start)) from None
        start += len(chunk)
        if first and text:
            text, first = text.removeprefix("\ufeff"), False
        if text:
            yield text


def _chunks(path: str) -> Iterator[bytes]:
    try:
        with open(path, "rb") as stream:  # noqa: PTH123 (a path as text)
            while chunk := stream.read(CHUNK):
                yield chunk
    except OSError as error:
        raise DataError(f"cannot read '{path}': {error.strerror or error}") from None


def _not_utf8(path: str, offset: int) -> Diagnostic:
    """Tell of a byte that is no text, with its place if its line is not too long."""
    line, start, at, text = 1, 0, 0, b""
    for chunk in _chunks(path):
        before = chunk[: max(0, offset - at)]
        line += before.count(b"\n")
        if (last := before.rfind(b"\n")) >= 0:
            start = at + last + 1
        text = (text + chunk)[-2 * _LINE - CHUNK :]
        at += len(chunk)
        if at >= offset + _LINE:
            break
    value = text[len(text) - (at - offset)]
    help_ = "save the file with the encoding UTF-8, or write level: byte"
    if offset - start > _LINE:
        return Diagnostic(f"byte 0x{value:02x} at offset {offset:,} of '{path}' is not UTF-8 text", help=help_)
    shown = text[len(text) - (at - start) :]
    lead = shown[: offset - start].decode("utf-8").removeprefix("\ufeff")
    rest = shown[offset - start : offset - start + _LINE].decode("utf-8", errors="replace")
    whole = (lead + rest).split("\n")[0].rstrip("\r")
    message = f"byte 0x{value:02x} is not UTF-8 text"
    return Diagnostic(message, Place(path, line, len(lead) + 1, 1, whole), help_)


def _same(file: TextFile) -> bool:
    """Whether a file is still as it was found."""
    try:
        state = os.stat(file.path)  # noqa: PTH116 (a path as text)
    except OSError:
        return False
    return (state.st_size, state.st_mtime_ns) == (file.size, file.modified)


def _changed(file: TextFile) -> DataError:
    return DataError(Diagnostic(f"'{file.path}' changed while it was read", help="run the command again"))
