"""Pages that ask the database nothing."""

import datetime
from functools import cache
from typing import NamedTuple

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.views.decorators.http import require_safe

from announcements.choices import Effect
from announcements.facts import replaying
from announcements.glossary import CODES
from announcements.ledger.counting import RULES, RULES_SINCE
from announcements.ledger.layout import Tree
from programmes.documents import read

from . import filtering

ROBOTS = (
    "User-agent: *\nDisallow: /admin/\nDisallow: /account/\nDisallow: /alerts/\nAllow: /api/docs/\nAllow: /api/guide/\nDisallow: /api/\n"
    "Disallow: /files/\n"
)
"""What may be crawled stands before what it lies in: some crawlers keep to the longest rule, others to the first."""


LISTS_ABOUT_COUNTING = ("measure", "effect", "bound", "claim_measure", "terms", "additionality", "sector", "link_kind", "flag")  # fmt: skip
"""Which lists of words the page on counting explains."""


class Case(NamedTuple):
    """A golden case: its name, what it shows in a sentence, who said what in it, and what the rules make of it now."""

    name: str
    says: str
    announcements: list
    tried: list

    @property
    def agreeing(self):
        return sum(one.agrees for one in self.tried)


@require_safe
@filtering.takes_nothing
def how_we_count(request):
    documents, tree = _golden()
    cases = [Case(case["name"], case["says"], _told(case), replaying.tried(case, tree)) for case in documents]
    context = {
        "rules": RULES,
        "rules_since": RULES_SINCE,
        "cases": cases,
        "agreeing": sum(case.agreeing for case in cases),
        "tried": sum(len(case.tried) for case in cases),
        "lists": [CODES[name] for name in LISTS_ABOUT_COUNTING],
    }
    return render(request, "pages/how_we_count.html", context)


def _told(case):
    """The announcements of a golden case: (day, title, claims as (name, wording, effect))."""
    return [
        (
            datetime.date.fromisoformat(said["announced_on"]),
            said["title"],
            [(claim["name"], claim["as_stated"], Effect(claim["effect"]).label) for claim in said["claims"]],
        )
        for said in case["announcements"]
    ]


@cache
def _golden():
    """The golden cases as they are written, and the tree of places that they speak of. They are counted anew each time."""
    folder = settings.BASE_DIR / "fixtures"
    regions = read(folder / "reference.json")["regions"]
    return [read(path) for path in sorted((folder / "golden").glob("*.json"))], Tree(
        {region["key"]: region["parent"] for region in regions}
    )


@require_safe
def robots(request):
    return HttpResponse(ROBOTS, content_type="text/plain; charset=utf-8")


@require_safe
def favicon(request):
    """For browsers that ask for the old name without having read the page."""
    return redirect(static("img/favicon.svg"))
