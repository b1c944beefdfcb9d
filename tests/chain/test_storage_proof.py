"""Storage proofs: a reference trie builds them, and nothing but exactly them is believed.

The builder below follows the Yellow Paper (appendix C, D) from whole mappings down; its roots are checked against the public
trie vectors, the states of public block tests and py-trie, so that a proof of it is what an honest node would send.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_keccak import keccak256

from chain import rlp
from chain.errors import BadProof, MissingNode
from chain.storage_proof import (
    EMPTY_CODE,
    EMPTY_ROOT,
    Account,
    SharedNodes,
    collect,
    lookup,
    mapping_slot,
    read_account,
    read_slot,
    solidity_mapping_slot,
    verify_account,
    verify_slot,
    walk,
)

ZERO = bytes(32)


@dataclass
class Trie:
    """A reference trie: its root, all nodes by hash, and the nodes on the way of a key."""

    values: Mapping[bytes, bytes]
    nodes: dict[bytes, bytes] = field(default_factory=dict)
    root: bytes = EMPTY_ROOT

    def __post_init__(self) -> None:
        self.tree = self._build({key.hex(): value for key, value in self.values.items()})
        if self.tree:
            encoded = self._encode(self.tree)
            self.root = keccak256(encoded)
            self.nodes[self.root] = encoded

    def proof(self, key: bytes) -> list[bytes]:
        """What eth_getProof lists: the root and every node that is referred to by hash, down to where the key ends."""
        steps: list[bytes] = []
        tree, path = self.tree, key.hex()
        while tree:
            encoded = self._encode(tree)
            if len(encoded) >= 32 or not steps:
                steps.append(encoded)
            if tree[0] == "leaf" or (tree[0] == "extension" and not path.startswith(tree[1])):
                break
            if tree[0] == "extension":
                tree, path = tree[2], path[len(tree[1]) :]
            elif path:
                tree, path = tree[1][int(path[0], 16)], path[1:]
            else:
                break
        return steps

    def _build(self, values: dict[str, bytes]) -> Any:
        if not values:
            return None
        if len(values) == 1:
            return ("leaf", *values.popitem())
        keys = sorted(values)
        shared = 0
        while shared < len(keys[0]) and keys[0][shared] == keys[-1][shared]:
            shared += 1
        if shared:
            inner = self._build({key[shared:]: value for key, value in values.items()})
            return ("extension", keys[0][:shared], inner)
        children = [
            self._build({key[1:]: value for key, value in values.items() if key[:1] == digit}) for digit in "0123456789abcdef"
        ]
        return ("branch", children, values.get("", b""))

    def _encode(self, tree: Any) -> bytes:
        return rlp.encode(self._plain(tree))

    def _plain(self, tree: Any) -> Any:
        if tree[0] == "branch":
            return [self._reference(child) for child in tree[1]] + [tree[2]]
        packed = bytes.fromhex(hex(2 * (tree[0] == "leaf") + len(tree[1]) % 2)[2:] + "0" * (len(tree[1]) % 2 == 0) + tree[1])
        return [packed, tree[2] if tree[0] == "leaf" else self._reference(tree[2])]

    def _reference(self, tree: Any) -> Any:
        if tree is None:
            return b""
        encoded = self._encode(tree)
        if len(encoded) < 32:
            return self._plain(tree)
        self.nodes[keccak256(encoded)] = encoded
        return keccak256(encoded)


def storage(slots: Mapping[bytes, int]) -> Trie:
    return Trie({keccak256(slot): rlp.encode(value) for slot, value in slots.items() if value})


def slot(number: int) -> bytes:
    return number.to_bytes(32, "big")


def account_bytes(account: Account) -> bytes:
    return rlp.encode([account.nonce, account.balance, account.storage_root, account.code_hash])


def unhex(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def in_order(proof: list[bytes]) -> Callable[[bytes], bytes]:
    left = iter(proof)
    return lambda _: next(left)


def flipped(proof: list[bytes], place: int, bit: int) -> list[bytes]:
    changed = bytearray(proof[place])
    changed[bit // 8] ^= 1 << bit % 8
    return [*proof[:place], bytes(changed), *proof[place + 1 :]]


def mutations(proof: list[bytes], seed: int) -> Iterator[list[bytes]]:
    """Removal, doubling, padding, reordering, cutting, growing, and flipped bits of a list of nodes."""
    for place in range(len(proof)):
        yield proof[:place] + proof[place + 1 :]
        yield [*proof[:place], proof[place], *proof[place:]]
        for other in range(place):
            swapped = list(proof)
            swapped[place], swapped[other] = swapped[other], swapped[place]
            yield swapped
        for bit in range(seed, len(proof[place]) * 8, 97):
            yield flipped(proof, place, bit)
        for changed_node in (proof[place] + b"\0", proof[place][:-1], b"", b"\x80", b"\xc0", bytes(2000)):
            yield [*proof[:place], changed_node, *proof[place + 1 :]]
    for extra in (b"", b"\x80", b"\xc0", keccak256(b"padding")):
        yield [*proof, extra]
        yield [extra, *proof]
    yield proof + proof
    yield proof[:-1]


# --- public vectors -------------------------------------------------------------------------------------------------


def trie_vectors(shared: Path) -> Iterator[tuple[str, dict[bytes, bytes], bytes]]:
    def raw(text: str) -> bytes:
        return unhex(text) if text.startswith("0x") else text.encode()

    for name in ("trieanyorder", "trietest", "trieanyorder_secureTrie", "trietest_secureTrie"):
        for case, content in json.loads((shared / "vectors" / "eth_trie" / f"{name}.json").read_text()).items():
            pairs = content["in"].items() if isinstance(content["in"], dict) else content["in"]
            values: dict[bytes, bytes] = {}
            for key, value in pairs:
                hashed = keccak256(raw(key)) if "secure" in name else raw(key)
                values.pop(hashed, None)
                if value is not None:
                    values[hashed] = raw(value)
            yield f"{name}/{case}", values, unhex(content["root"])


def test_public_tries_are_walked(shared: Path) -> None:
    seen = 0
    for name, values, root in trie_vectors(shared):
        trie = Trie(values)
        assert trie.root == root, name
        for key, value in values.items():
            assert walk(root, key, in_order(trie.proof(key))) == value, name
        absent = {key[:-1] for key in values} | {key + b"\x01" for key in values} | {b"", b"nobody", ZERO}
        for key in absent - set(values):
            assert walk(root, key, in_order(trie.proof(key))) is None, name
        seen += 1
    assert seen >= 16


def test_real_mainnet_proof(shared: Path) -> None:
    """Block 21,925,176: the account of the deposit contract and its slot 1."""
    folder = shared / "vectors" / "eth_getproof"
    answer = json.loads((folder / "helios_proof.json").read_text())
    state_root = unhex(json.loads((folder / "helios_block.json").read_text())["stateRoot"])
    proof = [unhex(node) for node in answer["accountProof"]]
    account = verify_account(state_root, unhex(answer["address"]), proof)
    assert account == Account(
        int(answer["nonce"], 16), int(answer["balance"], 16), unhex(answer["storageHash"]), unhex(answer["codeHash"])
    )
    entry = answer["storageProof"][0]
    slot_proof = [unhex(node) for node in entry["proof"]]
    assert verify_slot(account.storage_root, unhex(entry["key"]), slot_proof) == int(entry["value"], 16)
    for bad in mutations(proof, 0):
        with pytest.raises(BadProof):
            verify_account(state_root, unhex(answer["address"]), bad)
    for bad in mutations(slot_proof, 0):
        with pytest.raises(BadProof):
            verify_slot(account.storage_root, unhex(entry["key"]), bad)
    for place, node in enumerate(slot_proof):
        for bit in range(len(node) * 8):
            with pytest.raises(BadProof):
                verify_slot(account.storage_root, unhex(entry["key"]), flipped(slot_proof, place, bit))
    with pytest.raises(BadProof):
        verify_slot(account.storage_root, slot(2), slot_proof)


def test_real_proof_of_an_older_client(shared: Path) -> None:
    sample = json.loads((shared / "vectors" / "eth_getproof" / "geth_les_sample_proof_key_exists.json").read_text())
    proof = [rlp.encode([unhex(item) for item in node]) for node in sample["proof_nodes_decoded_rlp"]]
    value = walk(unhex(sample["state_root"]), unhex(sample["key"]), in_order(proof))
    assert value == unhex(sample["proof_nodes_decoded_rlp"][-1][1])


def test_states_of_real_test_blocks(shared: Path) -> None:
    """The pre-state of every block test, as a trie: its root is the genesis header's, and all of it can be proven."""
    accounts = 0
    for file in sorted((shared / "vectors" / "eth_block").glob("ValidBlocks*.json")):
        for case in json.loads(file.read_text()).values():
            slots, wanted = {}, {}
            for address, state in case["pre"].items():
                held = storage({unhex(key).rjust(32, b"\0"): int(value, 16) for key, value in state["storage"].items()})
                slots[unhex(address)] = held
                wanted[unhex(address)] = Account(
                    int(state["nonce"], 16), int(state["balance"], 16), held.root, keccak256(unhex(state["code"]))
                )
            trie = Trie({keccak256(address): account_bytes(account) for address, account in wanted.items()})
            assert trie.root == unhex(case["genesisBlockHeader"]["stateRoot"]), file.name
            for address, account in wanted.items():
                assert verify_account(trie.root, address, trie.proof(keccak256(address))) == account
                for key, value in case["pre"]["0x" + address.hex()]["storage"].items():
                    name = unhex(key).rjust(32, b"\0")
                    assert verify_slot(account.storage_root, name, slots[address].proof(keccak256(name))) == int(value, 16)
                accounts += 1
    assert accounts > 100


