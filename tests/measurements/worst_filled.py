"""The worst files that stay just below the bound on values: as many layers, keys and mistakes as a config can hold."""

from __future__ import annotations

from collections.abc import Callable

from fuzz import LARGEST
from worst_cases import CONFIG, CSV, MAX_NODES, in_chain, in_training, with_cell, within

FILLED: dict[str, Callable[[], str]] = {
    "keys that fill a config": lambda: within(lambda i: f"k{i}: 1\n", 2),
    "the same key that fills a config": lambda: within(lambda _: "  epochs: 3\n", 2, CONFIG),
    "unknown keys that fill a config": lambda: within(lambda i: f"  k{i}:\n", 2, CONFIG),
    "near keys that fill a config": lambda: within(lambda i: f"  epoch{i}: 1\n", 2, CONFIG),
    "long keys that fill a config": lambda: within(lambda i: f"  {i}epochs_of_a_long_name_{i}: 1\n", 2, CONFIG),
    "mistaken scalars that fill a config": lambda: within(lambda i: f"  k{i}: 012\n", 2, CONFIG),
    "mistaken tags that fill a config": lambda: within(lambda i: f"  k{i}: !a\n", 2, CONFIG),
    "unknown aliases that fill a config": lambda: within(lambda i: f"  k{i}: *a{i}\n", 2, CONFIG),
    "near aliases that fill a config": lambda: within(lambda i: f"  k{i}: &a{i} 1\n  l{i}: *b{i}\n", 4, CONFIG),
    "numbers that are too large": lambda: within(lambda i: f"  k{i}: 123456789012345678901\n", 2, CONFIG),
    "keys in flow that fill a config": lambda: within(lambda i: f"k{i}: 1, ", 2, "{", "}"),
    "empty mappings that fill a config": lambda: within(lambda _: "{},", 1, "a: [", "]"),
    "depth that fills a config": lambda: within(lambda i: f"k{i}: {'[' * 60}{']' * 60}\n", 61),
    "depth that fills a section": lambda: within(lambda i: f"  k{i}: {'{a: ' * 60}1{'}' * 60}\n", 122, CONFIG),
    "anchors that fill a config": lambda: within(lambda i: f"k{i}: &a{i} 1\n", 2),
    "aliases that fill a config": lambda: within(lambda i: f"k{i + 1}: *a0\n", 2, "k0: &a0 1\n"),
    "merges that fill a config": lambda: within(lambda i: f"  k{i}: {{<<: *a}}\n", 6, CONFIG + "  x: &a {y: 1}\n"),
    "layers that fill a config": lambda: in_chain("    - rnn: 4\n" * 16_000),
    "unknown layers that fill a config": lambda: in_chain(within(lambda i: f"    - l{i}: 4\n", 3)),
    "layers that are no layers": lambda: in_chain(within(lambda _: "    - [1]\n", 2)),
    "layers without a size": lambda: in_chain(within(lambda _: "    - lstm\n", 1)),
    "layers with options that fill a config": lambda: in_chain(
        within(lambda _: "    - lstm: {size: 4, init: {bf: 1, Ui: {normal: 1}}}\n", 13)
    ),
    "mistaken options that fill a config": lambda: in_chain(within(lambda i: f"    - lstm: {{sise: {i}}}\n", 5)),
    "mistaken options of one layer": lambda: in_chain(within(lambda i: f"o{i}: 1, ", 2, "    - lstm: {", "}\n")),
    "parameters that fill a config": lambda: with_cell(
        "h' = W @ x",
        within(
            lambda i: f"      b{i}: {{shape: [size], init: zeros}}\n", 7, "W: {shape: [size, input], init: zeros}\n"
        ).rstrip(),
    ),
    "outputs that fill a config": lambda: within(lambda i: f"  c{i}: {{output: x}}\n", 4, CONFIG + "cells:\n"),
    "1,000 cells that are used": lambda: (
        CONFIG.replace("    - rnn: 4\n", "".join(f"    - c{i}: 4\n" for i in range(1000)))
        + "cells:\n"
        + "".join(
            f"  c{i}:\n    state: {{h: size}}\n    equations: |\n      h' = h + 1\n    output: h'\n"
            for i in range(1000)
        )
    ),
    "1,000 mistaken cells": lambda: (
        CONFIG
        + "cells:\n"
        + "".join(
            f"  c{i}:\n    state: {{h: size}}\n    equations: |\n      h' = hh + y\n    output: z\n"
            for i in range(1000)
        )
    ),
    "options of a task that fill a config": lambda: CONFIG.replace(
        "sine", within(lambda i: f"o{i}: 1, ", 2, "{sine: {", "}}")
    ),
    "tasks that fill a config": lambda: CONFIG.replace("sine", within(lambda i: f"t{i}: 1, ", 2, "{", "}")),
    "columns that fill a config": lambda: CSV.format(
        "s.csv", within(lambda i: f"column{i}, ", 1, "[", "]"), "sunspots"
    ),
    "columns that are no text": lambda: CSV.format("s.csv", within(lambda i: f"{i}, ", 1, "[", "]"), "sunspots"),
    "one column that fills a config": lambda: CSV.format(
        "s.csv", within(lambda _: "sunspots, ", 1, "[", "]"), "sunspots"
    ),
    "targets that fill a config": lambda: CSV.format(
        "s.csv", "[year]", within(lambda i: f"column{i}, ", 1, "{columns: [", "]}")
    ),
    "texts that fill a config": lambda: CONFIG.replace("task: sine", within(lambda _: "a*, ", 1, "text: [", "]")),
    "one text that fills a config": lambda: CONFIG.replace(
        "task: sine", within(lambda _: "s.csv, ", 1, "text: [", "]")
    ),
    "losses that fill a config": lambda: CONFIG.replace("mse", within(lambda i: f"l{i}: 1, ", 2, "{", "}")),
    "mistakes in a loss": lambda: CONFIG.replace("mse", within(lambda i: f"l{i}: 1, ", 2, "{huber: {", "}}")),
    "initializers that fill a config": lambda: in_chain(
        within(lambda i: f"W{i}: 1, ", 2, "    - rnn: {size: 4, init: {", "}}\n")
    ),
    "betas that fill a config": lambda: in_training(
        within(lambda _: "x, ", 1, "  optimizer: {adam: {betas: [", "]}}\n")
    ),
    "ignored checks that fill a config": lambda: in_training(within(lambda i: f"c{i}, ", 1, "ignore: [", "]\n")),
    "one ignored check": lambda: in_training(within(lambda _: "unused-cell, ", 1, "ignore: [", "]\n")),
    "vars that fill a config": lambda: in_training(within(lambda i: f"  v{i}: ${{vars.v{i + 1}}}\n", 2, "vars:\n")),
    "vars in a circle that fill a config": lambda: in_training(
        within(lambda i: f"  v{i}: ${{vars.v{(i + 1) % ((MAX_NODES - 100) // 2)}}}\n", 2, "vars:\n")
    ),
    "small circles of vars": lambda: in_training(within(lambda i: f"  v{i}: ${{vars.v{i ^ 1}}}\n", 2, "vars:\n")),
    "unused vars": lambda: in_training(within(lambda i: f"  v{i}: 1\n", 2, "vars:\n")),
    "names that no variable has": lambda: in_training(within(lambda i: f"  {i} {i}: 1\n", 2, "vars:\n")),
    "unknown vars that fill a config": lambda: in_training(within(lambda i: f"  v{i}: ${{vars.w{i}}}\n", 2, "vars:\n")),
    "unknown vars in one text": lambda: in_training(
        within(lambda i: f"  v{i}: 1\n", 2, "vars:\n  x: '" + "${vars.v1}" * 20_000 + "'\n")[:LARGEST]
    ),
    "unknown vars in a section": lambda: CONFIG + within(lambda i: f"  k{i}: ${{vars.w{i}}}\n", 2) + "vars: {a: 1}\n",
    "values that are no text in text": lambda: in_training(
        within(lambda i: f"  v{i}: x${{vars.l}}\n", 2, "vars:\n  l: [1]\n")
    ),
    "steps into vars": lambda: in_training(within(lambda i: f"  v{i}: ${{vars.l.x{i}}}\n", 2, "vars:\n  l: {x: 1}\n")),
    "environment that fills a config": lambda: in_training(
        within(lambda i: f"  v{i}: ${{env:NO_SUCH_{i}}}\n", 2, "vars:\n")
    ),
    "environment in a section": lambda: within(lambda i: f"  k{i}: ${{env:NO_SUCH_{i}}}\n", 2, CONFIG),
    "mistaken references": lambda: within(lambda i: f"  k{i}: ${{vars.{i}}}\n", 2, CONFIG, "vars: {a: 1}\n"),
    "parents that fill a config": lambda: in_training(within(lambda _: "p.yaml, ", 1, "extends: [", "]\n")),
    "missing parents that fill a config": lambda: in_training(within(lambda i: f"p{i}.yaml, ", 1, "extends: [", "]\n")),
    "itself as parents that fill a config": lambda: in_training(within(lambda _: "c.yaml, ", 1, "extends: [", "]\n")),
    "parents in lists": lambda: in_training(within(lambda _: "[p.yaml], ", 2, "extends: [", "]\n")),
    "cells of unknown names": lambda: (
        CONFIG
        + "cells:\n"
        + within(
            lambda i: (
                f"  c{i}:\n    equations: |\n"
                + "".join(f"      a{j} = b{j}\n" for j in range(1400))
                + "    output: x\n"
            ),
            MAX_NODES // 25,
        )
    ),
    "options of layers": lambda: in_chain("    - lstm: {size: 4}\n" * 9_000),
    "references in a block": lambda: in_training("vars: {a: 1}\nname: |\n" + "  ${vars.a}\n" * 80_000),
    "references in a line": lambda: in_training("vars: {a: 1}\nname: '" + "${vars.a} " * 90_000 + "'\n"),
    "1,000 references in a block": lambda: in_training(
        "vars: {a: 1}\nname: |\n" + ("  ${vars.a}" + "x" * 950 + "\n") * 1000
    ),
    "1,000 references in each of many texts": lambda: in_training(
        "vars: {a: 1}\nignore:\n" + ("- '" + "${vars.a} " * 999 + "'\n") * 95
    ),
    "mistakes in defaults": lambda: in_training(
        "vars: {a: 1}\nignore:\n" + ("- '" + "${env:NO:-${vars.b}} " * 999 + "'\n") * 45
    ),
    "words that are references to nothing": lambda: in_training("vars: {a: 1}\nname: '${" + "w w" * 300_000 + "'\n"),
    "large parents": lambda: in_training("extends: [" + ", ".join(f"large{i}.yaml" for i in range(30)) + "]\n"),
    "full parents": lambda: in_training("extends: [" + ", ".join(f"full{i}.yaml" for i in range(30)) + "]\n"),
    "broken parents": lambda: in_training("extends: [" + ", ".join(f"broken{i}.yaml" for i in range(30)) + "]\n"),
    "mistaken parents": lambda: in_training("extends: [" + ", ".join(f"mistaken{i}.yaml" for i in range(30)) + "]\n"),
    "alike names of variables": lambda: in_training(
        "vars:\n"
        + "".join(f"  {'a' * 96}{i}: 1\n" for i in range(1000))
        + "ignore:\n"
        + "".join(f"- ${{vars.{'a' * 95}{i}b}}\n" for i in range(5000))
    ),
    "alike names of cells": lambda: (
        "cells:\n"
        + "".join(f"  {'a' * 36}{i}: {{state: {{h: size}}, equations: h' = x, output: h'}}\n" for i in range(999))
        + in_chain("".join(f"    - {'a' * 35}{i}b: 4\n" for i in range(5000)))
    ),
    "alike anchors": lambda: (
        "".join(f"k{i}: &{'a' * 96}{i} 1\n" for i in range(100))
        + "".join(f"l{i}: *{'a' * 95}{i}b\n" for i in range(5000))
    ),
    "alike long keys": lambda: CONFIG + "".join(f"  {'e' * 300}{i}: 1\n" for i in range(3000)),
    "alike parts of variables": lambda: in_training(
        "vars:\n  a:\n"
        + "".join(f"    {'a' * 45}{i}: 1\n" for i in range(1000))
        + "ignore:\n"
        + "".join(f"- ${{vars.a.{'a' * 44}{i}b}}\n" for i in range(5000))
    ),
    "cells of functions that double": lambda: (
        CONFIG
        + "cells:\n"
        + "".join(
            f"  c{i}:\n    state: {{h: size}}\n    functions: |\n      f0(v) = v + v\n"
            + "".join(f"      f{j + 1}(v) = f{j}(f{j}(v))\n" for j in range(20))
            + "    equations: |\n      h' = f20(h)\n    output: h'\n"
            for i in range(900)
        )
    ),
}
