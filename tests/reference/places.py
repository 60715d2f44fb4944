"""The tree of places of the fixtures, for tests that need no database."""

import json
import pathlib

from announcements.ledger.layout import Tree

FIXTURES = pathlib.Path(__file__).parents[2] / "fixtures"
TREE = Tree({each["key"]: each["parent"] for each in json.loads((FIXTURES / "reference.json").read_text())["regions"]})