# --- properties -----------------------------------------------------------------------------------------------------

short_keys = st.binary(min_size=1, max_size=3)
contents = st.dictionaries(short_keys, st.binary(min_size=1, max_size=40), max_size=40)


@given(contents, st.lists(short_keys, max_size=10))
def test_every_key_is_proven_present_or_absent(values: dict[bytes, bytes], others: list[bytes]) -> None:
    trie = Trie(values)
    for key in [*values, *others]:
        proof = trie.proof(key)
        assert walk(trie.root, key, in_order(proof)) == values.get(key)
        assert walk(trie.root, key, lookup(trie.nodes)) == values.get(key)


@given(st.dictionaries(st.integers(0, 400), st.integers(0, 2**256 - 1), max_size=60), st.integers(0, 400), st.integers(0, 96))
@settings(max_examples=40)
def test_every_changed_proof_of_a_slot_is_refused(values: dict[int, int], wanted: int, seed: int) -> None:
    trie = storage({slot(number): value for number, value in values.items()})
    proof = trie.proof(keccak256(slot(wanted)))
    assert verify_slot(trie.root, slot(wanted), proof) == values.get(wanted, 0)
    for bad in mutations(proof, seed):
        if bad != proof:
            with pytest.raises(BadProof):
                verify_slot(trie.root, slot(wanted), bad)


