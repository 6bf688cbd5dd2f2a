"""What is kept until when, why, and what is destroyed: policies in force, events, holds, plans, certificates."""
