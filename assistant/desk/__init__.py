"""The shop's desk: when a talk goes to a person, what they get, and how they answer."""
