"""Simulated shoppers: a hidden goal over a catalogue, and somebody who pursues it.

A conversation of a suite has a ``goal`` in place of turns. Whoever plays the shopper, code
(``scripted``) or a language model (``played``), knows wishes and no product: they read what is
shown, tell a wish when it is time for it or when they are asked, and take a product or leave.
``verdict`` holds the end against the records of the catalogue.
"""
