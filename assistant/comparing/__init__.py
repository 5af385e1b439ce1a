"""Products side by side: the table, the verdict, and what one would trade."""
