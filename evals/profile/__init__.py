"""The profile measured: what is learnt of shoppers, and what it is good for."""
