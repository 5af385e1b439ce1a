"""What is known of the shopper, with the evidence for each fact."""
