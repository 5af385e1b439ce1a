"""The HTTP API: a gate, routes by noun, and one shape for everything that goes wrong."""
