"""What was worked out once and holds as long as nothing changes: kept by each process, and never by time."""


class Remembered:
    """Answers to questions, all of one version of what they rest on; with the next version they are forgotten."""

    MOST = 1000

    def __init__(self):
        self.held = None, {}

    def of(self, version, question, work_out):
        """The answer, worked out where it is not known. version: whatever differs when an answer might, read before."""
        held = self.held
        if version != held[0] or len(held[1]) >= self.MOST:
            # Version and answers change hands together: whoever is still at work on an older one keeps to its own.
            held = self.held = version, {}
        if question not in held[1]:
            held[1][question] = work_out()
        return held[1][question]
