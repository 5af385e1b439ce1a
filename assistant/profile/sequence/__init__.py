"""What a shopper looks at next: products and categories, learnt from sessions of the shop."""
