"""Telling people by e-mail of what changed: asked for twice, never told twice, stopped by one click."""
