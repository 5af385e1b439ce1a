"""What a shopper says that lasts: read from messages, held against what is known."""
