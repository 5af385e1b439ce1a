"""Suites: their format, their files, and the catalogues that they ask."""
