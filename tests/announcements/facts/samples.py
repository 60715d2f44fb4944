"""Fact documents for tests: small, valid, and said in one place."""

import copy
import datetime
import re

from announcements.facts import loading

AT = datetime.datetime(2024, 5, 1, 12, tzinfo=datetime.UTC)
TODAY = datetime.date(2024, 5, 1)
FUND = "2020-01-10-fund"
MORE = "2020-03-01-more"
GONE = object()
"""Put in place of a value to take its key out."""


def claim(key="total", **given):
    """A claim that introduces a pot of £100m, or with `about` one that repeats it."""
    says = {
        "key": key,
        "name": f"The {key}",
        "as_stated": "£100m",
        "amount": "100000000",
        "currency": "GBP",
        "bound": "exact",
        "measure": "total",
        "effect": "repeats" if given.get("about") else "introduces",
    }
    if not given.get("about"):
        says |= {"sector": "government", "additionality": "new", "theme": "digital", "regions": ["england"]}
    return says | given


def announcement(id=FUND, *claims, **given):
    """An announcement by the department, with the claims given."""
    return {
        "id": id,
        "announced_on": id[:10],
        "title": f"Announcement {id}",
        "summary": "Money was announced.",
        "announcer": {"organisation": "Department of Health and Social Care"},
        "sources": [{"url": None, "publisher": "GOV.UK", "kind": "press_release"}],
        "claims": list(claims),
    } | given


def document(*announcements):
    return {"format": "healthfund-facts/1", "announcements": list(announcements)}


def full():
    """A document that uses everything the format has."""
    return document(
        announcement(
            FUND,
            claim("total", note="Judged so.", programmes=["Test beds"], tags=["ai", "genomics"]),
            claim(
                "part",
                amount=None,
                low="10000000.50",
                high="20000000",
                bound="range",
                part_of=["total"],
                theme="ai",
                nature="capital",
                instrument="grant",
                funders=["DHSC", "NHS England"],
                recipients=["hospitals"],
                start_fy="2020-21",
                end_fy="2021-22",
                profile={"2021-22": "5000000", "2020-21": "0.5"},
                regions=["north-west", "north-east"],
                splits=[{"region": "north-west", "amount": "3.10"}, {"region": "north-east", "amount": "1"}],
            ),
            title="A fund",
            announcer={"organisation": "Department of Health", "person": "A. Minister", "role": None},
            programmes=["Test beds", "Accelerators"],
            sources=[
                {
                    "url": "https://www.gov.uk/fund",
                    "publisher": "GOV.UK",
                    "published_on": "2020-01-11",
                    "kind": "press_release",
                },
                {"url": None, "publisher": "Hansard", "published_on": None, "kind": "written_answer"},
            ],
            figures=[{"as_stated": "400", "what": "jobs", "kind": "jobs", "note": "Our count."}],
            targets=[
                {
                    "metric": "hospitals",
                    "value": 40,
                    "unit": "hospitals",
                    "due": "2030",
                    "wording": "Forty",
                    "note": "Old.",
                },
                {"metric": "waits", "value": 2.5, "unit": "weeks", "wording": "Short waits"},
                {"metric": "records", "value": None, "unit": "records", "due": None, "wording": "All of them"},
            ],
            responses=[
                {
                    "organisation": "The King's Fund",
                    "person": "An Analyst",
                    "role": "Chief analyst",
                    "stance": "mixed",
                    "summary": "Not enough.",
                    "source": 1,
                    "claim": "part",
                    "note": "Said twice.",
                },
                {"organisation": "NHS Providers", "stance": "welcomes", "summary": "Good."},
            ],
            note="Read twice.",
        ),
        announcement(
            MORE,
            claim("again", about=f"{FUND}#total", amount="100000000.00", sector="government"),
            claim(
                "dollars",
                as_stated=None,
                amount="1000000",
                currency="USD",
                rate={"gbp_per_unit": "0.7520", "on": "2020-03-01", "source": "A bank"},
                bound="up_to",
                terms="real",
                price_year="2019-20",
                effect="allocates",
                programmes=[],
                partly_in=[{"pot": f"{FUND}#total", "low": "1", "high": "2.5"}],
                includes=[f"{FUND}#part"],
            ),
            claim("share", effect="spends", overlaps=[{"pot": "dollars", "low": None, "high": None}]),
            claim("nothing", effect="proposes", amount=None),
        ),
    )


def changed(document, place, value):
    """A copy of the document with the value at a place such as `announcements[0].claims[1].amount`; GONE removes it."""
    document = copy.deepcopy(document)
    steps = [int(number) if number else name for name, number in re.findall(r"([a-z_]\w*)|\[(\d+)\]", place)]
    inner = document
    for step in steps[:-1]:
        inner = inner[step]
    if value is GONE:
        del inner[steps[-1]]
    else:
        inner[steps[-1]] = value
    return document


def load(*documents, at=AT, **how):
    """Load documents named first.json, second.json …; gives loading.Counts."""
    names = ["first.json", "second.json", "third.json"]
    return loading.load(list(zip(names, documents, strict=False)), at=at, today=TODAY, **how).counts


def faults(*documents, **how):
    """The faults of documents as lines, none where they load. Nothing is written."""
    try:
        load(*documents, check=True, **how)
    except loading.FactFaults as wrong:
        return [str(fault) for fault in wrong.faults]
    return []
