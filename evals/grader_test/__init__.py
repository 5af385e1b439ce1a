"""Tests the grader: good transcripts that it must pass, and planted faults that it must find."""
