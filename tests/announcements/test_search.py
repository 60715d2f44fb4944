"""Full-text search: the same grammar, and the same finds, on both engines."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from announcements import search
from announcements.models import Announcement, Claim, Pot, Response
from programmes.models import Organisation, Theme

DAY = datetime.date(2019, 8, 8)
AT = datetime.datetime(2019, 8, 9, tzinfo=datetime.UTC)


@pytest.fixture
def announce(db):
    """Makes a published, indexed announcement of a title and a summary."""
    announcer = Organisation.objects.create(slug="ministry", name="Ministry of Tests")

    def make(slug, title, summary="Nothing more."):
        announcement = Announcement.objects.create(
            slug=f"2019-08-08-{slug}",
            announced_on=DAY,
            title=title,
            summary=summary,
            announcer=announcer,
            status="published",
            published_at=AT,
        )
        search.index([announcement.pk])
        return announcement

    return make


def found(text):
    return {row.slug.removeprefix("2019-08-08-") for row in search.search(Announcement.objects.all(), text)}


@pytest.fixture
def three(announce):
    announce("lab", "An AI laboratory for hospitals", "The NHS will set up an artificial-intelligence lab.")
    announce("scan", "Scanners for hospitals", "Money for new imaging machines.")
    announce("care", "Care homes", "Laboratories are not meant here; artificial words, little intelligence.")


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(
    ("text", "slugs"),
    [
        ("hospitals", {"lab", "scan"}),
        ("hospital", {"lab", "scan"}),
        ("HOSPITAL scanner", {"scan"}),
        ("scanners OR care", {"scan", "care"}),
        ("hospital scanners OR laboratory", {"lab", "scan"}),
        ("hospital -scanners", {"lab"}),
        ("-hospital", {"care"}),
        ('"artificial intelligence"', {"lab"}),
        ("artificial-intelligence", {"lab"}),
        ("artificial intelligence", {"lab", "care"}),
        ('money -"imaging machines"', set()),
        ("ministry", {"lab", "scan", "care"}),
        ("", {"lab", "scan", "care"}),
        ("submarine", set()),
    ],
)
def test_a_text_finds(text, slugs):
    assert found(text) == slugs


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('"open phrase', "A quotation mark is not closed"),
        ("OR hospital", "OR stands between"),
        ("hospital OR", "OR stands between"),
        ("hospital OR OR clinic", "OR stands between"),
        ("hospital -clinic OR ward", "OR stands between"),
        ("hospital OR -clinic", "OR cannot be followed"),
        ("-", "nothing to search for"),
        ("£ hospital", "nothing to search for"),
        ('""', "nothing to search for"),
        ("x" * 301, "at most 300"),
    ],
)
def test_what_cannot_be_understood_is_refused_with_a_sentence(text, sentence):
    with pytest.raises(ValueError, match=sentence):
        search.parse(text)


def sentence_or(ask, text):
    """What `ask` gives for the text, or the sentence with which it refuses it."""
    try:
        return ask(text)
    except ValueError as error:
        return str(error)


@given(st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=60))
def test_any_text_is_parsed_or_refused_with_a_sentence(text):
    outcome = sentence_or(search.parse, text)
    if isinstance(outcome, str):
        assert outcome.endswith(".")
    else:
        phrases = [*outcome.without, *(phrase for group in outcome.groups for phrase in group)]
        assert all(word == search.plain(word) for phrase in phrases for word in phrase)


@pytest.mark.django_db
@given(st.text(alphabet="ab -\"'ORé£5*(){}^:+&|!~\\", max_size=25))
def test_no_text_breaks_the_engine(text):
    outcome = sentence_or(lambda text: list(search.search(Announcement.objects.all(), text)), text)
    assert outcome == [] or outcome.endswith(".")


def test_claims_people_and_answers_are_found_too(announce):
    announcement = announce("fund", "A fund")
    theme = Theme.objects.create(key="ai", name="Artificial intelligence")
    pot = Pot.objects.create(reference="2019-08-08-fund#total", name="Total")
    Claim.objects.create(
        announcement=announcement,
        pot=pot,
        key="total",
        name="Cyclotrons",
        as_stated="£412 million",
        theme=theme,
        sector="government",
        additionality="new",
        recipients=["Leeds Teaching Hospitals"],
    )
    charity = Organisation.objects.create(slug="charity", name="Wellcome Trust")
    Response.objects.create(
        announcement=announcement, key="charity", organisation=charity, stance="welcomes", summary="Splendid."
    )
    search.index([announcement.pk])
    for text in ["cyclotron", '"412 million"', "£412", "leeds", "wellcome splendid"]:
        assert found(text) == {"fund"}, text


def test_a_phrase_does_not_run_from_one_field_into_the_next(announce):
    announce("edge", "Money for brain", "Scanners were named.")
    assert found('"brain scanners"') == set()
    assert found("brain scanners") == {"edge"}


def test_indexing_again_replaces_what_was_said(announce):
    announcement = announce("fund", "A fund for robots")
    Announcement.objects.filter(pk=announcement.pk).update(title="A fund for nurses")
    search.index([announcement.pk])
    assert found("robots") == set()
    assert found("nurses") == {"fund"}


def test_what_is_deleted_leaves_the_index(announce):
    announcement = announce("fund", "A fund for robots")
    pk = announcement.pk
    announcement.delete()
    search.index([pk])
    assert found("robots") == set()


def test_only_what_the_queryset_holds_is_found(announce):
    announcement = announce("fund", "A fund for robots")
    Announcement.objects.filter(pk=announcement.pk).update(status="withdrawn", withdrawn_reason="Wrong.")
    search.index([announcement.pk])
    assert not search.search(Announcement.objects.published(), "robots").exists()


def test_rebuilding_finds_the_same_as_indexing_one_by_one(announce):
    announce("fund", "A fund for robots")
    announce("care", "Care homes")
    assert search.rebuild() == 2
    assert found("robots") == {"fund"}
    assert found("care") == {"care"}


def test_indexing_asks_as_often_for_many_as_for_one(announce, django_assert_num_queries):
    ids = [announce(f"fund-{number}", "A fund").pk for number in range(5)]
    with django_assert_num_queries(11):
        search.index(ids)


@pytest.mark.parametrize(
    ("text", "words"),
    [("Trésor’s £4.5m", "tresor 4 5m"), ("Life-Sciences_Vision", "life sciences vision"), ("NHS's", "nhs")],
)
def test_words_lose_accents_and_marks(text, words):
    assert search.plain(text) == words
