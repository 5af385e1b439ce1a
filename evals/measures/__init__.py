"""What is counted of a graded conversation, before it is drawn together into figures."""
