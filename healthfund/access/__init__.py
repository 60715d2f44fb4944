"""Who comes into the newsroom: log-in with a second factor, an end to guessing, and sessions that end."""
