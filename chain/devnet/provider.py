"""The embedded chain as a web3.py provider, for code that wants web3 objects. Nothing of the chain needs it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, cast

from web3.providers.base import JSONBaseProvider  # noqa: TID253 - imported by those who use web3
from web3.types import RPCEndpoint, RPCResponse  # noqa: TID253

from chain.devnet import Devnet
from chain.errors import LedgerError

sys.setrecursionlimit(1000)  # see chain.devnet.machine: web3 raises it too


class DevnetProvider(JSONBaseProvider):
    """Answers `Web3` from an open `Devnet`, errors and batches as a node's."""

    def __init__(self, devnet: Devnet) -> None:
        super().__init__()
        self._devnet = devnet

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        """One request, as its JSON-RPC response."""
        try:
            return _response(self._devnet.request(method, params))
        except LedgerError as error:
            return _response(error)

    def make_batch_request(self, requests: list[tuple[RPCEndpoint, Any]]) -> list[RPCResponse]:
        """A batch, in its order; transactions in a row are sealed together."""
        calls: Sequence[tuple[str, Sequence[Any]]] = requests
        return [_response(result) for result in self._devnet.request_many(calls)]

    def is_connected(self, show_traceback: bool = False) -> bool:  # noqa: ARG002 - web3's signature
        """Always: there is no connection to lose."""
        return True


def _response(result: object) -> RPCResponse:
    """A result, or a LedgerError, as a JSON-RPC response."""
    shape: dict[str, Any] = {"jsonrpc": "2.0", "id": 0}
    if isinstance(result, LedgerError):
        shape["error"] = {"code": result.details.get("code", -32603), "message": result.words}
        if result.details.get("data") is not None:
            shape["error"]["data"] = result.details["data"]
    else:
        shape["result"] = result
    return cast(RPCResponse, shape)
