"""Every public vector, one line a set: `make conformance`.

Third-party vectors are found in WAYPROOF_SHARED (default ../shared) and are never part of the project.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tests.conformance import epcis, gs1

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    """Print the lines; 1 where a vector failed without a stated reason, 2 where there are none here."""
    data = Path(os.environ.get("WAYPROOF_SHARED", ROOT.parent / "shared")) / "data"
    if not data.is_dir():
        sys.stderr.write(f"conformance: third-party vectors not here ({data}; set WAYPROOF_SHARED)\n")
        return 2
    short = excluded = 0
    for name, passed, total, exclusions in (*gs1.run(data), *epcis.run(data)):
        excluded += len(exclusions)
        short += passed + len(exclusions) < total
        print(f"{name:<36} {passed:>5} / {total:<5}" + "".join(f"\n    left out: {reason}" for reason in exclusions))
    print(f"{excluded} left out in all")
    return 1 if short or excluded > 5 else 0


if __name__ == "__main__":
    sys.exit(main())
