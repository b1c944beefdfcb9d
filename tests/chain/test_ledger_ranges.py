"""Reading the log in ranges, of nodes with limits of every kind; and entries as bytes on the wire."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain import calls
from chain.calls import FromLot
from chain.encoding import word
from chain.errors import LedgerError
from chain.journey import Birth, Entry, Kind, Verb
from chain.logs import Chunk, Ranges, read_chunk

CONTRACT = "0x" + "ab" * 20


def as_log(one: Entry | Birth | FromLot, block: int, place: int) -> dict[str, Any]:
    """As a node shows it (the ABI of Provenance.vy's Recorded, Born and FromLot)."""
    recorded, born, from_lot = calls.topics()
    if isinstance(one, Entry):
        topics = [recorded, word(one.index), word(one.organisation)]
        numbers = [one.verb, int.from_bytes(one.device, "big"), one.counterparty, one.event_time, one.record_time]
        data = (
            b"".join(map(word, numbers)) + one.commitment + one.argument + word(256) + word(len(one.units)) + b"".join(one.units)
        )
    elif isinstance(one, Birth):
        topics = [born, one.unit]
        data = word(one.kind) + word(one.prefix) + one.lot + word(one.expiry) + one.root + word(one.size)
    else:
        topics = [from_lot, one.lot]
        data = word(32) + word(len(one.units)) + b"".join(one.units)
    return {
        "address": CONTRACT,
        "topics": ["0x" + topic.hex() for topic in topics],
        "data": "0x" + data.hex(),
        "blockNumber": hex(block),
        "blockHash": "0x" + word(block).hex(),
        "logIndex": hex(place),
        "removed": False,
    }


def entry(index: int, block: int = 0) -> Entry:
    return Entry(index, Verb.OBSERVE, 1, bytes(20), 0, 5, 6, bytes(32), bytes(32), (word(index),), block)


words = st.binary(min_size=32, max_size=32)
numbers = st.integers(0, 2**64 - 1)
entries = st.builds(
    Entry, numbers, st.sampled_from(Verb), numbers, st.binary(min_size=20, max_size=20), numbers, numbers, numbers, words, words,
    st.lists(words, max_size=100).map(tuple), st.integers(3, 9),
)  # fmt: skip
births = st.builds(Birth, words, st.sampled_from(Kind), numbers, words, numbers, words, numbers)
drawings = st.builds(FromLot, words, st.lists(words, max_size=25).map(tuple))


@given(entries, births, drawings)
def test_what_the_contract_logs_is_read_as_it_was_written(one: Entry, birth: Birth, drawn: FromLot) -> None:
    logs = [as_log(one, one.block, 0), as_log(birth, one.block, 1), as_log(drawn, one.block, 2)]
    chunk = read_chunk(logs, CONTRACT, 3, 9)
    assert chunk == Chunk(3, 9, (one,), {birth.unit: birth}, (drawn,), {one.block: word(one.block)})


@given(entries, st.data())
def test_an_entry_of_any_other_length_or_verb_is_refused(one: Entry, data: st.DataObject) -> None:
    log = as_log(one, one.block, 0)
    change = data.draw(st.sampled_from(["longer", "shorter", "verb", "offset", "count"]))
    body = bytes.fromhex(log["data"][2:])
    body = {
        "longer": body + bytes(32),
        "shorter": body[: data.draw(st.integers(0, len(body) - 1))],
        "verb": word(99) + body[32:],
        "offset": body[:224] + word(288) + body[256:],
        "count": body[:256] + word(len(one.units) + 1) + body[288:],
    }[change]
    with pytest.raises(LedgerError, match="never writes"):
        read_chunk([log | {"data": "0x" + body.hex()}], CONTRACT, 0, 9)


DRAWN = FromLot(bytes(32), (bytes(32),))


@pytest.mark.parametrize(
    "places",
    [
        [("0x4", 0), ("0x4", 0)],
        [("0x4", 1), ("0x4", 0)],
        [("0x4", 0), ("0x04", 1)],
        [("0x5", 0), ("0x4", 0)],
        [("0x2", 0)],
        [("0xa", 0)],
        [("0x4", 0), ("0xa", 0)],
    ],
    ids=["one place twice", "places back", "one block under two names", "blocks back", "before", "behind", "one behind"],
)
def test_places_only_go_forward_and_stay_in_range(places: list[tuple[str, int]]) -> None:
    logs = [as_log(DRAWN, 4, place) | {"blockNumber": number} for number, place in places]
    with pytest.raises(LedgerError, match=r"out of (range or )?order"):
        read_chunk(logs, CONTRACT, 3, 9)


class Chain:
    """A node over `blocks`, the number of entries in each, with a limit of its own: `limit(first, last, logs)` may raise."""

    def __init__(self, blocks: list[int], limit: Callable[[int, int, list[Any]], list[Any]]) -> None:
        self.logs: list[list[dict[str, Any]]] = []
        index = 0
        for number, count in enumerate(blocks):
            self.logs.append([as_log(entry(index + place), number, place) for place in range(count)])
            index += count
        self.size = index
        self.asked: list[tuple[int, int]] = []
        self._limit = limit

    def ask(self, first: int, last: int) -> list[Any]:
        self.asked.append((first, last))
        return self._limit(first, last, [log for logs in self.logs[first : last + 1] for log in logs])

    def read(self, span: int) -> list[Chunk]:
        return list(Ranges(self.ask, CONTRACT, span).read(0, len(self.logs) - 1, 0))


def refused(message: str, code: int = -32005) -> LedgerError:
    return LedgerError("The network refused the request.", code=code, message=message, data=None)


@settings(deadline=None)
@given(
    st.lists(st.integers(0, 6), min_size=1, max_size=40),
    st.integers(1, 64),
    st.integers(1, 64),
    st.integers(6, 20),
    st.sampled_from(
        [
            refused("query returned more than 10000 results"),
            refused("exceed maximum block range: 2000", -32000),
            refused("Log response size exceeded.", -32602),
            LedgerError("The network's answer is larger than 16 MB.", large=True),
        ]
    ),
)
def test_limits_of_blocks_and_of_results_lose_nothing(
    blocks: list[int], span: int, most_blocks: int, most_logs: int, error: LedgerError
) -> None:
    def limit(first: int, last: int, logs: list[Any]) -> list[Any]:
        if last - first >= most_blocks or len(logs) > most_logs:
            raise error
        return logs

    chain = Chain(blocks, limit)
    chunks = chain.read(span)
    assert [one.index for chunk in chunks for one in chunk.entries] == list(range(chain.size))
    assert [chunk.first for chunk in chunks] == [0, *(chunk.last + 1 for chunk in chunks[:-1])]
    assert chunks[-1].last == len(blocks) - 1
    assert len(chain.asked) <= 4 * len(blocks) + 8


def test_a_node_that_refuses_even_one_block_is_given_up_in_few_steps() -> None:
    def limit(*_: Any) -> list[Any]:
        raise refused("nothing for you")

    chain = Chain([1] * 1000, limit)
    with pytest.raises(LedgerError, match="refused the request"):
        chain.read(1000)
    assert len(chain.asked) <= 11


@pytest.mark.parametrize(
    "error",
    [
        LedgerError("The network asks to wait before the next request.", busy=True, status=429),
        refused("daily request count exceeded, request rate limited"),
        refused("compute units per second exceeded", 429),
        refused("the method eth_getLogs does not exist", -32601),
        LedgerError("The network cannot be reached."),
    ],
)
def test_what_a_smaller_range_cannot_mend_is_not_asked_again(error: LedgerError) -> None:
    def limit(*_: Any) -> list[Any]:
        raise error

    chain = Chain([1] * 100, limit)
    with pytest.raises(LedgerError) as raised:
        chain.read(100)
    assert raised.value is error
    assert len(chain.asked) == 1


def test_a_slow_node_gets_one_smaller_question_and_then_it_is_given_up() -> None:
    slow = LedgerError("The network did not answer in time.", slow=True)

    def never(*_: Any) -> list[Any]:
        raise slow

    chain = Chain([1] * 100, never)
    with pytest.raises(LedgerError, match="in time"):
        chain.read(100)
    assert chain.asked == [(0, 99), (0, 49)]

    def for_large_ranges(first: int, last: int, logs: list[Any]) -> list[Any]:
        if last - first >= 50:
            raise slow
        return logs

    chain = Chain([1] * 100, for_large_ranges)
    assert sum(len(chunk.entries) for chunk in chain.read(100)) == 100


def test_ranges_grow_where_there_is_little_and_stay_where_there_is_much() -> None:
    chain = Chain([0] * 5000, lambda first, last, logs: logs)
    chain.read(10)
    assert len(chain.asked) < 12
    chain = Chain([50] * 500, lambda first, last, logs: logs)
    chain.read(200)
    assert max(last - first + 1 for first, last in chain.asked) == 200
    assert [last - first + 1 for first, last in chain.asked][-1] <= 100


def test_a_refused_size_is_not_tried_again_at_once() -> None:
    def limit(first: int, last: int, logs: list[Any]) -> list[Any]:
        if last - first >= 10:
            raise refused("at most 10 blocks")
        return logs

    chain = Chain([1] * 1000, limit)
    chain.read(10)
    refusals = sum(last - first >= 10 for first, last in chain.asked)
    assert 10 < refusals < len(chain.asked) / 4


def kept(chunks: Iterator[Chunk], into: list[Chunk]) -> None:
    for chunk in chunks:
        into.append(chunk)


def test_a_silent_cap_is_noticed_and_at_the_end_mended() -> None:
    """A node that answers with the first 20 logs of any range, and no error."""
    chain = Chain([3] * 60, lambda first, last, logs: logs[:20])
    got: list[Chunk] = []
    with pytest.raises(LedgerError, match="left out entries"):
        kept(Ranges(chain.ask, CONTRACT, 7).read(0, 59, 0), got)
    assert got[0].entries == tuple(entry(index, index // 3) for index in range(20))
    got = []
    with pytest.raises(LedgerError, match="left out entries"):
        kept(Ranges(chain.ask, CONTRACT, 60).read(0, 59, 0, size=180), got)
    chain, got = Chain([3] * 10, lambda first, last, logs: logs[:20]), []
    kept(Ranges(chain.ask, CONTRACT, 60).read(0, 9, 0, size=30), got)
    assert [one.index for chunk in got for one in chunk.entries] == list(range(30))


def test_reading_goes_on_behind_what_was_kept() -> None:
    failing = True

    def limit(first: int, last: int, logs: list[Any]) -> list[Any]:
        if failing and first >= 20:
            raise LedgerError("The network cannot be reached.")
        return logs

    chain = Chain([1] * 40, limit)
    ranges = Ranges(chain.ask, CONTRACT, 10)
    got: list[Chunk] = []
    with pytest.raises(LedgerError, match="reached"):
        kept(ranges.read(0, 39, 0), got)
    failing = False
    kept(ranges.read(got[-1].last + 1, 39, got[-1].entries[-1].index + 1), got)
    assert [one.index for chunk in got for one in chunk.entries] == list(range(40))
