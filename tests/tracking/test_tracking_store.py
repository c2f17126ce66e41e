"""Where MLflow keeps its runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from rnnctl.errors import UsageError
from rnnctl.tracking.store import address, database, kept, scheme


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_addresses_mean_the_same_in_every_folder(tmp_path: Path) -> None:
    assert address("runs in ä") == f"sqlite:///{tmp_path}/runs in ä/mlflow.db"
    assert address("some.db") == f"sqlite:///{tmp_path}/some.db"
    assert address("sqlite:///a/b.db") == f"sqlite:///{tmp_path}/a/b.db"
    assert address("sqlite:////a/b.db") == "sqlite:////a/b.db"
    assert address("http://localhost:5000") == "http://localhost:5000"
    assert address("databricks") == "databricks"
    assert address("postgresql+psycopg2://host/db") == "postgresql+psycopg2://host/db"


def test_without_an_address_it_is_as_mlflow_is_set_up(tmp_path: Path) -> None:
    assert address(None, {}) == f"sqlite:///{tmp_path}/mlflow.db"
    assert address(None, {"MLFLOW_TRACKING_URI": "https://host"}) == "https://host"
    secret = "https://me:secret@host"
    assert address(None, {"MLFLOW_TRACKING_URI": secret}) == secret
    assert kept(secret) is None
    assert kept("https://me@host") == "https://me@host"


FORMS = "mlflow=FOLDER, mlflow=sqlite:///FILE, mlflow=http://HOST:PORT; or mlflow alone, as MLflow is set up"


@pytest.mark.parametrize(
    ("where", "message", "help_text"),
    [
        ("", "--track mlflow= names nothing", FORMS),
        ("file:///tmp/mlruns", "MLflow no longer writes folders of files: 'file:///tmp/mlruns'", FORMS),
        ("ftp://host", "MLflow keeps no runs at 'ftp:'", FORMS),
        (
            "http://me:secret@host",
            "the address of MLflow has a password, which run.json would keep",
            "put it into MLFLOW_TRACKING_URI, and write --track mlflow",
        ),
        ("what?/is", "the path of an SQLite database has no '?', '#' or '%': 'what?/is/mlflow.db'", None),
    ],
)
def test_what_is_no_address(where: str, message: str, help_text: str | None) -> None:
    with pytest.raises(UsageError) as caught:
        address(where)
    (told,) = caught.value.diagnostics
    assert (told.message, told.help) == (message, help_text)


@pytest.mark.parametrize("where", ["./mlruns", "file:///tmp/mlruns"])
def test_a_folder_in_the_environment(where: str) -> None:
    with pytest.raises(UsageError) as caught:
        address(None, {"MLFLOW_TRACKING_URI": where})
    assert str(caught.value) == (
        f"MLFLOW_TRACKING_URI is '{where}', a folder, which MLflow no longer writes to "
        "(name a database, sqlite:///mlflow.db, or a server)"
    )


def test_kinds_and_files() -> None:
    assert [scheme(uri) for uri in ("sqlite:////a.db", "postgresql+psycopg2://h/d", "HTTP://h", "databricks")] == [
        "sqlite",
        "postgresql",
        "http",
        "databricks",
    ]
    assert database("sqlite:////a/b.db") == Path("/a/b.db")
    assert database("http://host") is None
