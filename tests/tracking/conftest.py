"""A database of MLflow's to begin with."""

from __future__ import annotations

import shutil
import warnings
from pathlib import Path

import pytest

from tests.tracking.readers import client


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with MLflow's tables, which take seconds to make."""
    path = tmp_path_factory.mktemp("made") / "mlflow.db"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of MLflow's about SQLAlchemy
        client(path).search_experiments()
    return path


@pytest.fixture
def store(made: Path, tmp_path: Path) -> Path:
    """A database of a test's own, in a folder `store in ä`."""
    folder = tmp_path / "store in ä"
    folder.mkdir()
    return Path(shutil.copy(made, folder / "mlflow.db"))
