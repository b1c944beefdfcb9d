"""Every figure that the README and the notes name, one part after the other: `make bench`.

`python -m tests.bench [PART ...]` runs some of them. Parts that need third-party data say so and are left out where it is absent.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("WAYPROOF_SHARED", ROOT.parent / "shared")) / "data"

PARTS: dict[str, tuple[list[str], bool]] = {
    "gas": (["tests.bench.gas"], False),
    "devnet": (["tests.bench.devnet"], False),
    "ledger": (["tests.bench.ledger"], False),
    "proofs": (["tests.bench.proofs"], False),
    "verify": (["tests.bench.verify"], False),
    "depot": (["tests.bench.depot"], False),
    "decode": (["tests.bench.decode"], True),
    "epcis": (["tests.bench.epcis"], True),
    "scms": (["tests.bench.scms"], True),
    "window": (["tests.bench.window"], False),
    "desk": (["tests.bench.desk"], False),
    "inspections": (["tests.bench.inspections"], False),
}


def main(names: list[str]) -> int:
    """Run the parts; 1 where one failed."""
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        sys.stderr.write(f"bench: no part {', '.join(unknown)}; there are {', '.join(PARTS)}\n")
        return 2
    failed = 0
    for name in names or PARTS:
        modules, needs_data = PARTS[name]
        print(f"\n## {name}\n", flush=True)
        if needs_data and not SHARED.is_dir():
            print(f"left out: third-party data not here ({SHARED}; set WAYPROOF_SHARED)")
            continue
        began = time.monotonic()
        environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
        for module in modules:
            failed += subprocess.run([sys.executable, "-m", module], cwd=ROOT, env=environment, check=False).returncode != 0
        print(f"({time.monotonic() - began:.0f} s)", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
