"""What a feature is: a name, its unit, and one sentence that says what it measures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from forecasting.segments import Array
from forecasting.trail import Trail


@dataclass(frozen=True, slots=True)
class Feature:
    """One number per item. `unit` is ``rows``, ``nats``, ``km`` ...; `log` where the number is log(1 + that unit)."""

    name: str
    unit: str
    words: str


Columns = Mapping[str, Array]
Compute = Callable[[Trail], Columns]


@dataclass(frozen=True, slots=True)
class Family:
    """Features that look at one thing, and the function that makes their columns (each of length `trail.size`)."""

    name: str
    features: tuple[Feature, ...]
    compute: Compute
