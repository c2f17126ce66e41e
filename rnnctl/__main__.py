"""`rnnctl`, and `python -m rnnctl`."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command line; a Ctrl-C while it is still being imported is no bug to be shown in full."""
    try:
        if os.environ.get("_RNNCTL_COMPLETE", "").startswith("complete_"):  # a shell asks what may stand at the cursor
            from rnnctl.cli.completion import answer

            sys.exit(answer(os.environ))
        from rnnctl.cli.app import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
