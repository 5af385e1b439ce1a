"""What a shopper does, as the shop reports it, and what it tells."""
