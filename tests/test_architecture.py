"""The house as DESIGN.md draws it: who may import whom, what stays free of torch, and how long a file is."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

REPOSITORY = Path(__file__).parents[1]
PACKAGE = REPOSITORY / "rnnctl"
FILES = sorted(PACKAGE.rglob("*.py"))

ALLOWED: dict[str, set[str]] = {
    "errors": set(),
    "document": {"errors"},
    "equations": {"errors"},
    "catalogue": {"document", "equations", "errors"},
    "data": {"errors"},
    "config": {"catalogue", "data", "document", "equations", "errors"},
    "plan": {"config", "data", "equations", "errors"},
    "timeline": {"config", "data", "plan"},
    "backends": {"equations", "errors"},
    "nn": {"backends", "catalogue", "equations", "errors"},
    "training": {"config", "data", "errors", "nn"},
    "build": {"config", "data", "errors", "nn", "runs", "training"},
    "runs": {"config", "data", "document", "errors", "training"},
    "stepping": {"backends", "config", "data", "equations", "errors", "runs", "training"},
    "tracking": {"errors", "runs", "training"},
    "report": {"catalogue", "config", "data", "document", "equations", "errors", "plan", "runs", "stepping"}
    | {"expect", "timeline", "training"},
    "job": {"build", "config", "errors", "runs", "training"},
    "expect": {"build", "config", "data", "document", "errors", "job", "plan", "runs", "stepping", "training"},
    "tui": {"data", "errors", "report", "stepping"},
    "cli": {"expect", "job", "tui"}
    | {"build", "catalogue", "config", "data", "document", "equations", "errors", "plan", "report", "runs"}
    | {"stepping", "templates", "timeline", "tracking", "training"},
    "templates": {"errors"},
    "pytest_plugin": {"config", "errors", "expect", "report", "runs"},
}
"""Each part of the package with those that it may import; the root offers names and its version to all."""

TORCH = {"nn", "backends/torch.py", "training/loop.py", "training/loss.py", "training/optimizers.py"}
TORCH |= {"training/divergence.py", "training/state.py", "training/threads.py", "build.py"}
"""Where torch may be imported by the mere import of a file."""

ONLY_IN = {"typer": {"cli"}, "rich": {"cli", "report", "tui"}, "pydantic": {"config"}, "yaml": {"document"}}
ONLY_IN |= {"textual": {"tui"}, "tensorboard": {"tracking"}, "mlflow": {"tracking"}}


class Import(NamedTuple):
    """One import statement's module, and whether importing the file runs it."""

    file: Path
    line: int
    module: str
    at_once: bool

    def __str__(self) -> str:
        return f"{self.file.relative_to(REPOSITORY)}:{self.line}: {self.module}"


def imports(file: Path) -> Iterator[Import]:
    yield from _imports(file, ast.parse(file.read_text()).body, at_once=True)


def _imports(file: Path, body: list[ast.stmt], *, at_once: bool) -> Iterator[Import]:
    for node in body:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(file, node.lineno, alias.name, at_once)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}:{node.lineno}: a relative import"
            assert node.module is not None
            names = (
                [f"{node.module}.{alias.name}" for alias in node.names] if node.module == "rnnctl" else [node.module]
            )
            yield from (Import(file, node.lineno, name, at_once) for name in names)
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            yield from _imports(file, node.body, at_once=False)
        else:
            inside = at_once and not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            for field in ("body", "orelse", "finalbody", "handlers", "cases"):
                yield from _imports(file, getattr(node, field, None) or [], at_once=inside)


def part(file: Path) -> str:
    """The part of the package that a file belongs to: a folder, or a file of the root."""
    inside = file.relative_to(PACKAGE)
    return inside.parts[0].removesuffix(".py")


EVERY = [found for file in FILES for found in imports(file)]


def ours(found: Import) -> str | None:
    names = found.module.split(".")
    return names[1] if names[0] == "rnnctl" and len(names) > 1 and names[1] in ALLOWED else None


def test_all_of_the_package_is_looked_at() -> None:
    parts = {part(file) for file in FILES}
    assert parts - {"__init__", "__main__"} == set(ALLOWED)
    assert len(EVERY) > 300


def test_every_import_is_allowed() -> None:
    wrong = [
        str(found)
        for found in EVERY
        if (target := ours(found)) is not None
        and part(found.file) not in ("__init__", "__main__", target)
        and target not in ALLOWED[part(found.file)]
    ]
    assert wrong == []


