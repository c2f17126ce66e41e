"""Written -> resolved: every default and size explicit, and the same again when it is read back."""

from __future__ import annotations

from pathlib import Path

import pytest

from rnnctl.config import load_config, open_config, parse_config, resolve
from rnnctl.config.resolve import examined, resolved_from
from rnnctl.data.spec import CsvSource, TaskSource
from rnnctl.document import parse
from rnnctl.errors import ConfigError, DataError

REPOSITORY = Path(__file__).parents[2]
CONFIGS = sorted((REPOSITORY / "configs").rglob("*.yaml"))

EVERYTHING = """\
data:
  csv: many.csv
  id: series
  input: {columns: [x, t]}
  target: {column: label, kind: class, each: sequence}
  split: {train: 0.5, valid: 0.25, test: 0.25}
  scale: none
cells:
  leaky:
    options: {leak: {real: 0.5, at_least: 0, below: 1}}
    state: {h: size}
    parameters: {W: {shape: [size, input], init: glorot_uniform}}
    equations: |
      # a comment, and a blank line

      h' = leak * h + W @ x
    output: h'
model:
  chain:
    - leaky: {size: 4, init: {W: {uniform: [-1e-3, 0.5]}}}
    - lstm: {size: 3, initial_state: learned, init: {bf: 2, Ui: identity}}
    - layer_norm
    - dropout: 0.25
    - dense: {size: 2, activation: softplus}
training:
  loss: cross_entropy
  optimizer: {adamw: {betas: [0.8, 0.9]}}
  window: 3
  learn_initial_state: true
"""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    rows = (f"s{i // 4},{i * 0.5},{i},{'ab'[i // 4 % 2]}\n" for i in range(64))
    Path("many.csv").write_text("series,x,t,label\n" + "".join(rows))
    Path("everything.yaml").write_text(EVERYTHING)


SYMBOLS = EVERYTHING.replace("[x, t]}", "[label], kind: symbol}").replace("- leaky: {size: 4,", "- embedding: 4 #")


@pytest.mark.parametrize("path", [*CONFIGS, Path("everything.yaml")], ids=lambda path: path.stem)
def test_resolving_twice_is_resolving_once(path: Path) -> None:
    once = open_config(path)
    text = once.as_text()
    Path("elsewhere").mkdir()
    Path("elsewhere/again.yaml").write_text(text)
    again = open_config(Path("elsewhere/again.yaml"))
    assert again.as_plain() == once.as_plain()
    assert again.as_text() == text
    assert again.training == once.training
    assert again.facts == once.facts
    assert again.source == (
        once.source._replace(path=once.source.path.resolve()) if isinstance(once.source, CsvSource) else once.source
    )
    assert again.split == once.split
    for a, b in zip(once.layers, again.layers, strict=True):
        assert a.layer.parameters == b.layer.parameters
        assert a.layer.states == b.layer.states
        assert a.layer.options == b.layer.options
        assert a.initial_state == b.initial_state
    assert len(CONFIGS) > 1


def test_symbols_and_user_cells_that_are_not_there() -> None:
    without = SYMBOLS[: SYMBOLS.index("cells:")] + SYMBOLS[SYMBOLS.index("model:") :]
    once = resolve(config := parse_config(without, "c.yaml"), examined(config))
    again = resolve(config := parse_config(once.as_text(), "c.yaml"), examined(config))
    assert once.as_plain() == again.as_plain()
    assert once.as_plain()["model"]["chain"][0] == {"embedding": {"size": 4, "input": 2}}
    assert "cells" not in once.as_plain()


