import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from announcements.models import Announcement, Claim

from .samples import FUND, MORE, changed, document, full

pytestmark = pytest.mark.django_db


def run(*arguments, **options):
    out, err = StringIO(), StringIO()
    try:
        call_command(*map(str, arguments), stdout=out, stderr=err, **options)
    except CommandError as refusal:
        return out.getvalue(), err.getvalue(), str(refusal)
    return out.getvalue(), err.getvalue(), None


@pytest.fixture
def files(tmp_path, places):
    first, second = full()["announcements"]
    for name, said in [("one.json", first), ("two.json", second)]:
        (tmp_path / name).write_text(json.dumps(document(said), ensure_ascii=False), encoding="utf-8")
    return tmp_path


def test_several_files_are_loaded_together_and_summed_up_in_a_line(files):
    out, err, refusal = run("load_facts", files / "one.json", files / "two.json")
    assert (err, refusal) == ("", None)
    assert out.splitlines()[-1] == "announcements: 2 new, 0 changed, 0 unchanged"
    out, _, _ = run("load_facts", files / "two.json", files / "one.json")
    assert out.splitlines()[-1] == "announcements: 0 new, 0 changed, 2 unchanged"


def test_a_file_named_twice_is_loaded_once(files):
    out, _, refusal = run("load_facts", files / "one.json", files / "one.json")
    assert refusal is None
    assert out.splitlines()[-1] == "announcements: 1 new, 0 changed, 0 unchanged"


def test_a_check_says_so_and_writes_nothing(files):
    out, _, _ = run("load_facts", files / "one.json", files / "two.json", check=True)
    assert out.splitlines()[-1] == "announcements: 2 new, 0 changed, 0 unchanged; checked only, nothing was written"
    assert not Announcement.objects.exists()


def test_faults_are_told_with_file_and_place_and_nothing_is_loaded(files):
    bad = files / "two.json"
    bad.write_text(json.dumps(changed(json.loads(bad.read_text()), "announcements[0].claims[0].amount", "5m")))
    _, err, refusal = run("load_facts", files / "one.json", bad)
    assert err == f"{bad}: announcements[0].claims[0].amount: “5m” is not written in full: write 5000000\n"
    assert refusal == "1 fault; nothing was loaded."
    assert not Announcement.objects.exists()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is not JSON: is empty"),
        (b'{"format": }', "is not JSON: line 1 column 12: Expecting value"),
        (b'{\n "a": 1,\n}', "is not JSON: line 3 column 1"),
        (b'{"a": "\xe9"}', "is not UTF-8 text (byte 8): save it as UTF-8"),
        (b"[" * 100_000, "is not a document of ours: its lists and objects lie too deep"),
        (
            b'{"format": 1, "announcements": [{"id": 1, "id": 2}]}',
            "announcements[0].id: stands twice in the same object",
        ),
        (b'{"format": NaN}', "format: is NaN, which JSON does not know"),
        (b'{"format": -Infinity}', "format: is -Infinity, which JSON does not know"),
        (b'{"format": ' + b"9" * 5000 + b"}", "format: is a number of more than 100 digits"),
        (b'{"format": "healthfund-golden/1"}', "format: “healthfund-golden/1” is not healthfund-facts/1"),
    ],
)
def test_a_file_that_is_no_fact_file_is_told_by_what_is_wrong(tmp_path, content, told):
    path = tmp_path / "bad.json"
    path.write_bytes(content)
    _, err, refusal = run("load_facts", path)
    assert err.startswith(f"{path}: {told}")
    assert "nothing was loaded" in refusal


def test_a_folder_and_a_missing_file_are_told(tmp_path):
    _, err, refusal = run("load_facts", tmp_path, tmp_path / "none.json")
    assert err.splitlines() == [
        f"{tmp_path}: is a folder: name the files in it",
        f"{tmp_path / 'none.json'}: there is no such file",
    ]
    assert refusal == "2 faults; nothing was loaded."


def test_a_byte_order_mark_does_no_harm(files):
    path = files / "one.json"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert run("load_facts", path)[2] is None


def test_dump_and_load_are_the_way_there_and_back(files, tmp_path):
    run("load_facts", files / "one.json", files / "two.json")
    out, _, _ = run("dump_facts")
    path = tmp_path / "dump.json"
    assert run("dump_facts", "--output", path) == ("", "", None)
    assert path.read_text(encoding="utf-8") == out
    assert [said["id"] for said in json.loads(out)["announcements"]] == [FUND, MORE]
    assert run("load_facts", path)[0].splitlines()[-1] == "announcements: 0 new, 0 changed, 2 unchanged"


def test_a_dump_can_stand_on_few_lines(files):
    run("load_facts", files / "one.json")
    out, _, _ = run("dump_facts", indent=0)
    assert len(out.splitlines()) == 1


def test_a_dump_that_cannot_be_written_says_so(tmp_path):
    _, _, refusal = run("dump_facts", output=str(tmp_path / "none" / "dump.json"))
    assert refusal.endswith("cannot be written: No such file or directory")
    assert not list(tmp_path.iterdir())


def test_the_real_announcements_load_without_faults_and_come_back_the_same(tmp_path):
    facts = sorted(Path("fixtures/facts").glob("*.json"))
    assert run("load_reference")[2] is None
    out, err, refusal = run("load_facts", *facts)
    assert (err, refusal) == ("", None)
    assert out.splitlines()[-1] == "announcements: 335 new, 0 changed, 0 unchanged"
    assert Claim.objects.count() == 807
    run("dump_facts", output=str(tmp_path / "all.json"))
    out, _, _ = run("load_facts", tmp_path / "all.json")
    assert out.splitlines()[-1] == "announcements: 0 new, 0 changed, 335 unchanged"
