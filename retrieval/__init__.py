"""The catalogue: import, vocabulary, embedding, lexical and dense search, the index on disk."""