def test_every_default_and_size_is_explicit() -> None:
    plain = open_config(Path("everything.yaml")).as_plain()
    assert plain["name"] == "everything"
    assert plain["data"] == {
        "csv": str(Path.cwd() / "many.csv"),
        "id": "series",
        "input": {"columns": ["x", "t"], "kind": "number"},
        "target": {"column": "label", "kind": "class", "ahead": 0, "each": "sequence"},
        "split": {"train": 0.5, "valid": 0.25, "test": 0.25, "shuffle": True},
        "scale": "none",
    }
    assert plain["model"]["chain"] == [
        {
            "leaky": {
                "size": 4,
                "leak": 0.5,
                "input": 2,
                "initial_state": "learned",
                "init": {"W": {"uniform": [-1e-3, 0.5]}},
            }
        },
        {
            "lstm": {
                "size": 3,
                "input": 4,
                "initial_state": "learned",
                "init": {"bf": {"constant": 2.0}, "Ui": "identity"},
            }
        },
        {"layer_norm": {"input": 3}},
        {"dropout": {"rate": 0.25, "input": 3, "per": "step"}},
        {"dense": {"size": 2, "activation": "softplus", "input": 3}},
    ]
    assert list(plain["training"]) == [
        "loss",
        "optimizer",
        "schedule",
        "clip",
        "epochs",
        "early_stopping",
        "batching",
        "batch",
        "window",
        "reset",
        "burn_in",
        "learn_initial_state",
        "shuffle",
        "seed",
        "precision",
        "threads",
    ]
    assert plain["training"]["optimizer"] == {
        "adamw": {"lr": 1e-3, "betas": [0.8, 0.9], "eps": 1e-8, "weight_decay": 0.01}
    }


def test_a_task_has_all_of_its_options() -> None:
    config = parse_config(
        "data: {task: {sine: {period: 10}}}\nmodel: {chain: [dense: 1]}\ntraining: {loss: mae}\n", "s.yaml"
    )
    resolved = resolve(config, examined(config))
    assert resolved.source == TaskSource("sine", {"steps": 1000, "period": 10.0, "noise": 0.0, "seed": 0})
    assert resolved.as_plain()["data"]["task"] == {"sine": {"steps": 1000, "period": 10.0, "noise": 0.0, "seed": 0}}


def test_several_target_columns() -> None:
    config = parse_config(
        "data: {csv: many.csv, input: x, target: {columns: [x, t], ahead: 2}}\n"
        "model: {chain: [dense: 2]}\ntraining: {loss: mse}\n",
        "c.yaml",
    )
    plain = resolve(config, examined(config)).as_plain()
    assert plain["data"]["target"] == {"columns": ["x", "t"], "kind": "number", "ahead": 2, "each": "step"}


def test_a_path_starts_at_the_file_that_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = tmp_path / "a folder" / "configs"
    deep.mkdir(parents=True)
    (deep / "c.yaml").write_text(EVERYTHING.replace("csv: many.csv", "csv: ../../many.csv"))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    assert open_config(deep / "c.yaml").as_plain()["data"]["csv"] == str(tmp_path / "many.csv")
    relative = open_config(Path("../a folder/configs/c.yaml"))
    assert relative.as_plain()["data"]["csv"] == str(tmp_path / "many.csv")


def test_a_path_may_start_at_the_home_of_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    home.mkdir()
    Path("many.csv").rename(home / "many.csv")
    monkeypatch.setenv("HOME", str(home))
    Path("c.yaml").write_text(EVERYTHING.replace("csv: many.csv", "csv: ~/many.csv"))
    assert open_config(Path("c.yaml")).as_plain()["data"]["csv"] == str(home / "many.csv")


def test_the_text_is_kept_as_it_was_given() -> None:
    text = EVERYTHING.replace("\n", "\r\n") + "# naïve"
    Path("c.yaml").write_bytes(text.encode())
    assert open_config(Path("c.yaml")).written == text


def test_a_run_is_opened_without_its_data() -> None:
    resolved = open_config(Path("everything.yaml"))
    Path("resolved.yaml").write_text(resolved.as_text())
    Path("many.csv").unlink()
    assert resolved_from(Path("resolved.yaml"), resolved.facts).as_plain() == resolved.as_plain()


