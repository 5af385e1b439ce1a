"""The graph of what a shopper said and did over the catalogue, and what lies near it."""