@given(contents, short_keys, st.data())
def test_no_changed_store_gives_a_wrong_value(values: dict[bytes, bytes], key: bytes, data: st.DataObject) -> None:
    trie = Trie(values)
    if not trie.nodes:
        return
    victim = data.draw(st.sampled_from(sorted(trie.nodes)))
    changed = bytearray(trie.nodes[victim])
    bit = data.draw(st.integers(0, len(changed) * 8 - 1))
    changed[bit // 8] ^= 1 << bit % 8
    for store in ({**trie.nodes, victim: bytes(changed)}, {name: node for name, node in trie.nodes.items() if name != victim}):
        try:
            assert walk(trie.root, key, lookup(store)) == values.get(key)
        except (BadProof, MissingNode):
            assert trie.nodes[victim] in trie.proof(key)


@given(st.dictionaries(st.binary(min_size=20, max_size=20), st.integers(0, 2**64 - 1), min_size=1, max_size=20), st.data())
def test_accounts_come_back(nonces: dict[bytes, int], data: st.DataObject) -> None:
    def made(nonce: int) -> Account:
        return Account(nonce, nonce * 10**18, keccak256(slot(nonce)), EMPTY_CODE)

    trie = Trie({keccak256(address): account_bytes(made(nonce)) for address, nonce in nonces.items()})
    for address, nonce in nonces.items():
        assert verify_account(trie.root, address, trie.proof(keccak256(address))) == made(nonce)
        assert read_account(trie.root, address, lookup(trie.nodes)) == made(nonce)
    stranger = data.draw(st.binary(min_size=20, max_size=20).filter(lambda address: address not in nonces))
    assert verify_account(trie.root, stranger, trie.proof(keccak256(stranger))) is None


def test_the_reference_trie_agrees_with_another_implementation() -> None:
    from trie.hexary import HexaryTrie

    values = {keccak256(slot(number)): rlp.encode(number + 1) for number in range(300)}
    other: Any = HexaryTrie({})
    for key, value in values.items():
        other[key] = value
    trie = Trie(values)
    assert other.root_hash == trie.root
    for number in (0, 7, 299, 300, 1000):
        key = keccak256(slot(number))
        nodes = [rlp.encode(list(map(plain, node))) for node in other.get_proof(key) if node]
        assert nodes == trie.proof(key)
        assert verify_slot(trie.root, slot(number), nodes) == (number + 1 if number < 300 else 0)


def plain(item: Any) -> Any:
    return bytes(item) if isinstance(item, bytes) else list(map(plain, item))


# --- shared sets of nodes -------------------------------------------------------------------------------------------


def test_a_shared_set_proves_all_its_keys_with_each_node_once() -> None:
    trie = storage({slot(number): number + 1 for number in range(200)})
    keys = [keccak256(slot(number)) for number in range(0, 280, 7)]
    nodes = collect(trie.root, keys, lookup(trie.nodes))
    assert len(nodes) == len(set(nodes)) < sum(len(trie.proof(key)) for key in keys)
    assert set(nodes) == {node for key in keys for node in trie.proof(key)}
    shared = SharedNodes(nodes)
    for number in range(0, 280, 7):
        assert read_slot(trie.root, slot(number), shared) == (number + 1 if number < 200 else 0)
    shared.finish()


def test_a_shared_set_has_one_spelling() -> None:
    trie = storage({slot(number): number + 1 for number in range(100)})
    nodes = list(collect(trie.root, [keccak256(slot(1)), keccak256(slot(2))], lookup(trie.nodes)))
    for bad in (nodes[::-1], [*nodes, nodes[-1]], [nodes[1], nodes[0], *nodes[2:]]):
        with pytest.raises(BadProof):
            SharedNodes(bad)
    spare = SharedNodes(nodes)
    assert read_slot(trie.root, slot(1), spare) == 2
    with pytest.raises(BadProof):
        spare.finish()
    with pytest.raises(MissingNode):
        read_slot(trie.root, slot(50), SharedNodes(nodes))
    with pytest.raises(MissingNode):
        collect(trie.root, [keccak256(slot(1))], lookup({}))


# --- shapes that no honest trie has ---------------------------------------------------------------------------------

REF = keccak256(b"some node")
KEY = b"\x12" * 32


def branch(children: Mapping[int, rlp.Plain], value: rlp.Plain = b"") -> list[rlp.Plain]:
    return [children.get(place, b"") for place in range(16)] + [value]


SHAPES: dict[str, rlp.Plain] = {
    "a string": b"x" * 40,
    "an empty list": [],
    "three items": [b"\x20" + KEY, b"value", b""],
    "sixteen items": [REF] * 16,
    "eighteen items": [REF] * 16 + [b"", b""],
    "branch with a list as its value": branch({1: REF, 2: REF}, [b"value"]),
    "branch with one child": branch({1: REF}),
    "branch with nothing": branch({}, REF),
    "branch with a short hash": branch({1: REF[:-1], 2: REF}),
    "branch with a long hash": branch({1: REF + b"\0", 2: REF}),
    "branch with an empty list": branch({1: [], 2: REF, 3: REF}),
    "branch with an inner node of one item": branch({1: [b"\x20"], 2: REF}),
    "branch with an inner node of 32 bytes": branch({1: [b"\x20" + KEY[:9], b"v" * 20], 2: REF}),
    "branch with an illegal sibling": branch({1: REF, 2: REF, 3: b"\1"}),
    "leaf without a path": [b"", b"value"],
    "leaf with a list as its path": [[b"\x20"], b"value"],
    "leaf without a value": [b"\x20" + KEY, b""],
    "leaf with a list as its value": [b"\x20" + KEY, [b"value"]],
    "even leaf with a filled pad": [b"\x21" + KEY, b"value"],
    "even extension with a filled pad": [b"\x01" + KEY[:2], REF],
    "flag 4": [b"\x40" + KEY, b"value"],
    "flag 15": [b"\xf1" + KEY, b"value"],
    "extension of no steps": [b"\x00", REF],
    "extension into nothing": [b"\x00" + KEY[:3], b""],
    "extension into a short hash": [b"\x00" + KEY[:3], REF[:-1]],
    "extension into an inner leaf": [b"\x00" + KEY[:1], [b"\x20" + KEY[:9], b"value"]],
}


@pytest.mark.parametrize("name", SHAPES)
def test_a_node_of_an_illegal_shape_is_refused_though_it_hashes(name: str) -> None:
    node = rlp.encode(SHAPES[name])
    with pytest.raises(BadProof):
        walk(keccak256(node), KEY, in_order([node]))


def test_an_extension_leads_to_a_branch_only() -> None:
    leaf = rlp.encode([b"\x20" + KEY[2:], b"value"])
    second = rlp.encode([b"\x00" + KEY[1:2], keccak256(leaf)])
    for inner in (leaf, second):
        outer = rlp.encode([b"\x00" + KEY[:1], keccak256(inner)])
        with pytest.raises(BadProof, match="may stand there"):
            walk(keccak256(outer), KEY, lookup({keccak256(node): node for node in (outer, inner, leaf)}))


def test_half_a_byte_is_no_key() -> None:
    inner = rlp.encode(branch({1: REF, 2: REF}, b"value"))
    outer = rlp.encode(branch({1: keccak256(inner), 2: REF}))
    with pytest.raises(BadProof, match="branch"):
        walk(keccak256(outer), KEY, in_order([outer, inner]))


def test_a_short_node_behind_a_hash_and_a_giant_are_refused() -> None:
    short = rlp.encode([b"\x31", b"value"])
    outer = rlp.encode(branch({1: keccak256(short), 2: REF}))
    with pytest.raises(BadProof, match="size"):
        walk(keccak256(outer), b"\x11", in_order([outer, short]))
    assert walk(keccak256(short), b"\x01", in_order([short])) is None
    giant = rlp.encode([b"\x20" + KEY, b"v" * 1000])
    with pytest.raises(BadProof, match="size"):
        walk(keccak256(giant), KEY, in_order([giant]))


def test_a_node_that_is_not_canonical_rlp_is_refused() -> None:
    good = rlp.encode([b"\x20" + KEY, b"v"])
    assert walk(keccak256(good), KEY, in_order([good])) == b"v"
    longer = bytes((good[0] + 1,)) + good[1:-1] + b"\x81v"
    with pytest.raises(BadProof):
        walk(keccak256(longer), KEY, in_order([longer]))


def test_a_full_branch_ends_a_key_without_a_value() -> None:
    full = rlp.encode([REF] * 16 + [b""])
    assert walk(keccak256(full), b"", in_order([full])) is None
    with pytest.raises(StopIteration):
        walk(keccak256(full), KEY, in_order([full]))


def test_an_empty_trie_proves_absence_without_nodes() -> None:
    assert verify_account(EMPTY_ROOT, bytes(20), ()) is None
    assert verify_slot(EMPTY_ROOT, ZERO, ()) == 0
    for spare in (b"\x80", b"", b"\xc0"):
        with pytest.raises(BadProof):
            verify_slot(EMPTY_ROOT, ZERO, (spare,))
    with pytest.raises(BadProof):
        verify_slot(keccak256(b"another root"), ZERO, ())


@pytest.mark.parametrize(
    "value",
    [
        rlp.encode(0),
        b"\0",
        rlp.encode(b"\0\1"),
        rlp.encode(b"\1" * 33),
        rlp.encode([b"\1"]),
        b"\x81\x05",
        b"\x05\x05",
        b"\x82\x05",
    ],
)
def test_a_stored_zero_or_a_number_in_another_spelling_is_refused(value: bytes) -> None:
    trie = Trie({keccak256(ZERO): value, keccak256(slot(1)): b"\x01"})
    assert verify_slot(trie.root, slot(1), trie.proof(keccak256(slot(1)))) == 1
    with pytest.raises(BadProof):
        verify_slot(trie.root, ZERO, trie.proof(keccak256(ZERO)))


@pytest.mark.parametrize(
    "fields",
    [
        b"account",
        [1, 2, REF],
        [1, 2, REF, REF, b""],
        [b"\0\1", 2, REF, REF],
        [1, b"\0", REF, REF],
        [2**64, 2, REF, REF],
        [1, 2**256, REF, REF],
        [1, 2, REF[:-1], REF],
        [1, 2, REF, REF + b"\0"],
        [1, 2, [REF], REF],
        [[], 2, REF, REF],
    ],
)
def test_a_malformed_account_is_refused(fields: rlp.Plain) -> None:
    address = bytes(20)
    trie = Trie({keccak256(address): rlp.encode(fields)})
    with pytest.raises(BadProof):
        verify_account(trie.root, address, trie.proof(keccak256(address)))


def test_names_of_another_length_are_refused() -> None:
    trie = storage({ZERO: 1})
    for bad in (b"", bytes(31), bytes(33)):
        with pytest.raises(BadProof):
            verify_slot(trie.root, bad, trie.proof(keccak256(ZERO)))
        with pytest.raises(BadProof):
            verify_account(trie.root, bad, ())
        with pytest.raises(BadProof):
            verify_slot(bad, ZERO, ())
        with pytest.raises(BadProof):
            mapping_slot(bad, 0)
        with pytest.raises(BadProof):
            mapping_slot(ZERO, bad)
    with pytest.raises(BadProof):
        walk(trie.root, bytes(65), lookup(trie.nodes))


# --- where mappings are kept ----------------------------------------------------------------------------------------

SOURCE = """
gap: uint256
words: HashMap[bytes32, uint256]
nested: HashMap[address, HashMap[uint256, uint256]]
names: HashMap[String[40], uint256]

@external
def fill(key: bytes32, who: address, number: uint256, name: String[40]):
    self.words[key] = 11
    self.nested[who][number] = 22
    self.names[name] = 33
"""


def test_vyper_keeps_its_mappings_where_mapping_slot_says() -> None:
    """A contract compiled by the pinned compiler writes on an EVM, and the values are read where they must be."""
    from eth.db.atomic import AtomicDB
    from eth.vm.execution_context import ExecutionContext
    from eth.vm.forks.paris.state import ParisState
    from eth.vm.message import Message
    from eth.vm.transaction_context import BaseTransactionContext
    from eth_abi.abi import encode
    from vyper.compiler import compile_code
    from vyper.compiler.settings import Settings

    outputs = ["bytecode_runtime", "method_identifiers", "layout"]
    compiled = compile_code(SOURCE, output_formats=outputs, settings=Settings(evm_version="paris"))
    (selector,) = compiled["method_identifiers"].values()
    layout = compiled["layout"]["storage_layout"]
    words, nested, names = (layout[variable]["slot"] for variable in ("words", "nested", "names"))
    key, name = keccak256(b"key"), "a name longer than a word of the EVM"
    who: Any = bytes(range(20))
    contract: Any = b"\xcc" * 20
    blank: Any = EMPTY_ROOT
    block: Any = 1
    code = unhex(compiled["bytecode_runtime"])
    state = ParisState(AtomicDB(), ExecutionContext(who, 1, block, 0, blank, 10**7, (), 1, 0), blank)
    state.set_code(contract, code)
    call = unhex(selector) + encode(["bytes32", "address", "uint256", "string"], [key, "0x" + who.hex(), 7, name])
    message = Message(10**6, contract, who, 0, call, code)
    state.computation_class.apply_message(state, message, BaseTransactionContext(1, who)).raise_if_error()

    def stored(place: bytes) -> int:
        found: int = state.get_storage(contract, int.from_bytes(place, "big"))
        return found

    assert stored(mapping_slot(key, words)) == 11
    assert stored(mapping_slot(slot(7), mapping_slot(who.rjust(32, b"\0"), nested))) == 22
    assert stored(mapping_slot(keccak256(name.encode()), names)) == 33
    assert stored(solidity_mapping_slot(key, words)) == 0


def test_solidity_keeps_its_mappings_the_other_way_round() -> None:
    """The worked example of `eth_getStorageAt` in Ethereum's JSON-RPC documentation: a mapping at slot 1."""
    key = unhex("391694e7e0b0cce554cb130d723a9d27458f9298").rjust(32, b"\0")
    assert solidity_mapping_slot(key, 1).hex() == "6661e9d6d8b923d5bbaab1b96e1dd51ff6ea2a93520fdc9eb75d059238b8c5e9"
    assert mapping_slot(key, 1) != solidity_mapping_slot(key, 1)
