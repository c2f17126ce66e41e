"""pytest's door to `rnnctl check`: each promise of a config is a test, `configs/sine.yaml::test.mse`.

It does nothing unless `--rnnctl` is given, or `rnnctl = true` stands in pytest's settings, and until then it costs no
more than its own import. A config is checked when the first of its promises is run; what was measured is kept, so that
the others, in this process or in another one of pytest-xdist, take it up.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from rnnctl.config.expect.promises import Promise
    from rnnctl.errors import Place, RnnctlError
    from rnnctl.expect.outcome import Outcome, Verdict

_SUFFIXES = (".yaml", ".yml")
_WORK = "runs/check"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options, each with a setting of the same name."""
    group = parser.getgroup("rnnctl", "recurrent models that promise something")
    group.addoption("--rnnctl", action="store_true", help="collect configs of rnnctl that have `expect`")
    group.addoption("--rnnctl-work", metavar="FOLDER", help=f"where what was trained is kept (default: {_WORK})")
    parser.addini("rnnctl", "collect configs of rnnctl that have `expect`", type="bool", default=False)
    parser.addini("rnnctl_work", "where what was trained is kept, relative to the root folder", default=_WORK)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A config that promises something."""
    config = parent.config
    if file_path.suffix not in _SUFFIXES or not (config.getoption("rnnctl") or config.getini("rnnctl")):
        return None
    return ConfigFile.from_parent(parent, path=file_path) if _promises(file_path, config.stash) else None


_FOUND = pytest.StashKey[dict[Path, frozenset[Path]]]()


def _promises(path: Path, stash: pytest.Stash) -> bool:
    """Whether `rnnctl check` would find a file in its folder; each folder is looked through once."""
    from rnnctl.errors import UsageError
    from rnnctl.expect.find import find
    from rnnctl.runs.listing import is_run

    known = stash.setdefault(_FOUND, {})
    if path.parent not in known:
        try:
            configs = [] if is_run(path.parent) else find([path.parent]).configs
        except UsageError:  # there are none
            configs = []
        known[path.parent] = frozenset(candidate.path for candidate in configs)
    return path in known[path.parent]


class ConfigFile(pytest.File):
    """A config, and what came of it once it is checked."""

    outcome: Outcome | None = None

    def collect(self) -> Iterator[pytest.Item]:
        """A test for each promise; a config that is wrong is an error of the collection."""
        from rnnctl.config import open_config
        from rnnctl.config.places import section_key
        from rnnctl.errors import RnnctlError

        try:
            resolved = open_config(_near(self.path))
        except RnnctlError as error:
            raise self.CollectError(_told(error)) from None
        document = resolved.document
        for promise in resolved.expect.promises if resolved.expect else ():
            place = None
            if document is not None:
                place = document.place((section_key(document.value, "expect"), promise.key), "key")
            yield Expectation.from_parent(self, name=promise.key, promise=promise, place=place)

    def checked(self) -> Outcome:
        """What came of the config."""
        if self.outcome is None:
            from rnnctl.errors import RnnctlError
            from rnnctl.expect.check import check_one

            given = self.config.getoption("rnnctl_work")
            work = Path(given) if given else self.config.rootpath / self.config.getini("rnnctl_work")
            try:
                self.outcome = check_one(_near(self.path), work=work.absolute())
            except RnnctlError as error:
                pytest.fail(_told(error), pytrace=False)
        return self.outcome


class Expectation(pytest.Item):
    """One promise of a config."""

    def __init__(self, *, promise: Promise, place: Place | None, **others: Any) -> None:
        super().__init__(**others)
        self.promise = promise
        self.place = place
        self.verdict: Verdict | None = None
        if self.config.pluginmanager.hasplugin("xdist"):  # with --dist loadgroup a config stays with one process
            self.add_marker(pytest.mark.xdist_group(str(self.path)))

    def setup(self) -> None:
        """Check the config. That it cannot be judged is an error of the test, and no failure of the promise."""
        parent = self.parent
        assert isinstance(parent, ConfigFile)
        outcome = parent.checked()
        self.verdict = next((v for v in outcome.verdicts if v.promise.key == self.promise.key), None)
        if self.verdict is None:
            pytest.fail(_trouble(outcome), pytrace=False)

    def runtest(self) -> None:
        """Whether the promise is met."""
        from rnnctl.report.check.words import sentence

        assert self.verdict is not None
        if not self.verdict.met:
            raise Unmet(sentence(self.verdict))
        self.add_report_section("call", "rnnctl", sentence(self.verdict))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What is short of the promise, in a sentence."""
        if isinstance(excinfo.value, Unmet):
            from rnnctl.report.fitting import one_line

            where = "" if self.place is None else f"\n{self.place.excerpt()}"
            return f"{one_line(str(excinfo.value))}{where}"
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """The line in which it is written."""
        from rnnctl.report.check.words import promised

        line = self.place.line - 1 if self.place is not None and Path(self.place.file).absolute() == self.path else 0
        return self.path, line, f"{self.path.name}: {promised(self.promise)}"


class Unmet(Exception):  # noqa: N818 (it is no error: the promise is not met)
    """A promise that is not met, and what is short of it."""


def _near(path: Path) -> Path:
    """A path as it is told best: from the folder that one is in."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _told(error: RnnctlError) -> str:
    from rnnctl.report.diagnostics import all_of

    return "\n".join(str(diagnostic) for diagnostic in all_of(error))


def _trouble(outcome: Outcome) -> str:
    """Why a config could not be judged, with what its process said last."""
    from rnnctl.errors import printable
    from rnnctl.report.check.words import last_lines, state_words, trouble_words

    if outcome.trouble is None:
        return f"{outcome.path.name}: {state_words(outcome)}"
    head = f"{outcome.path.name}: {state_words(outcome)}: {trouble_words(outcome.trouble)}"
    diagnostics = [str(diagnostic) for diagnostic in outcome.trouble.diagnostics]
    return printable("\n".join([head, *diagnostics, *last_lines(outcome.trouble)]))
