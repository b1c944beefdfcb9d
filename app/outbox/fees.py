"""Whether what can wait should wait: a forecast of the lowest base fee soon, from the fees of the last blocks.

Base fees move around a level (EIP-1559 moves them by an eighth a block at most) and with the hours of the day. So the past is
asked: where the fee stood as high above its level as it stands now, how low did it fall soon after? The median of those cases is
the forecast. It decides about waiting only, never about what is paid: the cap in the settings does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

HISTORY = 1024  # blocks: what nodes answer eth_feeHistory for
WORTH = 0.9  # waiting pays where the fee is expected to fall below this share of today's
_LEVEL = 256  # blocks that make the level
_LEAST = 8  # cases that make a forecast


@dataclass(frozen=True, slots=True)
class FeeForecast:
    """Base fees in wei a gas: of the next block, and the lowest expected within the horizon."""

    now: int
    soon: int

    @property
    def wait(self) -> bool:
        """Whether a queue that can wait should."""
        return self.soon < WORTH * self.now


def forecast(fees: Sequence[int], horizon: int) -> FeeForecast:
    """The lowest base fee expected in the next `horizon` blocks.

    Args:
        fees: base fees of consecutive blocks, oldest first, the next block's last, in wei a gas.
        horizon: how many blocks the queue can wait, at least 1.
    """
    now = fees[-1]
    cases = []
    for at in range(_LEVEL, len(fees) - horizon - 1):
        if fees[at] and (level := median(fees[at - _LEVEL : at])):
            cases.append((fees[at] / level, min(fees[at + 1 : at + 1 + horizon]) / fees[at]))
    if not now or len(cases) < _LEAST:
        return FeeForecast(now, now)
    height = now / (median(fees[-1 - _LEVEL : -1]) or now)
    nearest = sorted(cases, key=lambda case: abs(case[0] - height))[: max(_LEAST, len(cases) // 8)]
    return FeeForecast(now, min(now, round(now * median(ratio for _, ratio in nearest))))
