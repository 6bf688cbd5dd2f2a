"""What others keep of the log: copies, witnesses, checkpoints."""
