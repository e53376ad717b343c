"""Where things come from: objects and what they are made of, and single rows down to their file."""
