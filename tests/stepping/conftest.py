from collections.abc import Callable
from pathlib import Path

import pytest

from rnnctl.runs.directory import Run
from tests.stepping.made_runs import FORECAST, SYMBOLS, make_run


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return make_run(tmp_path, FORECAST.replace("PRECISION", "float32"))


@pytest.fixture
def run_of(tmp_path: Path) -> Callable[[str], Run]:
    """Makes a run of a chain, written as YAML, that forecasts in double precision, initial states learned."""

    def made(chain: str, window: str = "4") -> Run:
        before, training = FORECAST.split("  chain:\n", 1)[0], FORECAST.split("training:")[1]
        training = training.replace("PRECISION", "float64, learn_initial_state: true")
        return make_run(
            tmp_path, f"{before}  chain:{chain}training:{training.replace('window: 4', f'window: {window}')}"
        )

    return made


@pytest.fixture
def exact_run(tmp_path: Path) -> Run:
    return make_run(tmp_path, FORECAST.replace("PRECISION", "float64"))


@pytest.fixture
def symbol_run(tmp_path: Path) -> Run:
    return make_run(tmp_path, SYMBOLS)


@pytest.fixture
def stateless_run(tmp_path: Path) -> Run:
    text = FORECAST.replace("    - lstm: 5\n", "").replace("    - clockwork_rnn: {size: 4, modules: 2}\n", "")
    return make_run(tmp_path, text.replace("PRECISION", "float32"))
