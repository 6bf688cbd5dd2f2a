"""What leaves: the return, the guard at the exit, the outbox, codes of origin."""
