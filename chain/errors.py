"""One root for every error a person may meet, so that no door of the program shows a traceback.

`str(error)` is one sentence for people; `details` is for the log. A KnownError is the world's doing (a file, a network, a
rule of the contract) and is shown as it is; anything that is not a WayproofError is a bug of ours.
"""


class WayproofError(Exception):
    """Root of the errors this program raises on purpose.

    Args:
        words: one sentence that says what happened and, where there is one, what to do.
        details: facts for the log (never secrets).
    """

    def __init__(self, words: str, **details: object) -> None:
        super().__init__(words)
        self.words = words
        self.details = details

    def diagnostics(self) -> str:
        """The words and the details in one line, for the log."""
        facts = " ".join(f"{name}={value!r}" for name, value in self.details.items())
        return f"{type(self).__name__}: {self.words} {facts}".strip()


class BadInput(WayproofError):
    """A file, a text or a call that cannot be used. Exit status 2."""


class BadProof(WayproofError):
    """A proof that does not show what it claims."""


class MissingNode(WayproofError):
    """A proof needs a piece that is not here: nothing is shown, and nothing is refuted."""


class RuleBroken(WayproofError):
    """The contract's rules refuse this; `reason` is the contract's own revert string, e.g. ``unit: not custodian``."""

    def __init__(self, reason: str, **details: object) -> None:
        super().__init__(reason, **details)
        self.reason = reason


class LedgerError(WayproofError):
    """The network did not answer, or answered what cannot be true."""


class StoreError(WayproofError):
    """The local database cannot be read or written."""


class KeyLocked(WayproofError):
    """A signing key is needed and is not open."""
