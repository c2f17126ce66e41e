"""The worst files of up to 1 MB that we could think of: each stops at a bound, or holds much in few values."""

from __future__ import annotations

from collections.abc import Callable

from fuzz import LARGEST

from rnnctl.document.composer import MAX_NODES

CONFIG = """\
data:
  task: sine
model:
  chain:
    - rnn: 4
    - dense: 1
training:
  loss: mse
  window: 8
"""


def filled(piece: str, before: str = "", after: str = "") -> str:
    """A piece as often as a megabyte takes it."""
    return before + piece * ((LARGEST - len(before) - len(after)) // len(piece.encode())) + after


def counted(line: Callable[[int], str], before: str = "", after: str = "") -> str:
    """Lines that differ by their number, as many as a megabyte takes."""
    rows, size, i = [before], len(before) + len(after), 0
    while size + len(row := line(i)) <= LARGEST:
        rows.append(row)
        size, i = size + len(row), i + 1
    return "".join([*rows, after])


def within(line: Callable[[int], str], values: int, before: str = "", after: str = "") -> str:
    """Lines that differ by their number, each of so many values, as many as a config may hold."""
    return before + "".join(map(line, range((MAX_NODES - 100) // values))) + after


def with_cell(equations: str, parameters: str = "W: {shape: [size, input], init: glorot_uniform}") -> str:
    """A config with a cell of these equations."""
    body = "".join(f"      {line}\n" for line in equations.split("\n"))
    cell = f"cells:\n  mine:\n    state: {{h: size}}\n    parameters:\n      {parameters}\n    equations: |\n"
    cell += f"{body}    output: h'\n"
    return CONFIG.replace("model:\n", f"{cell}model:\n").replace("- rnn: 4", "- mine: 4")


def in_chain(items: str) -> str:
    """A config with these items in its chain."""
    return CONFIG.replace("    - rnn: 4\n", items)


def in_training(text: str) -> str:
    """A config with this text at its end."""
    return CONFIG + text


CSV = CONFIG.replace("  task: sine\n", "  csv: {}\n  input: {}\n  target: {}\n")
ALIASES = "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 40))

CASES: dict[str, Callable[[], str]] = {
    "nothing but [": lambda: filled("["),
    "nothing but {": lambda: filled("{"),
    "nothing but [ on lines": lambda: filled("[\n"),
    "nothing but a: ": lambda: filled("a: "),
    "nothing but - ": lambda: filled("- "),
    "nothing but ? ": lambda: filled("? "),
    "nothing but tabs": lambda: filled("\t"),
    "nothing but spaces": lambda: filled(" "),
    "nothing but line ends": lambda: filled("\n"),
    "nothing but carriage returns": lambda: filled("\r"),
    "nothing but comments": lambda: filled("#\n"),
    "one comment": lambda: filled("x", "# "),
    "nothing but &": lambda: filled("&"),
    "nothing but *": lambda: filled("*"),
    "nothing but !": lambda: filled("!"),
    "nothing but quotes": lambda: filled('"'),
    "nothing but single quotes": lambda: filled("'"),
    "nothing but colons": lambda: filled(":"),
    "nothing but commas": lambda: filled(",", "[", "]"),
    "nothing but NUL": lambda: filled("\0"),
    "nothing but emoji": lambda: filled("\U0001f600"),
    "nothing but %": lambda: filled("%\n"),
    "keys on one level": lambda: counted(lambda i: f"k{i}: 1\n"),
    "the same key": lambda: filled("a: 1\n"),
    "the same key in training": lambda: filled("  epochs: 3\n", CONFIG),
    "unknown keys in training": lambda: counted(lambda i: f"  k{i}:\n", CONFIG),
    "unknown keys that are near": lambda: counted(lambda i: f"  epoch{i}: 1\n", CONFIG),
    "mistaken scalars": lambda: counted(lambda i: f"  k{i}: 012\n", CONFIG),
    "mistaken tags": lambda: counted(lambda i: f"  k{i}: !a\n", CONFIG),
    "unknown aliases": lambda: counted(lambda i: f"  k{i}: *a{i}\n", CONFIG),
    "unknown aliases among many anchors": lambda: counted(lambda i: f"  k{i}: &a{i} 1\n  l{i}: *b{i}\n", CONFIG),
    "keys in flow": lambda: counted(lambda i: f"k{i}: 1, ", "{", "}"),
    "items in flow": lambda: filled("1,", "a: [", "]"),
    "items in block": lambda: filled("- 1\n", "a:\n"),
    "empty mappings": lambda: filled("{},", "a: [", "]"),
    "question keys": lambda: counted(lambda i: f"? k{i}\n: 1\n"),
    "one key": lambda: filled("k", "", ": 1\n"),
    "one key in quotes": lambda: filled("k", '"', '": 1\n'),
    "one scalar": lambda: filled("x", "name: "),
    "one scalar of many lines": lambda: filled("x\n ", "name: x\n "),
    "one quoted scalar": lambda: filled("x", 'name: "', '"'),
    "one scalar of escapes": lambda: filled("\\x41", 'name: "', '"'),
    "one quoted scalar of lines": lambda: filled("\n", 'name: "', '"'),
    "one block scalar": lambda: filled("  x\n", "name: |\n"),
    "one block scalar with spaces at its ends": lambda: filled("  x    \n", "name: |\n"),
    "one block scalar of spaces": lambda: filled("  " + " " * 98 + "\n", "name: |\n"),
    "one folded scalar": lambda: filled("  x\n", "name: >\n"),
    "one number": lambda: filled("9", "seed: "),
    "one number of 100,000 digits": lambda: CONFIG + "  seed: " + "9" * 100_000 + "\n",
    "a number of leading zeros": lambda: filled("0", "seed: ", "7"),
    "a long float": lambda: filled("9", "seed: 0."),
    "numbers of 4,000 digits": lambda: counted(lambda i: f"k{i}: {'9' * 3990}\n"),
    "documents": lambda: filled("---\na: 1\n"),
    "deep flow in block": lambda: counted(lambda i: f"k{i}: {'[' * 60}{']' * 60}\n"),
    "deep block": lambda: "".join(" " * i + "a:\n" for i in range(1400)),
    "depth at its bound": lambda: counted(lambda i: f"k{i}: {'{a: ' * 62}1{'}' * 62}\n"),
    "aliases, a bomb": lambda: f"a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1]\n{ALIASES}",
    "aliases of a large value": lambda: "a: &a [" + "1," * 1000 + "]\nb: [" + "*a," * 190 + "]\n",
    "merges of a large mapping": lambda: (
        "a: &a {"
        + "".join(f"k{i}: 1, " for i in range(1000))
        + "}\n"
        + "".join(f"b{i}: {{<<: *a}}\n" for i in range(190))
    ),
    "merges of merges": lambda: (
        "a0: &a0 {x: 1}\n"
        + counted(lambda i: f"a{i + 1}: &a{i + 1} {{<<: *a{i}, k{i}: 1}}\n")[:600_000].rpartition("\n")[0]
        + "\n"
    ),
    "merges of a list of aliases": lambda: "a: &a {x: 1}\nb:\n  <<: [" + "*a, " * 200_000 + "]\n",
    "anchors": lambda: counted(lambda i: f"k{i}: &a{i} 1\n"),
    "one anchor again and again": lambda: filled("&a 1,", "k: [", "]"),
    "one anchor of a long name": lambda: filled("a", "k: &", " 1\n"),
    "one alias of a long name": lambda: filled("a", "k: *", "\n"),
    "aliases of one scalar": lambda: filled("*a,", "k: &a 1\nl: [", "]"),
    "aliases of aliases": lambda: "k0: &a0 1\n" + counted(lambda i: f"k{i + 1}: *a0\n"),
    "a misspelt alias among anchors": lambda: counted(lambda i: f"k{i}: &anchor{i} 1\n", "", "z: *anchorr\n"),
    "a chain of layers": lambda: in_chain(filled("    - rnn: 4\n")[: LARGEST - 1000].rpartition("\n")[0] + "\n"),
    "a chain of 100,000 layers": lambda: in_chain("    - mean\n" * 90_000),
    "a chain of unknown layers": lambda: in_chain(
        counted(lambda i: f"    - l{i}: 4\n")[: LARGEST - 1000].rpartition("\n")[0] + "\n"
    ),
    "a chain of 9,998 layers": lambda: in_chain("    - rnn: 4\n" * 9998),
    "a chain of 9,998 layers with options": lambda: in_chain(
        "    - lstm: {size: 4, init: {bf: 1, Ui: {normal: 1}}}\n" * 9998
    ),
    "a chain of mistaken options": lambda: in_chain(
        counted(lambda i: f"    - lstm: {{sise: {i}}}\n")[: LARGEST - 1000].rpartition("\n")[0] + "\n"
    ),
    "a stack of 10,000 layers": lambda: in_chain("    - stack: {layer: {rnn: 4}, depth: 9998}\n"),
    "a stack of a billion layers": lambda: in_chain("    - stack: {layer: {rnn: 4}, depth: 1000000000}\n"),
    "stacks in stacks": lambda: in_chain("    - " + "stack: {depth: 1000, layer: {" * 8 + "rnn: 4" + "}}" * 8 + "\n"),
    "members in members": lambda: in_chain("    - " + "{residual: " * 60 + "{rnn: 4}" + "}" * 60 + "\n"),
    "bidirectional in bidirectional": lambda: in_chain(
        "    - " + "{bidirectional: " * 8 + "{rnn: 4}" + "}" * 8 + "\n"
    ).replace("window: 8", "window: null"),
    "a long sum": lambda: with_cell("h' = h" + " + h" * 4900),
    "a long sum of 1 MB": lambda: with_cell("h' = h" + " + h" * 240_000),
    "deep parentheses": lambda: with_cell("h' = " + "(" * 9000 + "h" + ")" * 9000),
    "parentheses without an end": lambda: with_cell("h' = " + "(" * 19_000),
    "deep calls": lambda: with_cell("h' = " + "tanh(" * 3000 + "h" + ")" * 3000),
    "many equations": lambda: with_cell("\n".join(f"a{i} = tanh(h)" for i in range(1200)) + "\nh' = W @ x"),
    "equations that double": lambda: with_cell(
        "a0 = W @ x\n" + "\n".join(f"a{i + 1} = a{i} + a{i}" for i in range(900)) + "\nh' = a900"
    ),
    "functions that double": lambda: with_cell(
        "h' = f40(W @ x)\n    functions: |\n".replace("\n    functions: |\n", "")
    ).replace(
        "    equations: |",
        "    functions: |\n      f0(v) = v + v\n"
        + "".join(f"      f{i + 1}(v) = f{i}(f{i}(v))\n" for i in range(40))
        + "    equations: |",
    ),
    "sizes that double": lambda: with_cell(
        "h' = W @ x", "W: {shape: [" + " * ".join(["(size + input)"] * 60) + ", input], init: zeros}"
    ),
    "a power of sizes": lambda: with_cell("h' = W @ x", "W: {shape: [" + "size * " * 58 + "size, input], init: zeros}"),
    "a requirement of large powers": lambda: with_cell("h' = W @ x").replace(
        "    state:", "    require: 10 ^ 10 ^ 10 ^ 10 == size\n    state:"
    ),
    "10,000 parameters": lambda: with_cell(
        "h' = W @ x",
        "W: {shape: [size, input], init: zeros}\n"
        + "".join(f"      b{i}: {{shape: [size], init: zeros}}\n" for i in range(10_000)).rstrip(),
    ),
    "10,000 parameters in one line": lambda: (
        with_cell("h' = W @ x", ", ".join(f"b{i}" for i in range(10_000)) + ", W: {shape: [size, input], init: zeros}")
        .replace("b0,", '? "b0,', 1)
        .replace(", W:", ', W"\n      :', 1)
    ),
    "10,000 states": lambda: with_cell("h' = W @ x").replace(
        "{h: size}", "{" + ", ".join(f"s{i}: size" for i in range(10_000)) + ", h: size}"
    ),
    "a repeat of 1,000": lambda: with_cell(
        "repeat s = h over R:\n  s' = tanh(R @ s)\nh' = s'", "R: {shape: [1000, size, size], init: orthogonal}"
    ),
    "many repeats of 1,000": lambda: with_cell(
        "\n".join(f"repeat s{i} = h over R:\n  s{i}' = tanh(R @ s{i})" for i in range(300)) + "\nh' = s0'",
        "R: {shape: [1000, size, size], init: orthogonal}",
    ),
    "1,000 cells": lambda: counted(
        lambda i: f"  c{i}:\n    state: {{h: size}}\n    equations: |\n      h' = h + 1\n    output: h'\n",
        CONFIG + "cells:\n",
    ),
    "20,000 outputs": lambda: CONFIG + "cells:\n" + "".join(f"  c{i}: {{output: x}}\n" for i in range(20_000)),
    "an equation of spaces": lambda: with_cell("h' = h" + " " * 19_000 + "+ W @ x"),
    "an equation of unknown names": lambda: with_cell("\n".join(f"a{i} = b{i}" for i in range(1400))),
    "a task of large options": lambda: CONFIG.replace("sine", "{sine: {steps: 10000000, period: 1000000000}}"),
    "a task of many sequences": lambda: CONFIG.replace("sine", "{adding: {sequences: 1000000, length: 100000}}"),
    "a task of long strings": lambda: CONFIG.replace(
        "sine", "{copy: {blanks: 100000, symbols: 10000, sequences: 1000000}}"
    ),
    "a task of many strings": lambda: CONFIG.replace("sine", "{reber: {sequences: 1000000}}"),
    "a task of many options": lambda: CONFIG.replace(
        "sine", "{sine: {" + ", ".join(f"o{i}: 1" for i in range(90_000)) + "}}"
    ),
    "many tasks": lambda: CONFIG.replace("sine", "{" + ", ".join(f"t{i}: 1" for i in range(90_000)) + "}"),
    "50,000 columns": lambda: CSV.format(
        "d.csv", "[" + ", ".join(f"column{i}" for i in range(50_000)) + "]", "column0"
    ),
    "50,000 columns of a file": lambda: CSV.format(
        "s.csv", "[" + ", ".join(f"column{i}" for i in range(50_000)) + "]", "sunspots"
    ),
    "one column 50,000 times": lambda: CSV.format("s.csv", "[" + "sunspots, " * 50_000 + "]", "sunspots"),
    "a path of 1 MB": lambda: CSV.format("x" * 990_000, "x", "x"),
    "a path of many folders": lambda: CSV.format("x/" * 490_000, "x", "x"),
    "a path of parents": lambda: CSV.format("../" * 300_000 + "x.csv", "x", "x"),
    "a column of 1 MB": lambda: CSV.format("s.csv", "x" * 990_000, "sunspots"),
    "many texts": lambda: CONFIG.replace("task: sine", "text: [" + "a*, " * 200_000 + "]"),
    "one text many times": lambda: CONFIG.replace("task: sine", "text: [" + "s.csv, " * 140_000 + "]"),
    "a pattern of stars": lambda: CONFIG.replace("task: sine", "text: " + "*" * 900_000),
    "a pattern of brackets": lambda: CONFIG.replace("task: sine", 'text: "' + "[a" * 400_000 + '"'),
    "a pattern of folders": lambda: CONFIG.replace("task: sine", 'text: "' + "**/" * 300_000 + '"'),
    "patterns in folders": lambda: CONFIG.replace("task: sine", 'text: "' + "*/../" * 30 + '*.csv"'),
    "a name of 1 MB": lambda: "name: " + "x" * 990_000 + "\n" + CONFIG,
    "a loss of 1 MB": lambda: CONFIG.replace("mse", "x" * 990_000),
    "losses": lambda: CONFIG.replace("mse", "{" + ", ".join(f"l{i}: 1" for i in range(90_000)) + "}"),
    "an option of 1 MB": lambda: in_chain("    - rnn: {size: 4, activation: " + "x" * 990_000 + "}\n"),
    "initializers": lambda: in_chain(
        "    - rnn: {size: 4, init: {" + ", ".join(f"W{i}: 1" for i in range(80_000)) + "}}\n"
    ),
    "betas": lambda: in_training("  optimizer: {adam: {betas: [" + "0.9, " * 190_000 + "]}}\n"),
    "ignored checks": lambda: in_training("ignore: [" + ", ".join(f"c{i}" for i in range(100_000)) + "]\n"),
    "vars": lambda: in_training(
        "vars:\n" + "".join(f"  v{i}: ${{vars.v{i + 1}}}\n" for i in range(30_000)) + "  v30000: 1\n"
    ),
    "vars in a circle": lambda: in_training(
        "vars:\n" + "".join(f"  v{i}: ${{vars.v{(i + 1) % 30_000}}}\n" for i in range(30_000))
    ),
    "vars that double": lambda: in_training(
        "vars:\n  v0: [1, 1]\n" + "".join(f'  v{i + 1}: ["${{vars.v{i}}}", "${{vars.v{i}}}"]\n' for i in range(40))
    ),
    "text vars that double": lambda: in_training(
        "vars:\n  v0: xxxxxxxx\n" + "".join(f"  v{i + 1}: a${{vars.v{i}}}${{vars.v{i}}}\n" for i in range(40))
    ),
    "unknown vars": lambda: in_training("vars:\n" + "".join(f"  v{i}: ${{vars.w{i}}}\n" for i in range(30_000))),
    "used vars": lambda: in_training("vars: {n: 4}\n").replace("    - rnn: 4\n", "    - rnn: ${vars.n}\n" * 9998),
    "environment": lambda: in_training("vars:\n" + "".join(f"  v{i}: ${{env:NO_SUCH_{i}}}\n" for i in range(25_000))),
    "open references": lambda: in_training("vars: {v: '" + "${" * 400_000 + "'}\n"),
    "references in references": lambda: in_training("vars: {v: '" + "${env:A:-" * 100_000 + "}" * 100_000 + "'}\n"),
    "parents": lambda: in_training("extends: [" + "p.yaml, " * 100_000 + "]\n"),
    "parents that are not there": lambda: in_training(
        "extends: [" + ", ".join(f"p{i}.yaml" for i in range(60_000)) + "]\n"
    ),
    "itself as a parent": lambda: in_training("extends: c.yaml\n"),
    "itself as many parents": lambda: in_training("extends: [" + "c.yaml, " * 100_000 + "]\n"),
}
