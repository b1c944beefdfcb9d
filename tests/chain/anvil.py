"""A second engine: anvil (npm `@foundry-rs/anvil`), started on a free loopback port with the embedded chain's rules.

Paris fork, chain id, genesis time and gas limit of the embedded chain, no accounts, no fees: the same transactions must then
give the same gas, logs and roots on both. It is a development dependency; where it is not installed, its tests are skipped.
"""

from __future__ import annotations

import json
import os
import subprocess
import threading
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from chain.devnet import CHAIN_ID, GAS_LIMIT, GENESIS_TIME

ROOT = Path(__file__).resolve().parent.parent.parent
RULES = {
    "--accounts": 0,
    "--hardfork": "paris",
    "--chain-id": CHAIN_ID,
    "--timestamp": GENESIS_TIME,
    "--gas-limit": GAS_LIMIT,
    "--block-base-fee-per-gas": 0,
    "--gas-price": 0,
}
SWITCHES = ("--disable-min-priority-fee", "--disable-default-create2-deployer", "--disable-console-log")


class RpcError(Exception):
    """What a node answered instead of a result; `error` is JSON-RPC's object."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(error.get("message"))
        self.error = error


@dataclass(frozen=True)
class Anvil:
    """A running anvil. `request` has the form of `Devnet.request`."""

    url: str

    def request(self, method: str, params: Sequence[Any] = ()) -> Any:
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}).encode()
        request = urllib.request.Request(self.url, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as response:
            answer = json.load(response)
        if "error" in answer:
            raise RpcError(answer["error"])
        return answer["result"]


def binary() -> Path | None:
    """Where anvil is: `WAYPROOF_ANVIL`, else what `npm install` put into the project's folder."""
    named = os.environ.get("WAYPROOF_ANVIL")
    if named:
        return Path(named)
    names = ("anvil", "anvil.exe")
    folder = ROOT / "node_modules" / "@foundry-rs"
    return next((path for name in names for path in sorted(folder.glob(f"anvil-*/bin/{name}"))), None)


@contextmanager
def running(program: Path) -> Iterator[Anvil]:
    """A fresh chain, gone when the block is left."""
    arguments = [str(word) for pair in RULES.items() for word in pair]
    command = [str(program), "--port", "0", *arguments, *SWITCHES]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    reader = threading.Thread(target=_drain, args=(process.stdout,), daemon=True)
    try:
        said = []
        for line in process.stdout:
            said.append(line)
            if line.startswith("Listening on "):
                break
        else:
            raise RuntimeError("anvil did not start: " + "".join(said))
        reader.start()  # anvil tells of every request, and stands still when nobody listens
        yield Anvil("http://" + line.removeprefix("Listening on ").strip())
    finally:
        process.kill()
        process.wait()
        if reader.ident is not None:
            reader.join()
        process.stdout.close()


def _drain(lines: IO[str]) -> None:
    for _ in lines:
        pass
