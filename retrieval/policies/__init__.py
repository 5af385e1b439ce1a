"""A shop's policies: Markdown files that staff edit, cut into clauses and searched."""

from retrieval.policies.clause import Clause, Sentence
from retrieval.policies.folder import Policies, PolicyFolder
from retrieval.policies.shelf import Found

__all__ = ["Clause", "Found", "Policies", "PolicyFolder", "Sentence"]
