"""The demo shop: shoes with published specifications and illustrative prices."""
