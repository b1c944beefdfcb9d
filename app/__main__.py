"""`python -m app` is `wayproof`."""

from __future__ import annotations

import multiprocessing
import sys


def main() -> int:
    """Run the command line; Ctrl-C while it is still being loaded is no error to tell of."""
    try:
        from app.cli import main as run

        return run()
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    multiprocessing.freeze_support()
    sys.exit(main())
