"""Which reasons are told: the features that weigh most against an item, each put into words by its teller. Changes no score."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

import numpy as np

from forecasting import context, features, telling
from forecasting.segments import Array
from forecasting.telling import Teller, Told
from forecasting.trail import Trail

TELLERS: Mapping[str, Teller] = {
    "travel_off": telling.device,
    "travel": telling.journey,
    "custody_unborn": telling.birth,
    "custody_before_birth": telling.hand_over,
    "custody_end": telling.ends,
    "custody_sellers": telling.ends,
    "custody_after_end": telling.ends,
    "custody": telling.hand_over,
    "pace": telling.stay,
    "records_at_once": telling.at_once,
    "records_received": telling.wrong_order,
    "records_acted": telling.wrong_order,
    "records_behind": telling.wrong_order,
    "records": telling.late_record,
    "records_off_mates": telling.stay,
    "records_record_off": telling.stay,
    "route": telling.lane,
    "mates": telling.company,
    "standing_batch": telling.labels,
    "standing_products": telling.labels,
    "standing": telling.permission,
    "volume_batch": telling.birth,
    "volume": telling.numbers,
    "device_scan": telling.bulk,
    "device_burst": telling.bulk,
    "device": telling.device,
    "serial": telling.serial,
    "warmth_silent": telling.sensor,
    "warmth_flat": telling.sensor,
    "warmth_repeats": telling.sensor,
    "warmth_copied": telling.sensor,
    "warmth_missing": telling.sensor,
    "warmth": telling.warm,
    "scan_rush": telling.bulk,
    "scan": telling.phones,
    "near": telling.neighbours,
}
WORDS = {f.name: f.words for f in (*features.FEATURES, *context.FEATURES)}
ORDER = (*features.NAMES, *context.NAMES)
SHARE = 0.08  # of the evidence against an item that one reason must carry
MOST = 3


def by_feature(parts: Array) -> Array:
    """Contributions of design columns (values, rarities, context) as contributions of ORDER."""
    width = len(features.NAMES)
    found: Array = np.concatenate([parts[:, :width] + parts[:, width : 2 * width], parts[:, 2 * width :]], axis=1)
    return found


def reasons(trail: Trail, item: int, parts: Array) -> tuple[str, ...]:
    """At most three clauses with facts, the weightiest first, from an item's contributions in the order of ORDER.

    Where no teller finds a fact behind the weightiest feature, the feature's own sentence stands.
    """
    t = Told(trail, item)
    whole = float(parts.clip(0).sum())
    found: list[str] = []
    asked: set[Teller] = set()
    heaviest = [int(k) for k in np.argsort(-parts, kind="stable")[:20] if parts[k] > 0]
    for k in heaviest:
        tell = teller(ORDER[k])
        if tell is None or tell in asked or (found and parts[k] < SHARE * whole):
            continue
        asked.add(tell)
        words = tell(t)
        if words and _head(words) not in {_head(known) for known in found}:
            found.append(words)
        if len(found) == MOST:
            break
    if not found and heaviest:
        found.append(WORDS[ORDER[heaviest[0]]])
    return tuple(words.replace("|", "/") for words in found)


def _head(words: str) -> str:
    """What a clause is about: two tellers may find the same act."""
    return re.split(r"[, ]+\d", words, maxsplit=1)[0]


@cache
def teller(feature: str) -> Teller | None:
    """The teller of a feature: that of the longest name it begins with."""
    fit = [name for name in TELLERS if feature.startswith(name)]
    return TELLERS[max(fit, key=len)] if fit else None