def test_a_window_longer_than_every_sequence_is_warned_of() -> None:
    Path("c.yaml").write_text(EVERYTHING.replace("window: 3", "window: 5"))
    [warning] = open_config(Path("c.yaml")).warnings
    assert str(warning) == (
        "warning[window-cuts-nothing]: no sequence is longer than 4 steps, so this window never cuts one\n"
        "  --> c.yaml:28:11\n"
        " 28 |   window: 5\n"
        "    |           ^\n"
        "    = help: write window: null to say so"
    )
    Path("c.yaml").write_text(EVERYTHING.replace("window: 3", "window: 4"))
    assert open_config(Path("c.yaml")).warnings == ()


@pytest.mark.parametrize(("window", "refused"), [("44", False), ("45", True), ("null", False)])
def test_a_window_longer_than_the_one_series_is_refused(window: str, refused: bool) -> None:
    """Of 64 steps 45 are for training, and the last of them has no value one ahead among them."""
    text = (
        "data: {csv: many.csv, input: x, target: {column: x, ahead: 1}}\n"
        f"model: {{chain: [dense: 1]}}\ntraining: {{loss: mse, window: {window}}}\n"
    )
    config = parse_config(text, "c.yaml")
    if not refused:
        assert {w.id for w in resolve(config, examined(config)).warnings} <= {"split-shorter-than-window"}
        return
    with pytest.raises(DataError, match="44 steps, fewer than one window of 45"):
        resolve(config, examined(config))


def warnings(data: str, training: str = "window: 8", width: int = 1) -> list[str]:
    text = f"data: {{csv: many.csv, {data}}}\nmodel: {{chain: [dense: {width}]}}\ntraining: {{loss: mse, {training}}}\n"
    Path("c.yaml").write_text(text)
    return [str(warning) for warning in open_config(Path("c.yaml")).warnings]


def test_one_series_without_a_window_is_warned_of() -> None:
    forecast = "input: x, target: {column: x, ahead: 1}"
    assert warnings(forecast, "epochs: 3") == [
        "warning[series-in-one-window]: the whole series is one window: 3 epochs make 3 updates\n"
        "  --> c.yaml:3:1\n"
        " 3 | training: {loss: mse, epochs: 3}\n"
        "   | ^^^^^^^^\n"
        "   = help: write window: 9, say, to update every 9 steps"
    ]
    [told] = warnings(forecast, "epochs: 1")
    assert told.startswith("warning[series-in-one-window]: the whole series is one window: 1 epoch makes 1 update\n")
    for said in ("window: null", "window: 8"):
        assert warnings(forecast, said) == []
    assert warnings(f"id: series, {forecast}", "epochs: 3") == [], "several sequences"


def test_a_target_among_the_inputs_of_its_own_step_is_warned_of() -> None:
    assert warnings("input: [x, t], target: t") == [
        "warning[target-among-inputs]: the target t is among the inputs of the same step: the model can copy it\n"
        "  --> c.yaml:1:38\n"
        " 1 | data: {csv: many.csv, input: [x, t], target: t}\n"
        "   |                                      ^^^^^^\n"
        "  ::: c.yaml:1:34\n"
        " 1 | data: {csv: many.csv, input: [x, t], target: t}\n"
        "   |                                  - shown here\n"
        "   = help: write ahead: 1 to ask for the next value"
    ]
    [told] = warnings("input: [x, t], target: {columns: [t, x]}", width=2)
    message = "the targets t, x are among the inputs of the same step: the model can copy them"
    assert told.startswith(f"warning[target-among-inputs]: {message}\n")
    assert warnings("input: [x, t], target: {column: t, ahead: 1}") == []
    assert warnings("input: x, target: t") == []
    Path("many.csv").write_text("series,x,t\n" + "".join(f"s{i // 4},{i},{i // 4}\n" for i in range(64)))
    [told] = warnings("id: series, input: [x, t], target: {column: t, each: sequence}", "window: null")
    assert told.startswith("warning[answer-from-one-step]: no layer has a state"), "not of the target"


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("my config (2)", "my-config-2"),
        ("ünïcode", "n-code"),
        ("---", "run"),
        ("a" * 80, "a" * 60),
        ("v1.2_x", "v1.2_x"),
    ],
)
def test_a_name_made_of_the_file_name(written: str, name: str) -> None:
    Path(f"{written}.yaml").write_text(EVERYTHING)
    assert load_config(Path(f"{written}.yaml")).name == name


