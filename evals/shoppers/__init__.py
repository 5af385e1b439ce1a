"""Simulated shoppers: a hidden goal over a catalogue, and somebody who pursues it."""
