"""Other formats, in and out: tau2-bench, TREC runs, promptfoo and OpenAI evals.

``shopguide convert`` reads one format and writes another; ``evals.adapters.tau2_agent`` lets
tau2-bench ask this assistant. What the other format has no word for is told as ``Lost``: which
line, and what of it.
"""
