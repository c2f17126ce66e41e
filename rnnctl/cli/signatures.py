"""What a command takes, read from its source: to import it would cost more than a completion may take.

`train` and its like import numpy and pydantic, for a third of a second and more. So a completion reads the `Annotated`
parameters as they are written, and tests hold what is read here against what typer makes of them.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

PACKAGE = Path(__file__).parents[1]
_APP = "rnnctl.cli.app"


class Parameter(NamedTuple):
    """An argument, or an option, of a command.

    Of an argument `options` are none. `metavar` stands for the value in help; `choices` are all values, where they are
    a closed list. A flag takes no value. `many` is what can be given more than once.
    """

    name: str
    options: tuple[str, ...]
    metavar: str
    flag: bool
    many: bool
    choices: tuple[str, ...]
    help: str


_OF_TYPER = tuple(
    Parameter(name, (f"--{name.replace('_', '-')}",), "", flag=True, many=False, choices=(), help=about)
    for name, about in (
        ("install_completion", "Install completion for the current shell."),
        ("show_completion", "Show completion for the current shell, to copy it or customize the installation."),
    )
)
"""The options that typer adds to the program."""


class Signature(NamedTuple):
    """What a command takes, and the commands below it."""

    parameters: tuple[Parameter, ...]
    commands: Mapping[str, tuple[Signature, str]] = {}

    @property
    def arguments(self) -> tuple[Parameter, ...]:
        """The parameters that have no name on the command line."""
        return tuple(p for p in self.parameters if not p.options)


def program() -> Signature:
    """What `rnnctl` itself takes, and its commands; what these take is left out."""
    table = _defined("COMMANDS", _APP)
    assert isinstance(table, ast.Dict)
    commands = {name: (Signature(()), summary) for name, (_, summary) in ast.literal_eval(table).items()}
    return Signature((*signature(_APP, "_options").parameters, *_OF_TYPER), commands)


def of_command(name: str) -> Signature:
    """What one of the commands of `rnnctl` takes, and the commands below it."""
    table = _defined("COMMANDS", _APP)
    assert isinstance(table, ast.Dict)
    return signature(ast.literal_eval(table)[name][0])


def signature(module: str, function: str = "command") -> Signature:
    """What the command in a module takes: its function, or the callback and the commands of its typer `app`."""
    body = _module(module)
    functions = {node.name: node for node in body if isinstance(node, ast.FunctionDef)}
    if function in functions:
        return Signature(tuple(_parameters(functions[function], module)))
    own: tuple[Parameter, ...] = ()
    commands: dict[str, tuple[Signature, str]] = {}
    for node in functions.values():
        for decorator in (d for d in node.decorator_list if isinstance(d, ast.Call)):
            match ast.unparse(decorator.func):
                case "app.callback":
                    own = tuple(_parameters(node, module))
                case "app.command":
                    name = next(_texts(decorator.args), node.name)
                    summary = (ast.get_docstring(node) or "").split("\n", 1)[0]
                    commands[name] = Signature(tuple(_parameters(node, module))), summary
    return Signature(own, commands)


@cache
def _module(name: str) -> list[ast.stmt]:
    path = PACKAGE.joinpath(*name.split(".")[1:])
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return ast.parse(path.read_bytes()).body


def _parameters(node: ast.FunctionDef, module: str) -> Iterator[Parameter]:
    for argument in node.args.args:
        annotation: ast.expr | ast.ClassDef | None = argument.annotation
        if isinstance(annotation, ast.Name):
            annotation = _defined(annotation.id, module)
        match annotation:
            case ast.Subscript(ast.Name("Annotated"), ast.Tuple([kind, ast.Call(ast.Attribute(attr=what)) as about])):
                yield _parameter(argument.arg, kind, what == "Option", about, module)


def _parameter(name: str, kind: ast.expr, option: bool, about: ast.Call, module: str) -> Parameter:
    """A parameter of the type `kind`, of which `typer.Option(...)` or `typer.Argument(...)` says the rest."""
    given = {word.arg: next(_texts([_known(word.value, module)]), "") for word in about.keywords}
    flag = option and ast.unparse(kind) == "bool"
    options: list[str] = []
    if option:
        written = [text for text in _texts(about.args) if text.startswith("-")]
        plain = "--" + name.replace("_", "-")
        written = written or [f"{plain}/--no-{plain[2:]}" if flag else plain]
        options = [part.strip() for text in written for part in text.split("/")]
    choices = tuple(_choices(kind, module))
    metavar = given.get("metavar") or ("" if option else name.upper())
    many = any(isinstance(node, ast.Name) and node.id in ("list", "Sequence") for node in ast.walk(kind))
    return Parameter(name, tuple(options), metavar, flag, many, choices, given.get("help", ""))


def _known(value: ast.expr, module: str) -> ast.expr:
    """A value, or what it stands for where it is a name."""
    found = _defined(value.id, module) if isinstance(value, ast.Name) else value
    return found if isinstance(found, ast.expr) else value


def _texts(values: list[ast.expr]) -> Iterator[str]:
    return (value.value for value in values if isinstance(value, ast.Constant) and isinstance(value.value, str))


def _choices(kind: ast.expr, module: str) -> Iterator[str]:
    """The values of a Literal, or of an enumeration."""
    for node in ast.walk(kind):
        match node:
            case ast.Subscript(ast.Name("Literal"), ast.Tuple(values)):
                yield from _texts(values)
            case ast.Name(name):
                found = _defined(name, module)
                if isinstance(found, ast.ClassDef):
                    yield from _texts([line.value for line in found.body if isinstance(line, ast.Assign)])


def _defined(name: str, module: str) -> ast.expr | ast.ClassDef | None:
    """What a name stands for in a module of ours: the value that it is given, or a class."""
    for node in _module(module):
        match node:
            case ast.Assign([ast.Name(found)], value) if found == name:
                return value
            case ast.ClassDef(found) if found == name:
                return node
            case ast.ImportFrom(str(source), names) if source.startswith("rnnctl."):
                for alias in names:
                    if (alias.asname or alias.name) == name:
                        return _defined(alias.name, source)
    return None