def test_what_is_dumped_is_plain() -> None:
    text = open_config(Path("everything.yaml")).as_text()
    assert parse(text, "again.yaml").value == open_config(Path("everything.yaml")).as_plain()


def told(target: str, loss: str, width: int) -> list[tuple[str, str | None]]:
    """What is said of a loss for a target: messages and help."""
    Path("marks.csv").write_text(
        "x,c,rain,wind\n" + "".join(f"{i},{'ab'[i % 2]},{i % 2},{i % 3 % 2}\n" for i in range(64))
    )
    text = f"data: {{csv: marks.csv, input: x, target: {target}}}\nmodel: {{chain: [dense: {width}]}}\n"
    config = parse_config(f"{text}training: {{loss: {loss}, window: 8}}\n", "c.yaml")
    try:
        resolve(config, examined(config))
    except ConfigError as error:
        return [(d.message, d.help) for d in error.diagnostics]
    return []


NUMBER, CLASS, BINARY = "{column: x, ahead: 1}", "{column: c, kind: class}", "{columns: [rain, wind], kind: binary}"


@pytest.mark.parametrize(
    ("target", "loss", "width"),
    [(NUMBER, loss, 1) for loss in ("mse", "mae", "huber", "{huber: {delta: 2}}")]
    + [(NUMBER, "gaussian", 2), (CLASS, "cross_entropy", 2), (BINARY, "binary_cross_entropy", 2)],
)
def test_a_loss_that_fits_its_target(target: str, loss: str, width: int) -> None:
    assert told(target, loss, width) == []


@pytest.mark.parametrize(
    ("target", "loss", "message", "help_text"),
    [
        (CLASS, "huber", "huber judges numbers, and the target is a class", "cross_entropy"),
        (CLASS, "gaussian", "gaussian judges numbers, and the target is a class", "cross_entropy"),
        (
            CLASS,
            "binary_cross_entropy",
            "binary_cross_entropy judges columns of 0 and 1, and the target is a class",
            "cross_entropy",
        ),
        (BINARY, "mse", "mse judges numbers, and the target is binary", "binary_cross_entropy"),
        (BINARY, "cross_entropy", "cross_entropy judges classes, and the target is binary", "binary_cross_entropy"),
        (
            NUMBER.replace("x, ", "x, kind: number, "),
            "cross_entropy",
            "cross_entropy judges classes, and the target is a number",
            "mse, or make the target a class: {column: …, kind: class}",
        ),
        (
            NUMBER,
            "binary_cross_entropy",
            "binary_cross_entropy judges columns of 0 and 1, and the target is a number",
            "mse, or make the target binary: {column: …, kind: binary}",
        ),
    ],
)
def test_a_loss_that_does_not_fit_its_target(target: str, loss: str, message: str, help_text: str) -> None:
    width = 1 if "x" in target else 2
    assert told(target, loss, width) == [(message, f"write loss: {help_text}")]


def test_a_normal_distribution_has_two_values_a_target() -> None:
    wanted = "for which gaussian takes a mean and a log variance"
    assert told(NUMBER, "gaussian", 1) == [
        (f"the chain ends in 1 value, and there is 1 target column, {wanted}", "end the chain with `- dense: 2`")
    ]
    two = "{columns: [x, rain], ahead: 1}"
    assert told(two, "gaussian", 2) == [
        (
            "the chain ends in 2 values, and there are 2 target columns, for each of which gaussian takes a mean and a "
            "log variance",
            "end the chain with `- dense: 4`",
        )
    ]
    assert told(two, "gaussian", 4) == []


