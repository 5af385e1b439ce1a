"""The sentence gate: what an answer says of products is held against their records."""

from assistant.claims.checker import ClaimChecker
from assistant.claims.findings import Verdict
from assistant.claims.sentences import split_sentences, with_markers

__all__ = ["ClaimChecker", "Verdict", "split_sentences", "with_markers"]
