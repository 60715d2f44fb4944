"""What the README and the list of decisions name exists: files, commands, addresses. Nothing is left to be filled in."""

import re
from urllib.parse import urlsplit

import pytest
from django.core.management import call_command, get_commands, load_command_class
from django.urls import Resolver404, resolve

from healthfund import env
from healthfund.web.pictures import CHARTS

DOCUMENTS = ["README.md", "healthfund/DECISIONS.md"]
SUFFIXES = "json|md|py|toml|txt|yml"
# The architecture's drawing leaves out the app that a part belongs to.
FOLDERS = [env.PROJECT, env.PROJECT / "announcements"]
# bootstrap.py makes it.
MADE = ".venv/"


def text(document):
    return (env.PROJECT / document).read_text()


def code(document):
    """Everything in the document that is set as code: blocks, and spans within a line."""
    blocks = re.findall(r"^```\n(.*?)^```", text(document), re.DOTALL | re.MULTILINE)
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"^```\n.*?^```", "", text(document), flags=re.DOTALL | re.MULTILINE))
    return [*blocks, *spans]


def files_named(document):
    """Words set as code that are a path of ours: a known suffix, or a slash that is neither first nor an address's."""
    for part in code(document):
        for word in re.split(r"[\s,()]+", part):
            path = word.rstrip(".:…")
            if re.fullmatch(rf"(\.?[\w-]+/)*\.?[\w-]+(\.({SUFFIXES}))", path) or re.fullmatch(
                r"(\.?[\w-]+/)+[\w-]*", path
            ):
                yield path


def commands_named(document):
    """Each `manage.py` line as the command's name and its options."""
    for part in code(document):
        for name, words in re.findall(r"manage\.py (\w+)([^#\n]*)", part):
            yield name, re.findall(r"--[\w-]+", words)


def addresses_named(document):
    return [part for part in code(document) if re.fullmatch(r"/\S*", part)]


def queries_named(document):
    """Each address with a query that its row of the table gives, written out as a browser would send it."""
    for row in re.findall(r"^\| `/.*$", text(document), re.MULTILINE):
        address, *spans = re.findall(r"`([^`]+)`", row)
        yield from (address + span for span in spans if span.startswith("?"))
        if "?" in address:
            yield address


@pytest.mark.parametrize("document", DOCUMENTS)
def test_nothing_is_left_to_be_filled_in(document):
    assert re.findall(r"\b(TIMES|TODO|FIXME|TBD|XXX+)\b", text(document)) == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_to_files(document):
    targets = re.findall(r"\]\(([^)#]+)[^)]*\)", text(document))
    folder = (env.PROJECT / document).parent
    assert [target for target in targets if "://" not in target and not (folder / target).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_files_named_exist(document):
    named = {path for path in files_named(document) if not path.startswith(MADE)}
    missing = {
        path
        for path in named
        if not any((folder / path).exists() or (folder / f"{path}.py").exists() for folder in FOLDERS)
    }
    assert named
    assert missing == set()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_management_commands_named_exist_with_their_options(document):
    known = get_commands()
    named = list(commands_named(document))
    assert named
    for name, options in named:
        assert name in known
        parser = load_command_class(known[name], name).create_parser("manage.py", name)
        assert set(options) <= set(parser._option_string_actions), name


def test_commands_of_bootstrap_named_exist():
    usage = text("bootstrap.py").split('"""')[1]
    named = {word for document in DOCUMENTS for word in re.findall(r"bootstrap\.py (\w+)", text(document))}
    assert named == set(re.findall(r"^python3 bootstrap\.py (\w+)", usage, re.MULTILINE))


def test_addresses_named_lead_to_a_view_and_name_what_the_fixtures_hold():
    facts = "".join(path.read_text() for path in sorted((env.PROJECT / "fixtures" / "facts").glob("*.json")))
    named = addresses_named("README.md")
    assert named
    for address in named:
        try:
            match = resolve(urlsplit(address).path)
        except Resolver404:
            pytest.fail(f"{address} leads nowhere")
        if match.url_name in ("chart", "embed"):
            assert match.kwargs["name"] in CHARTS
            continue
        assert [value for value in match.kwargs.values() if f'"{value}"' not in facts] == [], address


def test_questions_named_are_understood(client, db):
    call_command("load_reference", verbosity=0)
    named = list(queries_named("README.md"))
    assert named
    for address in named:
        assert client.get(address).status_code == 200, address
