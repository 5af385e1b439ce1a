"""A small shop around the demo catalogue, which shows the widget where shoppers meet it."""
