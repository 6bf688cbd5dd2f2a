"""What is done with a recording, a session, a workshop, a home: one step is one attempt and one commit.

The folders follow the walk (arrival, hearing, drafting, reviewing, leaving), then what stands around it (retention,
rights, custody, record). What every step uses lies here.
"""
