"""Many leaves of one RFC 6962 tree shown by one list of hashes: what the leaves themselves do not give, each once.

The hashes are the roots of the largest ranges of leaves that hold none of those shown, from left to right: a set of leaves has
exactly one such list. Nothing is proven here: `SharedPaths` gives the path of each leaf (RFC 9162 section 2.1.3.1), to be
verified like any other. Refuses with BadProof a list that is longer or shorter than its leaves need.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence

from chain.errors import BadProof
from chain.merkle import HASH, MAX_SIZE, inclusion_ranges, node_hash

Range = tuple[int, int]


def shared_hashes(indices: Sequence[int], size: int, path: Callable[[int], Sequence[bytes]]) -> tuple[bytes, ...]:
    """The list for these leaves (ascending) in a tree of `size`, out of the path of each."""
    found: dict[Range, bytes] = {}
    for index in indices:
        for (low, high), sibling in zip(inclusion_ranges(index, size), path(index), strict=True):
            if bisect_left(indices, low) == bisect_left(indices, high):
                found[low, high] = sibling
    return tuple(found[span] for span in sorted(found))


class SharedPaths:
    """The paths of some leaves, out of the list that they share.

    Args:
        leaves: leaf hash by index.
        size: of the tree.
        hashes: the list.

    Raises BadProof where the list does not fit.
    """

    def __init__(self, leaves: Mapping[int, bytes], size: int, hashes: Sequence[bytes]) -> None:
        self._indices = sorted(leaves)
        if size > MAX_SIZE or (leaves and not 0 <= self._indices[0] <= self._indices[-1] < size):
            raise BadProof("an entry's place is not inside the tree that it is shown in", size=size)
        self._leaves = leaves
        self._size = size
        self._rest = list(hashes[::-1])
        self._known: dict[Range, bytes] = {}
        if leaves:
            self._fill(0, size, 0, len(self._indices))
        if self._rest:
            raise BadProof("the paths come with hashes that no entry needs", hashes=len(self._rest))

    def __call__(self, index: int) -> tuple[bytes, ...]:
        """The path of one of the leaves."""
        return tuple(self._known[span] for span in inclusion_ranges(index, self._size))

    def _fill(self, low: int, high: int, first: int, last: int) -> bytes:
        """The root of a range, which holds the leaves from the first to before the last; the depth is at most 64."""
        if first == last:
            if not self._rest:
                raise BadProof("the paths lack a hash that an entry needs")
            found = self._rest.pop()
        elif high - low == 1:
            found = self._leaves[low]
        else:
            middle = low + (1 << ((high - low - 1).bit_length() - 1))
            cut = bisect_left(self._indices, middle, first, last)
            found = node_hash(self._fill(low, middle, first, cut), self._fill(middle, high, cut, last))
        if len(found) != HASH:
            raise BadProof("a hash in the paths has not 32 bytes")
        self._known[low, high] = found
        return found