def test_there_is_no_circle() -> None:
    used: dict[str, set[str]] = {name: set() for name in ALLOWED}
    for found in EVERY:
        target = ours(found)
        if target is not None and part(found.file) in used and target != part(found.file):
            used[part(found.file)].add(target)
    order = list(TopologicalSorter(used).static_order())
    assert order.index("errors") < order.index("document") < order.index("config") < order.index("cli")
    allowed = list(TopologicalSorter(ALLOWED).static_order())
    assert set(allowed) == set(order)


def test_torch_is_imported_where_it_is_needed() -> None:
    wrong = [
        str(found)
        for found in EVERY
        if found.module.split(".")[0] == "torch" and found.at_once and not _may_import_torch(found.file)
    ]
    assert wrong == []


def _may_import_torch(file: Path) -> bool:
    inside = file.relative_to(PACKAGE)
    return inside.as_posix() in TORCH or inside.parts[0] in TORCH


@pytest.mark.parametrize("library", ONLY_IN)
def test_a_library_stays_in_its_place(library: str) -> None:
    users = {part(found.file) for found in EVERY if found.module.split(".")[0] == library}
    assert users <= ONLY_IN[library]
    assert users


def test_no_pickle_and_no_evaluation_of_text() -> None:
    assert [str(f) for f in EVERY if f.module.split(".")[0] in ("pickle", "marshal", "shelve", "dill")] == []
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in ("eval", "exec", "compile", "__import__"), f"{file}:{node.lineno}"


def test_printing_is_for_the_command_line() -> None:
    wrong = [
        f"{file.relative_to(REPOSITORY)}:{node.lineno}"
        for file in FILES
        if part(file) not in ("cli", "report")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("print", "input")
    ]
    assert wrong == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_files_and_functions_are_short(file: Path) -> None:
    text = file.read_text()
    assert text.count("\n") <= 400
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 60, f"{node.name} is too long"


CONFIG = "data: {task: sine}\nmodel: {chain: [{lstm: 4}, {dense: 1}]}\ntraining: {loss: mse, epochs: 1}\n"

WATCHED = """\
import sys
from rnnctl.cli.app import main
sys.argv = ["rnnctl", *sys.argv[1:]]
code = 0
try:
    main()
except SystemExit as ended:
    code = ended.code or 0
loaded = [name for name in ("torch", "tensorboard", "mlflow", "textual", "onnx") if name in sys.modules]
print("code", code, "loaded", loaded, file=sys.stderr)
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a config and a run of it."""
    folder = tmp_path_factory.mktemp("trained")
    (folder / "c.yaml").write_text(CONFIG)
    (folder / "new.csv").write_text("value\n0.5\n0.25\n")
    done = subprocess.run(
        [sys.executable, "-m", "rnnctl", "train", "c.yaml", "-q"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        ["train", "--help"],
        ["verify-resume", "--help"],
        ["eval", "--help"],
        ["check", "--help"],
        ["init", "--list"],
        ["init", "own-cell", "own.yaml"],
        ["validate", "c.yaml"],
        ["plan", "c.yaml"],
        ["plan", "c.yaml", "--timeline"],
        ["validate", "c.yaml", "--set", "training.epochs=2"],
        ["show", "c.yaml"],
        ["show", "c.yaml", "--origin"],
        ["show", "c-1", "--json"],
        ["diff", "c.yaml", "c-1"],
        ["runs"],
        ["runs", "list", "--where", "training.epochs=1", "--sort", "valid.loss", "--json"],
        ["runs", "show", "c-1"],
        ["runs", "compare", "c-1", "c-1"],
        ["runs", "prune", "--keep", "1", "--dry-run"],
        ["cells"],
        ["cells", "show", "lstm"],
        ["schema"],
        ["explain"],
        ["explain", "training.window", "lstm", "window-cuts-nothing", "state"],
        ["step", "--input", "0.5"],
        ["step", "--reset", "--json"],
        ["predict", "c-1", "new.csv"],
    ],
    ids=" ".join,
)
def test_no_torch_where_none_is_needed(trained: Path, arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, *arguments], cwd=trained, capture_output=True, text=True, check=False
    )
    assert done.stderr.splitlines()[-1] == "code 0 loaded []", done.stderr
    assert done.stdout


def test_the_package_itself_is_lazy() -> None:
    code = "import sys, rnnctl; print([n for n in ('torch', 'numpy', 'yaml', 'pydantic', 'typer') if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
