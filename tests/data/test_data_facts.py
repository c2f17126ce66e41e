"""Facts without numpy: what validation needs must start at once."""

import subprocess
import sys

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
for source in (csv, task):
    splits.split_lengths(facts.examine(source), spec.Split(1, 0, 0), 0)
print(sorted({"numpy", "torch", "pydantic", "yaml"} & set(sys.modules)))
"""


def test_facts_and_split_lengths_need_no_numpy(tmp_path) -> None:
    import rnnctl.data

    root = rnnctl.data.__path__[0].removesuffix("/rnnctl/data")
    done = subprocess.run(
        [sys.executable, "-c", ASK],
        cwd=tmp_path,
        env={"PYTHONPATH": root},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")
