"""FAIL beats UNKNOWN beats PASS, the most important code names the verdict, and silence is not approval."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.errors import BadInput
from chain.verdict import Code, Finding, Kind, Outcome, Verdict

findings = st.builds(
    Finding, st.text(max_size=5), st.sampled_from(Outcome), st.text(min_size=1, max_size=9), st.sampled_from(Code)
)


def test_no_check_is_an_error() -> None:
    with pytest.raises(BadInput):
        Verdict.of([])


def test_what_cannot_be_proven_offline_does_not_approve() -> None:
    with pytest.raises(BadInput):
        Verdict.of([Finding("copy", Outcome.NOT_PROVABLE_OFFLINE, "no signature shows it")])


@given(st.lists(findings, min_size=1))
def test_green_needs_every_check_to_pass(found: list[Finding]) -> None:
    outcomes = {f.outcome for f in found} - {Outcome.NOT_PROVABLE_OFFLINE}
    if not outcomes:
        return
    kind = Verdict.of(found).kind
    assert (kind is Kind.GENUINE) == (outcomes == {Outcome.PASS})
    assert (kind is Kind.REJECTED) == (Outcome.FAIL in outcomes)


@given(st.lists(findings, min_size=1))
def test_statistics_only_ask(found: list[Finding]) -> None:
    if {f.outcome for f in found} == {Outcome.NOT_PROVABLE_OFFLINE}:
        return
    before = Verdict.of(found)
    after = before.asked("unusual")
    assert after.kind is (Kind.CAUTION if before.kind is Kind.GENUINE else before.kind)


def test_the_most_important_failure_names_the_verdict_and_gives_its_reason() -> None:
    verdict = Verdict.of(
        [
            Finding("expiry", Outcome.FAIL, "it expired", Code.EXPIRED),
            Finding("age", Outcome.UNKNOWN, "it is old", Code.STALE),
            Finding("history", Outcome.FAIL, "it was changed", Code.TAMPERED),
        ]
    )
    assert (verdict.kind, verdict.code, verdict.reason) == (Kind.REJECTED, Code.TAMPERED, "it was changed")


def test_where_every_check_passed_the_reason_says_so() -> None:
    passed = Finding("signature", Outcome.PASS, "the maker signed it")
    unprovable = Finding("copy", Outcome.NOT_PROVABLE_OFFLINE, "no signature shows a copy")
    every = "Every check passed: this item is what its label says, as of the time shown."
    assert Verdict.of([passed]).reason == Verdict.of([unprovable, passed]).reason == every
    assert Verdict(Kind.GENUINE, Code.OK, ()).reason == every, "a verdict whose findings were not kept"


def test_what_cannot_be_proven_offline_never_gives_the_reason() -> None:
    verdict = Verdict.of(
        [
            Finding("copy", Outcome.NOT_PROVABLE_OFFLINE, "no signature shows a copy", Code.STALE),
            Finding("age", Outcome.UNKNOWN, "it is old", Code.STALE),
        ]
    )
    assert (verdict.kind, verdict.reason) == (Kind.UNKNOWN, "it is old")


def test_a_verdict_whose_finding_was_not_kept_says_so_and_approves_nothing() -> None:
    """As a store could hold it after damage: the code is there, the finding behind it is not, or cannot have decided."""
    unprovable = Finding("recall", Outcome.NOT_PROVABLE_OFFLINE, "nothing shows it", Code.RECALLED)
    for findings in ((), (unprovable,), (Finding("age", Outcome.UNKNOWN, "it is old", Code.STALE),)):
        reason = Verdict(Kind.REJECTED, Code.RECALLED, findings).reason
        assert reason == "The finding behind this verdict was not kept: scan the item again."


def test_a_risk_turns_green_to_caution_with_its_own_reason_and_leaves_red_alone() -> None:
    green = Verdict.of([Finding("signature", Outcome.PASS, "the maker signed it")])
    asked = green.asked("it was seen in two towns within an hour")
    assert (asked.kind, asked.code) == (Kind.CAUTION, Code.SUSPECTED)
    assert asked.reason == "it was seen in two towns within an hour"
    assert asked.findings[:-1] == green.findings
    red = Verdict.of([Finding("history", Outcome.FAIL, "it was changed", Code.TAMPERED)])
    assert red.asked("unusual") is red
