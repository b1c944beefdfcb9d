"""A whole copy of a storage trie, kept up to date by proofs of what changed.

A proof of a changed key brings every node on its path. What it does not bring is a neighbour's leaf that moved when the trie
split above it: it has a new hash and lies on nobody's path. `gaps` finds such holes, so that they can be asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping

from chain import rlp
from chain.errors import BadProof
from chain.storage_proof import EMPTY_ROOT


def gaps(
    root: bytes,
    fresh: Mapping[bytes, bytes],
    known: Callable[[bytes], bool],
    depths: MutableMapping[bytes, int] | None = None,
) -> Iterator[str]:
    """The paths (hexadecimal half-bytes) of nodes under `root` that are neither in `fresh` nor `known`.

    `fresh` maps hashes to the nodes just fetched; `known` says whether a node of an earlier, whole copy has this hash: what is
    below such a node is whole too, and is not looked at. `depths` is filled with the hashes of the nodes of `fresh` under `root`
    and the greatest depth at which each stands: kept with the deepest first, no node is ever kept before all that is below it.
    """
    todo = [("", root)] if root != EMPTY_ROOT else []
    while todo:
        path, reference = todo.pop()
        if reference in fresh:
            if depths is not None:
                depths[reference] = max(len(path), depths.get(reference, 0))
            todo.extend(_children(path, rlp.decode(fresh[reference])))
        elif not known(reference):
            yield path


def _children(path: str, node: rlp.Tree) -> Iterator[tuple[str, bytes]]:
    if not isinstance(node, list) or len(node) not in (2, 17):
        raise BadProof("a piece of the contract's storage is not a trie node", path=path)
    if len(node) == 17:
        below = [(f"{path}{place:x}", child) for place, child in enumerate(node[:16])]
    else:
        steps = node[0].hex() if isinstance(node[0], bytes) else ""
        if steps[:1] in ("2", "3"):
            return
        below = [(path + (steps[1:] if steps[:1] == "1" else steps[2:]), node[1])]
    for at, child in below:
        if isinstance(child, list):
            yield from _children(at, child)
        elif child:
            yield at, child
