"""Two runs held against each other: which conversations pair, and what is beyond noise."""
