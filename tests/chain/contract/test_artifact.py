"""The committed build is what the source compiles to, and every optimiser mode of the compiler keeps the same rules."""

from __future__ import annotations

import json
import re
import runpy
import sys
import warnings
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import cast

import pytest
from tiny_keccak import keccak256

from chain import calls
from chain.contract.build import ARTIFACT, SOURCE, compiled
from chain.errors import RuleBroken
from chain.journey import Kind, Verb
from tests.chain.contract.conftest import Cast, admitted
from tests.chain.contract.evm import Evm
from tests.chain.contract.pair import Pair, act, tag
from tests.chain.contract.test_refusals import SCENARIOS

SIZE_LIMIT = 24_576  # EIP-170
OTHER_MODES = ("codesize", "none")


@cache
def build(optimize: str) -> Mapping[str, object]:
    """A fresh compile."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return compiled(optimize)


def creation(optimize: str) -> bytes:
    """Its creation code."""
    return bytes.fromhex(cast(str, build(optimize)["bytecode"])[2:])


def test_the_committed_artifact_is_a_fresh_compile_of_the_source() -> None:
    assert dict(calls.artifact()) == dict(build("gas")), "run python -m chain.contract.build"


def test_the_build_writes_one_fresh_compile_beside_the_source(monkeypatch: pytest.MonkeyPatch) -> None:
    written: dict[Path, str] = {}

    def keep(path: Path, text: str, encoding: str) -> int:
        assert encoding == "utf-8"
        written[path] = text
        return len(text)

    monkeypatch.setattr(Path, "write_text", keep)  # a stale artifact must not be repaired by testing it
    monkeypatch.delitem(sys.modules, "chain.contract.build")
    runpy.run_module("chain.contract.build", run_name="__main__")
    assert list(written) == [ARTIFACT]
    assert json.loads(written[ARTIFACT]) == build("gas")
    assert written[ARTIFACT] == json.dumps(build("gas"), indent=1, sort_keys=True) + "\n"


def test_the_deployed_code_is_the_one_verifiers_pin() -> None:
    code = Evm().code
    assert keccak256(code) == calls.code_hash()
    assert len(code) == calls.artifact()["size"]
    assert len(code) < SIZE_LIMIT


def test_the_code_runs_on_the_oldest_fork_and_on_the_newest() -> None:
    assert calls.artifact()["evm_version"] == "paris"
    for fork in ("paris", "shanghai", "prague"):
        evm = Evm(fork=fork)
        assert evm.send(b"\xad" * 20, calls.enrol_organisation(b"\x01" * 20, 31, bytes(32))).entries[0].counterparty == 1


def test_nothing_in_the_source_calls_out_creates_delegates_or_takes_money() -> None:
    source = re.sub(r'""".*?"""|#.*', "", SOURCE.read_text(encoding="utf-8"), flags=re.S | re.M)
    forbidden = (
        r"\b(extcall|staticcall|raw_call|raw_create|send|create_\w+|selfdestruct|interface|import|payable|__default__|raw_log)\b"
    )
    assert not re.findall(forbidden, source)


@pytest.mark.parametrize("optimize", OTHER_MODES)
def test_every_optimiser_mode_has_the_same_layout_and_interface(optimize: str) -> None:
    for part in ("slots", "selectors", "abi", "source_sha256", "compiler"):
        assert build(optimize)[part] == calls.artifact()[part]


@pytest.fixture(scope="module", params=OTHER_MODES)
def other(request: pytest.FixtureRequest) -> tuple[Pair, Cast]:
    """The cast on a contract built in another mode (the harness knows no limit of code size)."""
    return admitted(creation(request.param))


def test_a_journey_ends_alike_in_every_mode(other: tuple[Pair, Cast]) -> None:
    pair, cast = other[0].copy(), other[1]
    lot = pair.lot(cast.maker, 40)
    drawn = pair.take_from(lot, 0, 13, 39)
    pallet, *boxes = pair.mint(cast.maker, "box", Kind.LOGISTIC, count=3)
    items = pair.mint(cast.maker, "item", expiry=1_800_000_000, count=100 - 3)
    batch = pair.chain(
        cast.maker.device,
        (act(Verb.PACK), (boxes[0], *items[:40])),
        (act(Verb.PACK), (boxes[1], *drawn)),
        (act(Verb.PACK), (pallet, *boxes)),
        (act(Verb.ANCHOR_MODEL, argument=tag("model")), ()),
        (act(Verb.SHIP, cast.shop.number), (pallet, *items[40:60])),
    )
    pair.record(cast.maker.device, *batch)
    pair.do(cast.shop, Verb.RECEIVE, pallet, *items[40:60])
    pair.do(cast.shop, Verb.UNPACK, pallet, *boxes)
    pair.do(cast.shop, Verb.UNPACK, boxes[1], *drawn)
    pair.do(cast.shop, Verb.OBSERVE, *drawn, argument=tag("sensors"))
    pair.do(cast.auditor, Verb.RECALL, argument=lot.id)
    with pytest.raises(RuleBroken, match="unit: recalled"):
        pair.do(cast.shop, Verb.SHIP, drawn[0], to=cast.keeper.number)
    pair.do(cast.auditor, Verb.LIFT, argument=lot.id)
    pair.do(cast.shop, Verb.QUARANTINE, drawn[0])
    pair.do(cast.shop, Verb.RELEASE, drawn[0])
    pair.correct(cast.maker.device, *(pair.correction(unit, 0) for unit in drawn))
    pair.do(cast.shop, Verb.DECOMMISSION, drawn[0])
    pair.check_everything()


def test_all_refusals_are_the_same_in_every_mode(other: tuple[Pair, Cast]) -> None:
    base, cast = other
    for (_, reason), scenario in SCENARIOS:
        with pytest.raises(RuleBroken) as refusal:
            scenario(base.copy(), cast)
        assert refusal.value.reason == reason