@pytest.mark.parametrize("loss", ["{}", "{mse: {}, mae: {}}"])
def test_without_one_loss_the_rest_is_still_told(loss: str) -> None:
    Path("c.yaml").write_text(EVERYTHING.replace("loss: cross_entropy", f"loss: {loss}").replace("x, t]", "x, y]"))
    with pytest.raises((ConfigError, DataError)) as caught:
        open_config(Path("c.yaml"))
    messages = [d.message for d in caught.value.diagnostics]
    assert messages[0] == "there is no column 'y' in many.csv"
    assert messages[1].startswith("loss is one of mse, mae, ")


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("loss: {huber: {delta: 2}}", {"huber": {"delta": 2.0}}),
        ("loss: huber", {"huber": {"delta": 1.0}}),
        ("loss: {mae: }", "mae"),
        ("schedule: cosine", {"cosine": {"warmup": 0, "to": 0.0}}),
        ("schedule: {step: {every: 3}}", {"step": {"warmup": 0, "factor": 0.5, "every": 3}}),
        ("clip: {norm: 1}", {"norm": 1.0}),
        ("clip: {value: 0.5}", {"value": 0.5}),
        ("clip: null", None),
        ("early_stopping: 3", {"patience": 3, "margin": 0.0}),
        ("batching: streams", "streams"),
        ("window: {update: 4, backward: 8}", {"update": 4, "backward": 8}),
        ("window: {update: 4}", 4),
        ("window: null", None),
        ("reset: {policy: window}", "window"),
        ("reset: {}", "sequence"),
        ("burn_in: 2", 2),
        ("threads: auto", "auto"),
        ("shuffle: null", True),
    ],
)
def test_training_is_written_out_and_read_back(written: str, plain: object) -> None:
    key = written.partition(":")[0]
    loss = "" if key == "loss" else "  loss: mse\n"
    window = "" if key == "window" else "  window: 4\n"
    text = "data: {csv: many.csv, id: series, input: x, target: {column: x, ahead: 1}}\nmodel: {chain: [dense: 1]}\n"
    config = parse_config(f"{text}training:\n{loss}{window}  {written}\n", "c.yaml")
    once = resolve(config, examined(config))
    assert once.as_plain()["training"][key] == plain
    again = resolve(config := parse_config(once.as_text(), "c.yaml"), examined(config))
    assert again.as_text() == once.as_text()
    assert again.training == once.training


@pytest.mark.parametrize(
    ("training", "message"),
    [
        ("burn_in: 3", None),
        ("burn_in: 4", "no sequence of the training split is longer than 4 steps"),
        ("burn_in: 4, reset: window, window: null", "no sequence of the training split is longer than 4 steps"),
        ("burn_in: 4, batching: streams, batch: 2, reset: epoch", None),
        ("burn_in: 22, batching: streams, batch: 2, reset: epoch", "each of the 2 rows has 22 steps"),
        ("burn_in: 22, batching: streams, batch: 2, reset: never", None),
    ],
)
def test_a_burn_in_that_leaves_nothing(training: str, message: str | None) -> None:
    text = (
        "data: {csv: many.csv, id: series, input: x, target: {column: x, ahead: 1}}\n"
        f"model: {{chain: [dense: 1]}}\ntraining: {{loss: mse, {training}}}\n"
    )
    config = parse_config(text, "c.yaml")
    if message is None:
        resolve(config, examined(config))
        return
    with pytest.raises(DataError) as caught:
        resolve(config, examined(config))
    [found] = caught.value.diagnostics
    assert found.message == f"burn_in leaves nothing to score: {message}"
    assert found.where is not None
    assert found.where.line == 3


def test_width_and_loss_are_told_of_together() -> None:
    config = parse_config(EVERYTHING.replace("dense: {size: 2", "dense: {size: 3").replace("cross_entropy", "mae"), "c")
    with pytest.raises(ConfigError) as caught:
        resolve(config, examined(config))
    assert [d.message for d in caught.value.diagnostics] == [
        "the chain ends in 3 values, and there are 2 classes",
        "mae judges numbers, and the target is a class",
    ]
