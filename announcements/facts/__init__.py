"""Fact files, healthfund's interchange format: in through `loading`, out through `dumping`, described by schema.json."""
