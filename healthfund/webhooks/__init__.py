"""Telling other systems of what changed: signed, in order, at least once. RECEIVING.md is what a receiver reads."""
