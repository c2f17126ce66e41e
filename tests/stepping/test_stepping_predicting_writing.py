"""A file of predictions is whole or not there, and takes the place of nothing that it was not to."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from rnnctl.errors import Diagnostic, UsageError
from rnnctl.stepping.predicting.writing import writing


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(
    out: str,
    text: str = "new\n",
    *,
    replace: bool = False,
    source: str | None = None,
    meanwhile: Callable[[], object] = lambda: None,
) -> None:
    with writing(Path(out), replace=replace, source=None if source is None else Path(source)) as put:
        assert not Path(out).is_file() or Path(out).read_text() != text
        put(text[:2])
        put(text[2:])
        meanwhile()


def raising(error: BaseException) -> Callable[[], None]:
    def fail() -> None:
        raise error

    return fail


def refused(out: str, *, replace: bool = False, source: str | None = None) -> Diagnostic:
    before = {str(path): path.lstat().st_ino for path in Path().iterdir()}
    with pytest.raises(UsageError) as raised:
        write(out, replace=replace, source=source)
    assert {str(path): path.lstat().st_ino for path in Path().iterdir()} == before
    return raised.value.diagnostics[0]


@pytest.mark.parametrize("replace", [False, True])
def test_a_new_file(replace: bool) -> None:
    write("p.csv", "aä\ud800\n", replace=replace)
    assert Path("p.csv").read_bytes() == "aä?\n".encode()
    assert [path.name for path in Path().iterdir()] == ["p.csv"]
    assert Path("p.csv").stat().st_nlink == 1


def test_a_name_as_long_as_a_name_can_be() -> None:
    write("n" * 255)
    assert Path("n" * 255).read_text() == "new\n"
    assert refused("n" * 256).message.endswith("': File name too long")
    assert refused("a\0b").message == "cannot write 'a\0b': embedded null byte"


def test_what_is_there_stays_unless_it_is_to_be_replaced() -> None:
    Path("p.csv").write_text("old")
    Path("lost").symlink_to("nowhere")
    for name in ("p.csv", "lost"):
        assert refused(name) == Diagnostic(f"'{name}' is there already", help="--force replaces it")
    write("p.csv", replace=True)
    assert Path("p.csv").read_text() == "new\n"


def test_a_link_leads_to_what_is_replaced() -> None:
    Path("kept").mkdir()
    Path("kept/p.csv").write_text("old")
    Path("link").symlink_to("kept/p.csv")
    write("link", replace=True)
    assert Path("link").is_symlink()
    assert Path("kept/p.csv").read_text() == "new\n"
    assert [path.name for path in Path("kept").iterdir()] == ["p.csv"]


def test_what_is_no_file_is_never_replaced() -> None:
    os.mkfifo("pipe")
    Path("folder").mkdir()
    for name, what in (("pipe", "no file that could be replaced"), ("folder", "a folder")):
        told = refused(name, replace=True)
        assert told == Diagnostic(f"'{name}' is {what}", help="without --out predictions go to the standard output")
    assert refused("/dev/null", replace=True).message == "'/dev/null' is no file that could be replaced"


def test_the_data_that_is_read_is_not_written_over() -> None:
    Path("data.csv").write_text("mine")
    Path("link").symlink_to("data.csv")
    Path("second").hardlink_to("data.csv")
    for name in ("data.csv", "link", "second"):
        told = refused(name, replace=True, source="data.csv")
        assert told == Diagnostic(f"'{name}' is the data that is read", help="write to another file")
    assert refused("data.csv", replace=True, source="link").message == "'data.csv' is the data that is read"
    assert Path("data.csv").read_text() == "mine"
    write("other", replace=True, source="nowhere")


def test_a_file_that_came_to_be_meanwhile_stays_and_nothing_is_lost() -> None:
    with pytest.raises(UsageError) as raised:
        write("p.csv", meanwhile=lambda: Path("p.csv").write_text("theirs"))
    [told] = raised.value.diagnostics
    assert told.message == "'p.csv' was made by another program meanwhile"
    [beside] = [path for path in Path().iterdir() if path.name != "p.csv"]
    assert told.help == f"it is as it was; the predictions are in '{Path.cwd() / beside}'"
    assert (Path("p.csv").read_text(), beside.read_text()) == ("theirs", "new\n")


@pytest.mark.parametrize("meanwhile", [False, True])
def test_a_file_system_without_second_names(monkeypatch: pytest.MonkeyPatch, meanwhile: bool) -> None:
    def none(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", none)
    if not meanwhile:
        write("p.csv")
        assert [path.read_text() for path in Path().iterdir()] == ["new\n"]
        return
    with pytest.raises(UsageError, match="meanwhile"):
        write("p.csv", meanwhile=lambda: Path("p.csv").write_text("theirs"))
    assert Path("p.csv").read_text() == "theirs"


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_an_end_half_way_leaves_all_as_it_was(error: type[BaseException]) -> None:
    Path("p.csv").write_text("old")
    with pytest.raises(error):
        write("p.csv", replace=True, meanwhile=raising(error()))
    assert [(path.name, path.read_text()) for path in Path().iterdir()] == [("p.csv", "old")]


def test_a_full_disk() -> None:
    with pytest.raises(UsageError, match=r"cannot write 'p\.csv': No space left on device"):
        write("p.csv", meanwhile=raising(OSError(28, "No space left on device")))
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize(("name", "code"), [("SIGTERM", 143), ("SIGHUP", 129)])
def test_signals_unwind(name: str, code: int) -> None:
    number = getattr(signal, name)
    before = signal.getsignal(number)
    with pytest.raises(SystemExit) as raised:
        write("p.csv", meanwhile=lambda: os.kill(os.getpid(), number))
    assert raised.value.code == code
    assert signal.getsignal(number) is before
    assert list(Path().iterdir()) == []


def test_a_signal_that_is_ignored_stays_so() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as under nohup
    try:
        write("p.csv", meanwhile=lambda: os.kill(os.getpid(), signal.SIGHUP))
    finally:
        signal.signal(signal.SIGHUP, before)
    assert Path("p.csv").read_text() == "new\n"
