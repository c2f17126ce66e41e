"""What is told of a config that `--set` makes wrong, and windows that a short series can have."""

from __future__ import annotations

from pathlib import Path

import pytest

from rnnctl.config import open_config
from rnnctl.data.spec import RELATIVE
from rnnctl.errors import RnnctlError

ROWS = "x\n" + "".join(f"{i * 0.5}\n" for i in range(40))
BASE = """\
data:
  csv: d.csv
  input: [x]
  target: {column: x, ahead: 1}
model:
  chain:
    - gru: 8
    - dense: {size: 1, input: 8}
training: {loss: mse, epochs: 2, window: 6}
"""


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "d.csv").write_text(ROWS)
    (tmp_path / "c.yaml").write_text(BASE)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return Path("../c.yaml")


def refused(config: Path, *overrides: str) -> str | None:
    with pytest.raises(RnnctlError) as caught:
        open_config(config, overrides)
    [found] = caught.value.diagnostics
    return found.help


def test_a_width_that_was_derived_can_be_let_go(config: Path) -> None:
    told = refused(config, "model.chain.0.gru.size=16")
    assert told == "give --set model.chain.1.dense.input=null too: it then follows from what comes in"
    assert open_config(config, ["model.chain.0.gru.size=16", "model.chain.1.dense.input=null"]).layers[1].layer.inputs


def test_a_width_of_a_file_alone_is_mended_there(config: Path) -> None:
    config.write_text(BASE.replace("input: 8", "input: 9"))
    assert refused(config) == "write input: 8, or leave it out: it follows from what comes in"


def test_a_path_that_is_given_starts_here(config: Path) -> None:
    starts = "a relative path of --set starts at the current directory"
    assert refused(config, "data.csv=d.csv") == f"{starts}; did you mean '../d.csv'?"
    assert refused(config, "data.csv=other.csv") == starts
    assert refused(config, f"data.csv={Path('d.csv').resolve()}") in (None, f"did you mean '{Path('d.csv')}'?")
    Path("d.csv").write_text(ROWS)
    assert refused(config, "data.csv=dd.csv") == f"{starts}; did you mean 'd.csv'?"
    assert refused(config, "data={text: [none/*.txt]}") == starts
    config.write_text(BASE.replace("d.csv", "elsewhere.csv"))
    assert refused(config) == RELATIVE


def test_an_option_that_forgets_its_layer(config: Path) -> None:
    def told(path: str) -> str | None:
        return refused(config, f"{path}=3")

    behind = "the name of the layer before its option"
    assert told("model.chain.0.size") == f"write --set model.chain.0.gru.size=…, {behind}"
    assert told("model.chain.0.init.b") == f"write --set model.chain.0.gru.init.b=…, {behind}"
    assert told("model.chain.0.lstm.size") == "for another layer write --set 'model.chain.0={lstm: …}'"
    adding = "its items are 0 to 1; to add one write --set 'model.chain.append=[{dense: 3}]'"
    assert told("model.chain.2.dense") == adding


@pytest.mark.parametrize(
    ("training", "window"),
    [
        ("", "6, say, to update every 6 steps"),
        (", batching: streams, batch: 4", "3, say, to update every 3 steps"),
        (", reset: window, burn_in: 7", "8, say, to update every 8 steps"),
    ],
)
def test_the_window_of_a_short_series_is_one_that_it_can_have(config: Path, training: str, window: str) -> None:
    config.write_text(BASE.replace(", window: 6", training))
    [warning] = open_config(config).warnings
    assert (warning.id, warning.help) == ("series-in-one-window", f"write window: {window}")
    open_config(config, [f"training.window={window.partition(',')[0]}"])


def test_a_series_that_is_read_from_both_ends_has_no_window(config: Path) -> None:
    both = BASE.replace("gru: 8", "bidirectional: {gru: 4}").replace("{column: x, ahead: 1}", "x")
    config.write_text(both.replace(", window: 6", ""))
    warnings = {warning.id: warning.help for warning in open_config(config).warnings}
    assert warnings["series-in-one-window"] == "write window: null to say so"
