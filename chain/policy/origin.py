"""Where the label and the records come from: signature, trust, block, contract, log, and that the item was issued at all."""

from __future__ import annotations

from chain.encoding import ZERO
from chain.errors import BadProof, MissingNode
from chain.label import LabelDomain, label_signers
from chain.policy.case import CLOCK_TOLERANCE, Case, harmless, passed
from chain.verdict import Code, Finding, Outcome


def signature(case: Case) -> Finding:
    """The label's signature is by a device of the organisation that the item's company prefix was granted to."""
    name = "label signature"
    if not case.label.signature:
        return Finding(
            name, Outcome.NOT_PROVABLE_OFFLINE, "This label carries no signature; the item is judged by its records alone."
        )
    domain = LabelDomain(case.trust.chain_id, case.trust.contract)
    owner = case.granted[1]
    try:
        signers = label_signers(case.label.item, case.label.signature, domain)
    except BadProof:
        signers = ()
    for address in signers:
        device = case.storage.device(address)
        if device is not None and device.organisation == owner:
            if device.suspect_since:
                why = f"A device that {case.name(device.organisation)} has since reported stolen or misused signed this label."
                return Finding(name, Outcome.UNKNOWN, why, Code.SUSPECTED)
            return passed(name, f"{case.name(device.organisation)} signed this label.")
    why = "The label's signature is not the issuer's: this label was not printed by the maker, or its text was changed."
    return Finding(name, Outcome.FAIL, why, Code.BAD_SIGNATURE)


def trust(case: Case) -> Finding:
    """The records are about the network and contract that the user pinned; for a file, the trust pack has not expired."""
    if case.evidence.checkpoint.origin != case.trust.origin:
        why = "These records are about another network or contract than the one you trust."
        return Finding("trust", Outcome.FAIL, why, Code.TAMPERED)
    expires = case.trust.expires
    if case.evidence.carried and expires is not None and case.situation.now >= expires:
        why = f"Your trust pack expired on {expires:%Y-%m-%d}: get the new one from your consortium, then check again."
        return Finding("trust", Outcome.UNKNOWN, why, Code.STALE)
    return passed("trust", "The records are about the network and contract that you pinned.")


def block(case: Case) -> Finding:
    """The checkpoint's block header is whole; in a file, its validators sealed it where the user pinned them."""
    number, consensus = case.storage.header.number, case.trust.consensus
    if consensus is None or not case.evidence.carried:
        return passed("block", f"Block {number} is whole: its header has the hash that the checkpoint names.")
    sent, named = case.storage.sent, case.evidence.checkpoint.block_hash
    if doubt := consensus.doubt(sent, named):
        return Finding("block", Outcome.UNKNOWN, f"Nothing shows who made block {number}: {doubt}.", Code.NOT_WITNESSED)
    sealers = consensus.sealers(sent, named)
    why = f"Block {number} is whole, and {len(sealers)} of the {len(consensus.validators)} validators that you pinned sealed it."
    return passed("block", why)


def witnesses(case: Case) -> Finding:
    """Enough of the pinned witness organisations co-signed the checkpoint. What comes in a file is worth no more than they say.

    What this laptop proved at its own node needs no witness; that it has none is said.
    """
    checkpoint, quorum = case.evidence.checkpoint, case.trust.quorum
    if not case.evidence.carried:
        why = "This block was read from this laptop's own node: it is as good as that node."
        return Finding("witnesses", Outcome.NOT_PROVABLE_OFFLINE, why)
    if quorum is None:
        why = "Your trust pack names no witnesses, so nothing shows that this block was ever on the chain: get a pack that does."
        return Finding("witnesses", Outcome.UNKNOWN, why, Code.NOT_WITNESSED)
    first = (checkpoint.at - CLOCK_TOLERANCE).timestamp()
    last = (case.situation.now + CLOCK_TOLERANCE).timestamp()
    agreeing = quorum.agreeing(checkpoint, checkpoint.signatures, int(first), int(last))
    if not quorum.agrees(agreeing):
        heard = f"only {', '.join(sorted(agreeing))} did" if agreeing else "none did"
        why = f"{quorum.threshold} of your witnesses must have co-signed this block, and {heard}: nothing else vouches for it."
        return Finding("witnesses", Outcome.UNKNOWN, why, Code.NOT_WITNESSED)
    return passed("witnesses", f"{', '.join(sorted(agreeing))} co-signed this block; {quorum.threshold} of your witnesses must.")


def contract(case: Case) -> Finding:
    """The contract's account and code under the state root."""
    assert case.storage.root
    return passed("contract", "The contract in that block is the pinned one, code included.")


def log(case: Case) -> Finding:
    """The log's size and root in storage are the checkpoint's."""
    at = case.evidence.checkpoint
    if case.storage.number("log_size") != at.size or case.storage.number("log_root") != int.from_bytes(at.root, "big"):
        raise BadProof("the log's size or root is not the one in the contract")
    return passed("log", f"The log of {at.size:,} entries is the contract's own.")


def issued(case: Case) -> Finding:
    """The item stands on the contract: its head, or its place in a lot; or the proof that it does not."""
    owner = case.granted[1]
    if not owner:
        why = "No maker on this network owns the company prefix in this code: it was never issued here."
        return Finding("issued", Outcome.FAIL, why, Code.NOT_ISSUED)
    if case.storage.head(case.unit) != ZERO or _in_lot(case, case.unit):
        return passed("issued", f"{case.name(owner)} issued this item.")
    why = f"{case.name(owner)} never issued this item: the contract has no such serial."
    if case.evidence.open_lots:
        raise MissingNode("a lot of this maker could hold the serial, and its list is not here")
    return Finding("issued", Outcome.FAIL, why + harmless(case), Code.NOT_ISSUED)


def _in_lot(case: Case, unit: bytes) -> bool:
    history = case.evidence.histories.get(unit)
    return history is not None and history.membership is not None and case.replay.of(unit).state.seq >= 1
