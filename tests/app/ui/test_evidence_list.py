"""Every check, the decisive ones first."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel

from app.ui.widgets.evidence_list import EvidenceList, FindingRow, WeightBar
from chain.verdict import Code
from tests.app.ui.world import check_of


def test_no_finding_is_left_out_and_the_failed_one_is_first(qtbot, dressed) -> None:
    listing = EvidenceList()
    qtbot.addWidget(listing)
    check = check_of(Code.RECALLED)
    listing.tell(check)
    names = [row.accessibleName() for row in listing.findChildren(FindingRow)]
    assert names[0] == "Custody: Failed. Alba Pharma has recalled this item: do not use or sell it, send it back to the maker."
    assert names[-1].startswith("Copied label: Not provable offline.")
    assert len(names) == len(check.verdict.findings)
    assert listing.accessibleName() == "4 checks: 1 failed, 2 passed, 1 not provable offline"


def test_the_reasons_of_a_risk_are_shown_with_their_weight(qtbot, dressed) -> None:
    listing = EvidenceList()
    qtbot.addWidget(listing)
    listing.tell(check_of(Code.SUSPECTED))
    shown = [label.text() for label in listing.findChildren(QLabel)]
    assert "This lane was never used for this product before." in shown
    assert [bar.accessibleName() for bar in listing.findChildren(WeightBar)] == ["Weight 70 percent", "Weight 30 percent"]
    listing.tell(check_of(Code.OK))
    assert not [bar for bar in listing.findChildren(WeightBar) if not bar.parentWidget().isHidden()]
