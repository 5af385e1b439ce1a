"""The order desk's implementations: in the shop's own database, and over HTTP."""
