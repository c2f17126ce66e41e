"""`python -m rnnctl`."""

from rnnctl.cli.app import main

if __name__ == "__main__":
    main()
