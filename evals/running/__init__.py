"""Runs: who is asked, how, and what came of it."""
