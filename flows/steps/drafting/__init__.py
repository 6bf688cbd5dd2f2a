"""From a transcript to a draft: what was detected, linked and treated, and the workshop's vault."""
