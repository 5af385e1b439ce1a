"""The language model: weights, local and remote engines, one client for all of them."""
