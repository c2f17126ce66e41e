"""The program from its first moment: a Ctrl-C while it is being imported; and where nobody reads to its last."""

from __future__ import annotations

import subprocess
import sys

import pytest

INTERRUPTED = """\
import sys

class Interrupt:
    def find_spec(self, name, path=None, target=None):
        if name == "typer":
            raise KeyboardInterrupt

sys.meta_path.insert(0, Interrupt())
sys.argv = ["rnnctl", "--help"]
from rnnctl.__main__ import main
main()
"""


def test_a_ctrl_c_in_the_first_moment_shows_no_traceback() -> None:
    done = subprocess.run([sys.executable, "-c", INTERRUPTED], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


@pytest.mark.parametrize("arguments", ["schema", "explain checks", "explain", "validate --help"])
def test_a_reader_that_goes_ends_it_quietly(arguments: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "rnnctl", *arguments.split()], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    told = process.stderr.read()
    assert (process.wait(), told) == (0, b"")
    process.stderr.close()
