"""The program from its first moment: what a Ctrl-C does while it is being imported."""

from __future__ import annotations

import subprocess
import sys

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
