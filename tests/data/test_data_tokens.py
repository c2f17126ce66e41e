"""Token files: kept, made again where they are damaged or out of date, and never seen half written."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from rnnctl.data import encode, tokens
from rnnctl.data.spec import Level, TextFile
from rnnctl.data.tokens import Tokens, cache_folder, codes_of, open_tokens, whole_file
from rnnctl.errors import DataError


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RNNCTL_CACHE", str(tmp_path / "cache"))
    Path("a.txt").write_text("banana")
    os.utime("a.txt", ns=(10**18, 10**18))  # long ago, since the clock of files is coarse


def found(name: str = "a.txt") -> TextFile:
    state = Path(name).stat()
    return TextFile(name, state.st_size, state.st_mtime_ns)


def opened(*names: str, level: Level = "byte") -> Tokens:
    return open_tokens([found(name) for name in names or ("a.txt",)], level)


def count_makings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A list that grows by the name of each token file that is made."""
    made: list[str] = []
    make = tokens._make

    def counted(folder: Path, name: str, files: list[TextFile], level: Level) -> Tokens:
        made.append(name)
        return make(folder, name, files, level)

    monkeypatch.setattr(tokens, "_make", counted)
    return made


def test_it_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made = count_makings(monkeypatch)
    first = opened()
    assert first == opened()
    assert len(made) == 1
    assert first.path == Path.cwd() / "cache" / f"{made[0]}.npy"
    assert sorted(p.name for p in Path("cache").iterdir()) == [f"{made[0]}.json", f"{made[0]}.npy"]
    assert (first.symbols, first.names, first.lengths) == ((97, 98, 110), ("a.txt",), (6,))
    assert_array_equal(codes_of(first), [1, 0, 2, 0, 2, 0])
    assert_array_equal(np.load(first.path), [1, 0, 2, 0, 2, 0])


def test_other_files_another_level_and_a_later_change_make_another(monkeypatch: pytest.MonkeyPatch) -> None:
    made = count_makings(monkeypatch)
    Path("b.txt").write_text("ab")
    opened()
    opened("a.txt", "b.txt")
    opened(level="character")
    os.utime("a.txt", ns=(1, 1))
    opened()
    Path("a.txt").write_text("bananas")
    os.utime("a.txt", ns=(1, 1))
    assert opened().lengths == (7,)
    assert len(set(made)) == len(made) == 5


