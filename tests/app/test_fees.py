"""The forecast of the base fee: it waits in expensive hours and not in cheap ones, and says nothing without a past."""

from __future__ import annotations

import math
import random

import pytest

from app.outbox.fees import forecast

GWEI = 10**9


def days(blocks: int, seed: int = 1, period: int = 256) -> list[int]:
    """Base fees with a daily wave and noise within EIP-1559's eighth."""
    chance = random.Random(seed)
    return [round(GWEI * (20 + 12 * math.sin(2 * math.pi * at / period)) * chance.uniform(0.94, 1.06)) for at in range(blocks)]


def test_without_a_past_or_without_fees_nothing_waits() -> None:
    for fees in ([0], [5 * GWEI], [0] * 1000, [GWEI] * 70, [7 * GWEI] * 1000):
        assert not forecast(fees, 100).wait


def test_a_peak_is_waited_out_and_a_trough_is_used() -> None:
    fees = days(1024)
    peak, trough = 3 * 256 + 64, 3 * 256 + 192
    assert forecast(fees[: peak + 1], 128).wait
    assert not forecast(fees[: trough + 1], 64).wait


@pytest.mark.parametrize("seed", range(2))
def test_waiting_as_advised_is_cheaper_than_sending_at_once(seed: int) -> None:
    fees = days(2048, seed)
    at_once = advised = 0
    for arrival in range(1024, 1900, 97):
        limit = arrival + 128
        looks = range(arrival, limit, 16)
        now = next((at for at in looks if not forecast(fees[at - 1023 : at + 1], limit - at).wait), limit)
        at_once += fees[arrival]
        advised += fees[now]
    assert advised < 0.97 * at_once
