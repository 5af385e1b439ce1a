"""What a shop learns from its talks: counted at the turn without identity, released with noise.

``turns`` says what of a turn is counted, ``tally`` and ``counting`` count it, ``noise`` and
``releases`` let figures out, ``machine`` keeps what is about no shopper, ``charts`` asks the
questions that the desk's pages answer.
"""