@pytest.mark.parametrize("damage", ["cut", "flipped", "gone", "no description", "another description", "no JSON"])
def test_what_is_damaged_is_made_again(damage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    first = opened()
    description = first.path.with_suffix(".json")
    data = first.path.read_bytes()
    if damage == "cut":
        first.path.write_bytes(data[:-1])
    elif damage == "flipped":
        first.path.write_bytes(data[:-1] + b"\x07")
    elif damage == "gone":
        first.path.unlink()
    elif damage == "no description":
        description.unlink()
    elif damage == "another description":
        known = json.loads(description.read_text())
        description.write_text(json.dumps({**known, "symbols": [1, 2, 3]}))
    else:
        description.write_text("[" * 10_000)
    made = count_makings(monkeypatch)
    assert opened() == first
    assert len(made) == 1
    assert first.path.read_bytes() == data
    assert opened() == first
    assert len(made) == 1


def test_a_file_that_changes_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    old = found()
    Path("a.txt").write_text("another text")
    with pytest.raises(DataError) as caught:
        open_tokens([old], "byte")
    assert str(caught.value) == "'a.txt' changed while it was read (run the command again)"
    assert list(Path("cache").iterdir()) == []
    survey = encode._survey

    def slow(files: list[TextFile], level: Level) -> object:
        known = survey(files, level)
        Path("a.txt").write_text("new symbols")
        return known

    monkeypatch.setattr(encode, "_survey", slow)
    with pytest.raises(DataError, match="changed while it was read"):
        opened()
    assert list(Path("cache").iterdir()) == []


def test_a_file_that_goes_meanwhile() -> None:
    old = found()
    Path("a.txt").unlink()
    with pytest.raises(DataError, match=r"^cannot read 'a.txt': No such file or directory$"):
        open_tokens([old], "byte")
    assert list(Path("cache").iterdir()) == []


def test_where_no_cache_can_be_written_a_file_for_this_process_does(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("file").write_text("no folder")
    monkeypatch.setenv("RNNCTL_CACHE", str(Path.cwd() / "file"))
    monkeypatch.setattr(tokens, "_temporary", lambda: Path.cwd() / "temporary")
    made = count_makings(monkeypatch)
    first = opened()
    assert first.path.parent == Path.cwd() / "temporary"
    assert_array_equal(codes_of(first), [1, 0, 2, 0, 2, 0])
    assert opened() == first
    assert len(made) == 3  # tried in the cache, made, tried in the cache, found
    monkeypatch.setattr(tokens, "_temporary", lambda: Path("file"))
    with pytest.raises(DataError) as caught:
        opened()
    assert str(caught.value) == (
        "no folder can hold the symbols of the text: File exists (name one that can: RNNCTL_CACHE=/a/folder)"
    )


PROCESS = """
import sys
from pathlib import Path
from rnnctl.data.spec import TextFile; from rnnctl.data.tokens import codes_of, open_tokens
state = Path("a.txt").stat()
found = open_tokens([TextFile("a.txt", state.st_size, state.st_mtime_ns)], "byte")
print(found.path, found.digest, codes_of(found).sum())
"""


def test_two_processes_at_once_and_none_that_stays() -> None:
    Path("a.txt").write_bytes(bytes(range(256)) * 4000)
    processes = [subprocess.Popen([sys.executable, "-c", PROCESS], stdout=subprocess.PIPE, text=True) for _ in range(3)]
    told = {process.communicate()[0] for process in processes}
    assert len(told) == 1
    assert told == {f"{(one := opened()).path} {one.digest} {255 * 128 * 4000}\n"}
    assert len(list(Path("cache").iterdir())) == 2


def test_a_temporary_file_goes_with_its_process(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("file").write_text("no folder")
    Path("temporary").mkdir()
    monkeypatch.setenv("RNNCTL_CACHE", str(Path.cwd() / "file"))
    monkeypatch.setenv("TMPDIR", str(Path.cwd() / "temporary"))
    done = subprocess.run([sys.executable, "-c", PROCESS], capture_output=True, text=True, check=True)
    assert done.stdout.startswith(str(Path.cwd() / "temporary" / "rnnctl-"))
    assert done.stdout.endswith(" 5\n")
    assert list(Path("temporary").iterdir()) == []


def test_where_the_cache_is(monkeypatch: pytest.MonkeyPatch) -> None:
    home = Path.cwd() / "home"
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "xdg"))
    assert cache_folder() == Path.cwd() / "cache"
    monkeypatch.setenv("RNNCTL_CACHE", "")
    assert cache_folder() == home / "xdg" / "rnnctl"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert cache_folder() == home / ".cache" / "rnnctl"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_folder() == home / ".cache" / "rnnctl"


def test_a_file_is_written_whole_or_not_at_all() -> None:
    path = Path("whole")
    path.write_text("old")

    def broken() -> None:
        with whole_file(path) as stream:
            stream.write(b"half")
            raise KeyError

    with pytest.raises(KeyError):
        broken()
    assert path.read_text() == "old"
    with whole_file(path, 5_000_000_000) as stream:
        stream.write(b"new")
        assert path.read_text() == "old"
    assert (path.read_text(), path.stat().st_mtime_ns) == ("new", 5_000_000_000)
    assert sorted(p.name for p in Path.cwd().iterdir()) == ["a.txt", "whole"]


def test_what_a_killed_process_left_is_swept_away_after_a_day() -> None:
    Path("cache").mkdir()
    for name in (".text-old.npy.1.2", ".text-new.npy.3.4", "mine"):
        Path("cache", name).write_text("half")
        if name != ".text-new.npy.3.4":
            os.utime(Path("cache", name), (0, 0))
    made = opened()
    assert sorted(p.name for p in Path("cache").iterdir()) == sorted(
        [".text-new.npy.3.4", "mine", made.path.name, made.path.with_suffix(".json").name]
    )
