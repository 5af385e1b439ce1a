"""The talk about a shopper's orders: found, explained, changed only after a yes to exactly that."""
