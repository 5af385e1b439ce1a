"""Holds the dialogue: settings, the turn, the model, the store, the command line and HTTP."""
