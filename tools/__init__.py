"""What the language model may call; one file a tool, each marked READ or WRITE."""
