"""From sound to a transcript: blocks, the names to hear, speed and time left."""
