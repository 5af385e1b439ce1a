"""A shop's orders: what they are, what may be done with them, and the desk that does it."""
