"""Whatever stands in a file or behind `--set`: it is a config, or its mistakes are told; nothing else happens.

The examples are the same in each run. More of them, in bytes, are made by tests/measurements/fuzz.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rnnctl.config import load_config, open_config
from rnnctl.document import dump, parse
from rnnctl.errors import ConfigError, RnnctlError
from tests.measurements.fuzz import complaint, corpus, mutated

ROOT = Path(__file__).parents[1]
few = settings(
    derandomize=True,
    max_examples=60,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

BASE = """\
name: base
vars: {width: 4}
data:
  task: {sine: {steps: 200, noise: 0.1}}
  split: {train: 0.5, valid: 0.25, test: 0.25}
cells:
  mine:
    state: {h: size}
    parameters:
      W: {shape: [size, input], init: glorot_uniform}
      U: {shape: [size, size], init: orthogonal}
    equations: |
      EQUATION
    output: h'
model:
  chain:
    - mine: ${vars.width}
    - dense: 1
training:
  loss: mse
  window: 8
"""
CONFIG = BASE.replace("EQUATION", "h' = tanh(W @ x + U @ h)")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def well_told(do: Callable[[], object], files: dict[str, str]) -> bool:
    """Whether there are mistakes; each can be printed, and stands at a place of its text."""
    try:
        do()
    except RnnctlError as raised:
        error = raised
    else:
        return False
    assert error.exit_code in (2, 3)
    assert error.diagnostics
    assert not error.problems
    assert [complaint(diagnostic, files) for diagnostic in error.diagnostics] == [None] * len(error.diagnostics)
    return True


def opened(text: str, overrides: tuple[str, ...] = ()) -> bool:
    """Whether a text is refused as a config, by each of those who read one."""
    path = Path("c.yaml")
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    files = {str(path): text.removeprefix("\ufeff")} | ({"--set": overrides[0]} if len(overrides) == 1 else {})
    refused = well_told(lambda: load_config(path, overrides), files)
    return well_told(lambda: open_config(path, overrides), files) or refused


# Text that looks like YAML.

_WORDS = """\
[ ] { } , : - ? # & * ! | > ' " % @ ` ~ << <<: a b c: : - - --- ... &a *a *b !!str !!int !!map !x !<tag:x>
null true no on 012 0x1f 0o7 1e3 -1 .5 .inf .nan 1_000 12:30 2024-01-01
name: data: model: training: cells: chain: vars: extends: ignore: format: task: sine loss: mse lstm rnn: 4 dense:
window: 8 ${vars.a} ${env:A:-1} ${ h' W @ x tanh( ) = \\ \\x \\u12 é 日本 😀
"""
WORDS = _WORDS.split()
SPACES = ["", "", " ", "  ", "\n", "\n  ", "\n    ", "\n- ", "\n  - ", "\t", "\r\n", "\r", "\u00a0", "\ufeff"]


@few
@given(st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(SPACES)), max_size=40))
def test_words_of_yaml(words: list[tuple[str, str]]) -> None:
    text = "".join(word + space for word, space in words)
    well_told(lambda: parse(text, "c.yaml"), {"c.yaml": text.removeprefix("\ufeff")})
    opened(text)


@few
@given(st.text(max_size=60))
def test_any_text(text: str) -> None:
    well_told(lambda: parse(text, "c.yaml"), {"c.yaml": text.removeprefix("\ufeff")})
    opened(text)


@few
@given(st.text(alphabet="\n\r\t -:?#[]{},&*!|>'\"%@a1é\u2028\x85\x00", max_size=40))
def test_what_yaml_is_made_of(text: str) -> None:
    well_told(lambda: parse(text, "c.yaml"), {"c.yaml": text.removeprefix("\ufeff")})


@few
@given(st.binary(max_size=80), st.integers(0, len(CONFIG)))
def test_any_bytes_in_a_config(data: bytes, at: int) -> None:
    path = Path("c.yaml")
    path.write_bytes(CONFIG[:at].encode() + data + CONFIG[at:].encode())
    well_told(lambda: open_config(path), {})


# Configs that were right, or nearly.


@cache
def texts() -> list[bytes]:
    return [re.sub(rb"stdlib:\S*", b"c.yaml", text) for text in corpus()]


@settings(few, max_examples=120)
@given(st.randoms(use_true_random=False), st.integers(1, 6))
def test_edited_configs(draw: Any, edits: int) -> None:
    data = bytearray(draw.choice(texts()))
    for _ in range(edits):
        data = mutated(data, texts(), draw)[:20_000]
    path = Path("c.yaml")
    path.write_bytes(data)
    files = {str(path): data.decode("utf-8", "replace").removeprefix("\ufeff")}
    well_told(lambda: open_config(path), files)


@few
@given(st.sampled_from(CONFIG.splitlines(keepends=True)), st.integers(0, 30), st.integers(0, 12))
def test_lines_that_move(line: str, to: int, indent: int) -> None:
    lines = CONFIG.splitlines(keepends=True)
    lines.remove(line)
    lines.insert(to, " " * indent + line.lstrip())
    opened("".join(lines))


# Values of any shape where others should stand.

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
KEYS = st.sampled_from(sorted(set(re.findall(r"[a-z_]+(?=:)", CONFIG)))) | st.text(max_size=5)
TREES = st.recursive(
    SCALARS | st.sampled_from(["adam", "mse", "lstm", "streams", "${vars.width}", "${env:HOME}", "h'", "sine", "*"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@few
@given(st.dictionaries(KEYS, TREES, max_size=6))
def test_any_values(tree: dict[str, Any]) -> None:
    try:
        text = dump(tree)
    except ConfigError:  # half of a surrogate pair
        return
    opened(text)


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if path:
        yield path
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(inner, (*path, key))


PLACES = sorted(places(parse(CONFIG, "c.yaml").value), key=str)


@settings(few, max_examples=120)
@given(st.sampled_from(PLACES), TREES)
def test_any_value_in_the_place_of_another(place: tuple[str | int, ...], value: Any) -> None:
    tree = parse(CONFIG, "c.yaml").value
    inside = tree
    for step in place[:-1]:
        inside = inside[step]
    inside[place[-1]] = value
    try:
        text = dump(tree)
    except ConfigError:
        return
    opened(text)


# Arguments of --set.

PATHS = st.sampled_from([".".join(map(str, place)) for place in PLACES]) | st.text(max_size=12)
VALUES = st.sampled_from(
    ["64", "null", "[1, 2]", "{a: 1}", "", "*a", "&a 1", "${vars.width}", "'", "[", "012", "- a", "a: b: c"]
)


@settings(few, max_examples=100)
@given(PATHS, st.sampled_from(["=", "", "==", " = "]), VALUES | st.text(max_size=10))
def test_any_setting(path: str, sign: str, value: str) -> None:
    opened(CONFIG, (f"{path}{sign}{value}",))


@few
@given(st.lists(st.tuples(PATHS, VALUES), max_size=4))
def test_several_settings(pairs: list[tuple[str, str]]) -> None:
    opened(CONFIG, tuple(f"{path}={value}" for path, value in pairs))


# Equations.

_PIECES = """\
h h' x W U size input a b 1 2.5 1e9 + - * / // ^ @ ( ) [ ] , : = == < and or not tanh( sum( where( split( concat(
reshape( zeros( eye( range( transpose( outer( max( mod( layer_norm( softmax( axis=0 repeat over ' # . ; % \\ é
99999999999999999999
"""
PIECES = _PIECES.split()


@settings(few, max_examples=120)
@given(st.lists(st.sampled_from(PIECES) | st.just("\n      "), max_size=25), st.booleans())
def test_any_equation(pieces: list[str], begun: bool) -> None:
    opened(BASE.replace("EQUATION", ("h' = " if begun else "") + " ".join(pieces).strip() or "h' = x"))


@few
@given(st.text(max_size=30).filter(lambda text: not re.search(r"[\r\n\x85\u2028\u2029]", text)))
def test_any_text_as_an_equation(text: str) -> None:
    opened(BASE.replace("EQUATION", f"h' = {text}"))


# What must not happen, each once.

HOSTILE = {
    "python": 'a: !!python/object/apply:os.system ["touch done"]\n',
    "python in a setting": CONFIG.replace("mse", '!!python/object/apply:os.system ["touch done"]'),
    "python in an equation": BASE.replace("EQUATION", "h' = __import__('os').system('touch done')"),
    "brackets": "[" * 100_000,
    "braces": "{a: " * 30_000,
    "dashes": "- " * 100_000,
    "parentheses": BASE.replace("EQUATION", "h' = " + "(" * 18_000),
    "a long sum": BASE.replace("EQUATION", "h' = h" + " + h" * 4000),
    "calls": BASE.replace("EQUATION", "h' = " + "tanh(" * 3000 + "h" + ")" * 3000),
    "aliases": "a0: &a0 [1, 1]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 60)),
    "variables": CONFIG.replace("width: 4", "width: 4, v0: [1, 1]")
    + "".join(f"v{i}: ['${{vars.v{i - 1}}}', '${{vars.v{i - 1}}}']\n" for i in range(1, 40)),
    "digits": CONFIG.replace("window: 8", "window: " + "9" * 100_000),
    "a path": CONFIG.replace("task: {sine: {steps: 200, noise: 0.1}}", f"csv: {'x' * 100_000}"),
    "a pattern": CONFIG.replace("task: {sine: {steps: 200, noise: 0.1}}", "text: '" + "**/" * 1000 + "x'"),
    "layers": CONFIG.replace(
        "    - dense: 1\n", "    - stack: {layer: {stack: {layer: {rnn: 4}, depth: 9999}}, depth: 9999}\n"
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_must_not_happen(name: str) -> None:
    assert opened(HOSTILE[name])
    assert not Path("done").exists()
