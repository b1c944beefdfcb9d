"""Calls and logs through eth_abi: a second opinion on chain/calls.py, and a way to make the calls that it refuses to make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from eth_abi.abi import decode, encode
from tiny_keccak import keccak256

from chain import calls
from tests.chain.contract.evm import Log

Abi = Mapping[str, Any]


def _type(part: Abi) -> str:
    kind = cast(str, part["type"])
    if not kind.startswith("tuple"):
        return kind
    return "(" + ",".join(_type(inner) for inner in part["components"]) + ")" + kind[5:]


def _named(sort: str, name: str, inputs: int | None = None) -> Abi:
    """The one definition of that name, or of that name with so many inputs."""
    alike = [one for one in cast(Sequence[Abi], calls.artifact()["abi"]) if one["type"] == sort and one["name"] == name]
    [found] = [one for one in alike if inputs in (None, len(one["inputs"]))]
    return found


def call(name: str, *arguments: object) -> bytes:
    """Calldata of a function; a third argument of `record` and `commission` is a device's signature."""
    types = [_type(part) for part in _named("function", name, len(arguments))["inputs"]]
    signature = f"{name}({','.join(types)})"
    return keccak256(signature.encode())[:4] + encode(types, arguments)


def answer(name: str, output: bytes) -> Any:
    """The one value that a function returned."""
    return decode([_type(part) for part in _named("function", name)["outputs"]], output)[0]


def read(name: str, log: Log) -> dict[str, Any]:
    """The fields of one log of that event, by name."""
    inputs = _named("event", name)["inputs"]
    indexed, plain = [p for p in inputs if p["indexed"]], [p for p in inputs if not p["indexed"]]
    found = {p["name"]: decode([p["type"]], topic)[0] for p, topic in zip(indexed, log.topics[1:], strict=True)}
    values = decode([p["type"] for p in plain], log.data)
    return found | {p["name"]: value for p, value in zip(plain, values, strict=True)}
