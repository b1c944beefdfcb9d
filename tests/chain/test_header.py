"""Block headers: real ones hash to their names, every other spelling and every changed field is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain import rlp
from chain.errors import BadProof
from chain.header import MAX_EXTRA, Header

# The genesis block of Ethereum's main network, and its first block: as every node answers them.
NO_UNCLES = "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347"
NO_ENTRIES = "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421"
GENESIS: dict[str, Any] = {
    "hash": "0xd4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3",
    "parentHash": "0x" + "00" * 32,
    "sha3Uncles": NO_UNCLES,
    "miner": "0x" + "00" * 20,
    "stateRoot": "0xd7f8974fb5ac78d9ac099b9ad5018bedc2ce0a72dad1827a1709da30580f0544",
    "transactionsRoot": NO_ENTRIES,
    "receiptsRoot": NO_ENTRIES,
    "logsBloom": "0x" + "00" * 256,
    "difficulty": "0x400000000",
    "number": "0x0",
    "gasLimit": "0x1388",
    "gasUsed": "0x0",
    "timestamp": "0x0",
    "extraData": "0x11bbe8db4e347b4e8c937c1c8370e4b5ed33adb3db69cbdb7a38e1e50b1b82fa",
    "mixHash": "0x" + "00" * 32,
    "nonce": "0x0000000000000042",
}


def word(seed: int) -> bytes:
    return bytes([seed]) * 32


def made(forks: int) -> Header:
    """A header with the fields up to one of the forks: 0 Frontier, 1 London, 2 Shanghai, 3 Cancun, 4 Prague."""
    header = replace(Header.from_rpc(GENESIS), number=7, timestamp=1_700_000_000, state_root=word(3))
    later: list[dict[str, Any]] = [
        {"base_fee": 7},
        {"withdrawals_root": word(4)},
        {"blob_gas_used": 0, "excess_blob_gas": 131_072, "parent_beacon_root": word(5)},
        {"requests_hash": word(6)},
    ]
    for values in later[:forks]:
        header = replace(header, **values)
    return header


def test_the_genesis_of_the_main_network() -> None:
    header = Header.from_rpc(GENESIS)
    assert header.hash.hex() == GENESIS["hash"][2:]
    assert header.state_root.hex() == GENESIS["stateRoot"][2:]
    assert (header.number, header.timestamp, header.base_fee) == (0, 0, None)
    assert Header.from_rlp(header.rlp()) == header


def test_a_real_block_of_the_main_network(shared: Path) -> None:
    block = json.loads((shared / "vectors" / "eth_getproof" / "helios_block.json").read_text())
    header = Header.from_rpc(block)
    assert "0x" + header.hash.hex() == block["hash"]
    assert header.number == 21_925_176
    assert header.base_fee == int(block["baseFeePerGas"], 16)
    assert header.requests_hash is None
    assert header.parent_beacon_root is not None
    for field in ("stateRoot", "logsBloom", "number", "baseFeePerGas", "withdrawalsRoot", "blobGasUsed", "hash"):
        digit = "1" if block[field][-1] == "0" else "0"
        with pytest.raises(BadProof):
            Header.from_rpc({**block, field: block[field][:-1] + digit})


NAMES = {
    "coinbase": "miner",
    "uncleHash": "sha3Uncles",
    "transactionsTrie": "transactionsRoot",
    "receiptTrie": "receiptsRoot",
    "bloom": "logsBloom",
}


def blocks(shared: Path, which: str) -> Iterator[tuple[dict[str, Any], bytes]]:
    """(header, RLP of the block) of every block of the public tests that says what its header is."""
    for file in sorted((shared / "vectors" / "eth_block").glob(f"{which}*.json")):
        for case in json.loads(file.read_text()).values():
            yield case["genesisBlockHeader"], bytes.fromhex(case["genesisRLP"][2:])
            for block in case["blocks"]:
                if "blockHeader" in block:
                    yield block["blockHeader"], bytes.fromhex(block["rlp"][2:])


@pytest.mark.parametrize("which", ["ValidBlocks", "InvalidBlocks"])
def test_headers_of_public_block_tests(shared: Path, which: str) -> None:
    ran = 0
    for answer, encoded in blocks(shared, which):
        parts = rlp.decode(encoded)
        assert isinstance(parts, list)
        header = Header.from_rlp(rlp.encode(parts[0]))
        assert header.rlp() == rlp.encode(parts[0])
        assert "0x" + header.hash.hex() == answer["hash"]
        assert Header.from_rpc({NAMES.get(name, name): value for name, value in answer.items()}) == header
        ran += 1
    assert ran > 30


def test_blocks_that_are_invalid_are_read_exactly_or_refused(shared: Path) -> None:
    """Whether a block is valid is the network's to say; that its header has one spelling is ours."""
    ran = 0
    for file in sorted((shared / "vectors" / "eth_block").glob("InvalidBlocks*.json")):
        for case in json.loads(file.read_text()).values():
            for block in case["blocks"]:
                try:
                    parts = rlp.decode(bytes.fromhex(block["rlp"][2:]))
                    assert isinstance(parts, list)
                    assert Header.from_rlp(rlp.encode(parts[0])).rlp() == rlp.encode(parts[0])
                except BadProof:
                    assert "expectException" in block
                ran += 1
    assert ran > 30


@pytest.mark.parametrize("forks", range(5))
def test_headers_of_every_fork_come_back(forks: int) -> None:
    header = made(forks)
    assert len(rlp.decode(header.rlp())) == [15, 16, 17, 20, 21][forks]
    assert Header.from_rlp(header.rlp()) == header
    assert header.hash != made((forks + 1) % 5).hash


