"""Answers from the shop's own rules: the clause that answers is quoted, or nothing is claimed."""
