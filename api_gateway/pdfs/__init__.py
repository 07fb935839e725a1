"""What can be told of a PDF while it passes: whether it needs a password, and whether it has anything in it."""
