"""A recording and its dossier come in: the drop folder, the parts of a session, what they are."""
