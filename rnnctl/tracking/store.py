"""Where MLflow keeps its runs: what `--track mlflow=WHERE` means. MLflow itself is not imported.

MLflow keeps runs in a database (SQLite, where nobody has set up another) or behind a server. It no longer writes
folders of text files (its "file store"), so a folder here is one with a database in it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from rnnctl.errors import Diagnostic, UsageError

VARIABLE = "MLFLOW_TRACKING_URI"
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://", re.IGNORECASE)
_SCHEMES = ("databricks", "http", "https", "mssql", "mysql", "postgresql", "sqlite")
DATABASES = ("mssql", "mysql", "postgresql", "sqlite")
"""What takes SQLAlchemy."""
_FORMS = "mlflow=FOLDER, mlflow=sqlite:///FILE, mlflow=http://HOST:PORT; or mlflow alone, as MLflow is set up"


def address(where: str | None, environ: Mapping[str, str] = os.environ) -> str:
    """The tracking URI that a text names; without one that of the environment, else mlflow.db in this folder.

    Errors: UsageError for what MLflow cannot write to, and for a password, which run.json would keep.
    """
    if where is None:
        where = environ.get(VARIABLE) or "sqlite:///mlflow.db"
        if _is_files(where):
            message = f"{VARIABLE} is '{where}', a folder, which MLflow no longer writes to"
            raise UsageError(Diagnostic(message, help="name a database, sqlite:///mlflow.db, or a server"))
        return _absolute(where)
    if where == "":
        raise UsageError(Diagnostic("--track mlflow= names nothing", help=_FORMS))
    if where.startswith("file:"):
        raise UsageError(Diagnostic(f"MLflow no longer writes folders of files: '{where}'", help=_FORMS))
    found = _absolute(where)
    if _has_password(found):
        message = "the address of MLflow has a password, which run.json would keep"
        raise UsageError(Diagnostic(message, help=f"put it into {VARIABLE}, and write --track mlflow"))
    return found


def kept(uri: str) -> str | None:
    """An address as run.json may keep it; None for one with a password, which is read from the environment again."""
    return None if _has_password(uri) else uri


def scheme(uri: str) -> str:
    """The kind of an address: sqlite, http, …; of postgresql+psycopg2 what stands before the plus."""
    found = _SCHEME.match(uri)
    return found[1].lower().partition("+")[0] if found else uri


def database(uri: str) -> Path | None:
    """The file of an SQLite database."""
    return Path(uri.removeprefix("sqlite:///")) if uri.startswith("sqlite:///") else None


def _absolute(where: str) -> str:
    """An address that means the same in every working directory. Errors: UsageError for an unknown kind."""
    if where == "databricks":
        return where
    if not _SCHEME.match(where):
        path = Path(where).expanduser()
        return _sqlite(path if path.suffix in (".db", ".sqlite", ".sqlite3") else path / "mlflow.db")
    if scheme(where) not in _SCHEMES:
        raise UsageError(Diagnostic(f"MLflow keeps no runs at '{scheme(where)}:'", help=_FORMS))
    file = database(where)
    return where if file is None else _sqlite(file)


def _sqlite(path: Path) -> str:
    if set("?#%") & set(str(path.absolute())):
        raise UsageError(f"the path of an SQLite database has no '?', '#' or '%': '{path}'")
    return f"sqlite:///{path.absolute()}"


def _is_files(where: str) -> bool:
    return where.startswith("file:") or (where != "databricks" and not _SCHEME.match(where))


def _has_password(uri: str) -> bool:
    try:
        return urlsplit(uri).password is not None
    except ValueError:
        return True
