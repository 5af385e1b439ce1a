"""Real conversations made into lines of a suite, with the identities of people removed."""
