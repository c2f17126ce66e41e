"""rnnctl: recurrent models from a YAML file, trained under declared state semantics and stepped by hand.

The names below are all there is for import; each is loaded on first use, so that commands which
need no torch never pay for it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from rnnctl.build import load_run as load_run
    from rnnctl.nn.cells import Cell as Cell
    from rnnctl.nn.cells import GRUCell as GRUCell
    from rnnctl.nn.cells import LSTMCell as LSTMCell
    from rnnctl.nn.cells import RNNCell as RNNCell
    from rnnctl.nn.recur import GRU as GRU
    from rnnctl.nn.recur import LSTM as LSTM
    from rnnctl.nn.recur import RNN as RNN
    from rnnctl.nn.recur import Chain as Chain
    from rnnctl.nn.recur import Dense as Dense
    from rnnctl.nn.recur import Recur as Recur
    from rnnctl.nn.recur import learn_initial_state as learn_initial_state
    from rnnctl.nn.recur import reset as reset
    from rnnctl.nn.recur import truncate as truncate

_WHERE = {
    "Cell": "rnnctl.nn.cells",
    "GRUCell": "rnnctl.nn.cells",
    "LSTMCell": "rnnctl.nn.cells",
    "RNNCell": "rnnctl.nn.cells",
    "Chain": "rnnctl.nn.recur",
    "Dense": "rnnctl.nn.recur",
    "GRU": "rnnctl.nn.recur",
    "LSTM": "rnnctl.nn.recur",
    "RNN": "rnnctl.nn.recur",
    "Recur": "rnnctl.nn.recur",
    "learn_initial_state": "rnnctl.nn.recur",
    "load_run": "rnnctl.build",
    "reset": "rnnctl.nn.recur",
    "truncate": "rnnctl.nn.recur",
}

__all__ = [
    "GRU",
    "LSTM",
    "RNN",
    "Cell",
    "Chain",
    "Dense",
    "GRUCell",
    "LSTMCell",
    "RNNCell",
    "Recur",
    "__version__",
    "learn_initial_state",
    "load_run",
    "reset",
    "truncate",
]


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'rnnctl' has no attribute '{name}'")
    return getattr(import_module(_WHERE[name]), name)


def __dir__() -> list[str]:
    return __all__
