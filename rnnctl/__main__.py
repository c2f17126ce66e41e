"""`rnnctl`, and `python -m rnnctl`."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; a Ctrl-C while it is still being imported is no bug to be shown in full."""
    try:
        from rnnctl.cli.app import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
