"""From a shopper's words to checked facts: each one quoted, resolved, and of the right sign."""
