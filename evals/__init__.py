"""Measures: benchmarks, suites of transcripts, baselines."""
