"""Compiles Provenance.vy into provenance.json: what the program deploys, calls and pins.

Run as `python -m chain.contract.build`; a test recompiles and compares. The compiler is a development dependency only. The
storage layout is part of the artifact because proofs name slots by number, and slots move with the compiler and the EVM version.
"""

from __future__ import annotations

import hashlib
import json
import warnings
from pathlib import Path

SOURCE = Path(__file__).with_name("Provenance.vy")
ARTIFACT = Path(__file__).with_name("provenance.json")


def compiled(optimize: str = "gas") -> dict[str, object]:
    """The artifact as a dictionary, from a fresh compile in the given optimiser mode (gas, codesize or none)."""
    import vyper
    from tiny_keccak import keccak256
    from vyper.compiler import compile_code

    source = SOURCE.read_text(encoding="utf-8")
    code = source.replace("# pragma optimize gas", f"# pragma optimize {optimize}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        out = compile_code(code, output_formats=["abi", "bytecode", "bytecode_runtime", "layout", "method_identifiers"])
    runtime = bytes.fromhex(out["bytecode_runtime"][2:])
    layout = {name: var["slot"] for name, var in out["layout"]["storage_layout"].items()}
    return {
        "contract": "Provenance",
        "compiler": f"vyper {vyper.__version__}",
        "evm_version": "paris",
        "optimize": optimize,
        "source_sha256": hashlib.sha256(source.encode()).hexdigest(),
        "code_hash": "0x" + keccak256(runtime).hex(),
        "size": len(runtime),
        "slots": layout,
        "selectors": out["method_identifiers"],
        "abi": out["abi"],
        "bytecode": out["bytecode"],
    }


def main() -> None:
    """Write the artifact beside the source."""
    ARTIFACT.write_text(json.dumps(compiled(), indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
