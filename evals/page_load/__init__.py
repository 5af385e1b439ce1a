"""What the page adds to an answer's delay while many shoppers ask at once."""
