"""One real question and its answer for each operation, kept in `v1/examples.json` and shown in the OpenAPI document.

The questions are written by hand; the answers are the portal's own over the real announcements, which tests ask again.
"""

import json
import re
from pathlib import Path
from urllib.parse import urlencode

FILE = Path(__file__).parent / "v1" / "examples.json"
PREFIX = "/api/v1"


def read():
    """{operation id: {"path": values of the address, "query": parameters, "body": what is sent in, "answer": …}}.

    What is empty may be left out. Those marked "by_hand" are about things that the real announcements do not bring:
    packages, and what needs a token.
    """
    return json.loads(FILE.read_text(encoding="utf-8"))


def address(template, example):
    """The address that asks an example's question. template: with the values of the path in braces."""
    query = urlencode(example.get("query", {}), doseq=True)
    return template.format(**example.get("path", {})) + (f"?{query}" if query else "")


def steady(answer):
    """An answer without what differs between two portals with the same announcements: moments and cursors."""
    if isinstance(answer, dict):
        return {name: steady(value) for name, value in answer.items()}
    if isinstance(answer, list):
        return [steady(value) for value in answer]
    if isinstance(answer, str):
        answer = re.sub(r"^\d{4}-\d\d-\d\dT[\d:.]+Z$", "2026-11-01T12:00:00Z", answer)
        return re.sub(r"\bcursor=[^&]+", "cursor=WzAsIFsiMjAxOS0xMC0yOSJdXQ", answer)
    return answer


def answered(client, document):
    """Each example with what a Django client is answered; document: the OpenAPI document, for the addresses."""
    templates = {
        operation["operationId"]: path for path, methods in document["paths"].items() for operation in methods.values()
    }
    found = {}
    for name, example in read().items():
        if example.get("by_hand"):
            found[name] = example
            continue
        response = client.get(address(templates[name], example), headers={"host": "localhost"})
        if response.status_code != 200:
            raise ValueError(f"{name} is answered {response.status_code}: {response.content.decode()}")
        found[name] = example | {"answer": steady(response.json())}
    return found


def write(found):
    FILE.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
