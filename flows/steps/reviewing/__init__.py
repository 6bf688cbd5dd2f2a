"""People read a draft, decide, correct, and clear it."""
