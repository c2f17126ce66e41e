"""Facts without numpy: what validation needs must start at once."""

import subprocess
import sys
from pathlib import Path

import pytest

from rnnctl.data.facts import examine
from rnnctl.data.spec import TextSource

ASK = """
import sys
from rnnctl.data import facts, mistakes, records, series, spec, splits, table
from rnnctl.data.tasks import TASKS
from pathlib import Path
Path("f.csv").write_text("x\\n1\\n2\\n3\\n")
csv = spec.CsvSource(
    Path("f.csv"), None, spec.Columns(("x",), "number"), spec.Target(("x",), "number", 1, "step")
)
task = spec.TaskSource("adding", {o.name: o.default for o in TASKS["adding"].options})
text = spec.TextSource((str(Path("t.txt").absolute()),), "byte")
for source in (csv, task, text):
    splits.split_pieces(facts.examine(source), spec.Split(1, 0, 0), 0)
print(sorted({"numpy", "torch", "pydantic", "yaml"} & set(sys.modules)))
"""


def test_facts_and_splits_need_no_numpy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import rnnctl.data

    (tmp_path / "t.txt").write_text("abc" * 9)
    monkeypatch.setenv("RNNCTL_CACHE", str(tmp_path / "cache"))
    examine(TextSource((str(tmp_path / "t.txt"),), "byte"))  # its token file is made once, with numpy
    root = rnnctl.data.__path__[0].removesuffix("/rnnctl/data")
    done = subprocess.run(
        [sys.executable, "-c", ASK],
        cwd=tmp_path,
        env={"PYTHONPATH": root, "RNNCTL_CACHE": str(tmp_path / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")