@given(st.data())
def test_every_changed_bit_gives_another_name_or_is_refused(data: st.DataObject) -> None:
    header = made(data.draw(st.integers(0, 4)))
    encoded = header.rlp()
    bit = data.draw(st.integers(0, len(encoded) * 8 - 1))
    changed = bytearray(encoded)
    changed[bit // 8] ^= 1 << bit % 8
    for bad in (bytes(changed), encoded + b"\0", encoded[:-1]):
        try:
            other = Header.from_rlp(bad)
        except BadProof:
            continue
        assert other.rlp() == bad
        assert other.hash != header.hash


@given(st.binary(max_size=700))
def test_bytes_that_are_no_header_are_refused(data: bytes) -> None:
    with pytest.raises(BadProof):
        Header.from_rlp(data)


def test_fields_of_no_known_fork_are_refused() -> None:
    items = rlp.decode(made(4).rlp())
    assert isinstance(items, list)
    for bad in (items[:14], items[:18], items[:19], [*items, b""], [*items, word(9)], []):
        with pytest.raises(BadProof, match="fork"):
            Header.from_rlp(rlp.encode(bad))
    for gap in ("base_fee", "withdrawals_root", "blob_gas_used", "excess_blob_gas", "parent_beacon_root"):
        with pytest.raises(BadProof):
            replace(made(4), **{gap: None})  # type: ignore[arg-type]
    with pytest.raises(BadProof):
        replace(made(1), blob_gas_used=0)
    with pytest.raises(BadProof):
        replace(made(0), state_root=None)  # type: ignore[arg-type]


def test_a_field_of_another_size_is_refused() -> None:
    whole = made(4)
    for field in fields(whole):
        value = getattr(whole, field.name)
        if isinstance(value, int):
            bad: list[Any] = [-1, 2**256, True, 1.0, b"\1", "1"]
        elif field.name == "extra_data":
            bad = [bytes(MAX_EXTRA + 1), "00", 1]
        else:
            bad = [value[:-1], value + b"\0", value.hex(), 1]
        for wrong in bad:
            with pytest.raises(BadProof):
                replace(whole, **{field.name: wrong})


def test_a_number_with_a_leading_zero_is_refused() -> None:
    items = rlp.decode(made(4).rlp())
    assert isinstance(items, list)
    for place in (7, 8, 9, 10, 11, 15, 17, 18):
        item = items[place]
        assert isinstance(item, bytes)
        with pytest.raises(BadProof):
            Header.from_rlp(rlp.encode([*items[:place], b"\0" + item, *items[place + 1 :]]))
    with pytest.raises(BadProof):
        Header.from_rlp(rlp.encode([[], *items[1:]]))


def test_extra_data_of_a_consortium_is_longer_than_the_yellow_paper_allows() -> None:
    header = replace(made(1), extra_data=bytes(range(256)) * 40)
    assert Header.from_rlp(header.rlp()) == header
    with pytest.raises(BadProof, match="too long"):
        Header.from_rlp(bytes(MAX_EXTRA + 2000))


def test_a_hash_that_is_wrong_or_missing_is_refused_where_it_is_expected() -> None:
    for claim in ({"hash": "0x" + "00" * 32}, {"hash": None}, {"hash": "0xzz"}):
        with pytest.raises(BadProof):
            Header.from_rpc({**GENESIS, **claim})
        assert Header.from_rpc({**GENESIS, **claim}, expect=False).hash.hex() == GENESIS["hash"][2:]
    with pytest.raises(BadProof):
        Header.from_rpc({name: value for name, value in GENESIS.items() if name != "hash"})


@pytest.mark.parametrize("answer", [None, "0x", [], 1, {}, {"number": "0x1"}])
def test_an_answer_that_is_no_block_is_refused(answer: object) -> None:
    with pytest.raises(BadProof):
        Header.from_rpc(answer)


@pytest.mark.parametrize("wrong", ["", "0", "0X0", "-0x1", "0x-1", "0x 1", "0x1_0", "0x+1", "0xg", "٣", 1.0, [], {}, "0x1\n"])
def test_a_field_that_is_not_hexadecimal_is_refused(wrong: object) -> None:
    for field in ("number", "stateRoot", "extraData"):
        with pytest.raises(BadProof):
            Header.from_rpc({**GENESIS, field: wrong})


def test_half_a_byte_and_an_endless_text_are_refused() -> None:
    with pytest.raises(BadProof, match="half a byte"):
        Header.from_rpc({**GENESIS, "extraData": "0x123"})
    for field in ("number", "extraData"):
        with pytest.raises(BadProof):
            Header.from_rpc({**GENESIS, field: "0x" + "1" * 10**6})


def test_numbers_and_bytes_are_taken_as_they_are() -> None:
    def parsed(value: str) -> object:
        return int(value, 16) if len(value) < 16 else bytes.fromhex(value[2:])

    assert Header.from_rpc({name: parsed(value) for name, value in GENESIS.items()}) == Header.from_rpc(GENESIS)
    assert Header.from_rpc({**GENESIS, "gasUsed": "0x", "timestamp": "0x00"}) == Header.from_rpc(GENESIS)


def test_a_later_field_that_is_null_is_a_field_that_is_not_there() -> None:
    assert Header.from_rpc({**GENESIS, "baseFeePerGas": None, "requestsHash": None}) == Header.from_rpc(GENESIS)
    with pytest.raises(BadProof):
        Header.from_rpc({**GENESIS, "baseFeePerGas": "0x7"})
