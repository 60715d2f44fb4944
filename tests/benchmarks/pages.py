"""What each page of the portal costs: queries, and server time as a multiple of the cheapest page's, on any databases.

    .venv/bin/python tests/benchmarks/pages.py postgres://…/real postgres://…/generated [--rounds 7]

Each database is measured in a process of its own, every page once a round in turn, so that whatever else the machine does
meets all alike; the first round, in which answers are worked out that are remembered, is given apart. Of pages about one
thing the busiest is asked, such as the announcement with the most claims, and the most queries are told that any of the ten
busiest took. Prints a table, and which
pages asked the larger database more queries. A page that it does not know makes it fail: teach it in ADDRESSES.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlencode

PROJECT = Path(__file__).parents[2]

UNASKED = {
    "answer the same always": ["favicon.ico", "robots", "chart-script", "alert-asked"],
    "are about one order or one reader's alert, by a secret": [
        *("order-file", "ordered-file", "ordered-file-fetch"),
        *("alert-confirm", "alert", "alert-stop"),
    ],
}
"""Addresses that are left out, by why."""


MOST = 10
"""How many of the busiest things are asked for to count queries; the time is that of the first."""


def busiest(rows, counted):
    """The addresses of the rows that have the most of what is counted."""
    from django.db.models import Count

    rows = rows.annotate(many=Count(counted, distinct=True)).order_by("-many", "pk")
    return [row.get_absolute_url() for row in rows[:MOST]]


def busiest_announcements():
    from announcements.models import Announcement

    return busiest(Announcement.objects.published(), "claims")


def busiest_pots():
    from announcements.models import Pot

    return busiest(Pot.objects.introduced(), "entries")


def busiest_programmes():
    from programmes.models import Programme

    return busiest(Programme.objects.all(), "announcements")


def busiest_organisations():
    from programmes.models import Organisation

    return busiest(Organisation.objects.all(), "announcements")


def by_key(model):
    from django.apps import apps

    return [row.get_absolute_url() for row in apps.get_model("programmes", model).objects.all()[: 2 * MOST]]


def charts(address):
    """{chart: its address}, made of one with {} for the name; the life of a pot is that of the busiest."""
    from healthfund.web.pictures import CHARTS

    query = urlencode({"pot": "#".join(busiest_pots()[0].strip("/").split("/")[1:])})
    return {name: address.format(name) + (f"?{query}" if name == "life" else "") for name in CHARTS}


def checks():
    from healthfund.web.quality import quality

    return list(quality.CHECKS)


def reverse(name):
    from django.urls import reverse

    return reverse(name)


FILTERED = urlencode({"theme": "digital", "year": "2019-20"})

ADDRESSES = {
    "dashboard": lambda: {"": "/", "filtered": "/?theme=digital"},
    "money": lambda: {"": "/money/", "filtered": f"/money/?{urlencode({'theme': 'ai', 'announced_year': '2019-20'})}"},
    "compare": lambda: {"": "/compare/", "two themes": "/compare/?theme=ai&theme=digital"},
    "explore": lambda: {"": "/explore/"},
    "announcements": lambda: {"": "/announcements/", "filtered": f"/announcements/?{FILTERED}", "words": "/announcements/?q=hospital"},
    "announcements-money": lambda: {"": "/announcements/money/"},
    "announcements-feed": lambda: {"": "/announcements/feed.atom"},
    "announcement": lambda: {"": busiest_announcements()},
    "pot": lambda: {"": busiest_pots()},
    "programmes": lambda: {"": "/programmes/"},
    "programme": lambda: {"": busiest_programmes()},
    "themes": lambda: {"": "/themes/"},
    "theme": lambda: {"": by_key("theme")},
    "regions": lambda: {"": "/regions/"},
    "region": lambda: {"": by_key("region")},
    "organisations": lambda: {"": "/organisations/"},
    "organisation": lambda: {"": busiest_organisations()},
    "promises": lambda: {"": "/promises/"},
    "promises-feed": lambda: {"": reverse("promises-feed")},
    "responses": lambda: {"": "/responses/"},
    "responses-feed": lambda: {"": reverse("responses-feed")},
    "changes": lambda: {"": "/changes/"},
    "changes-feed": lambda: {"": reverse("changes-feed")},
    "quality": lambda: {"": "/quality/"},
    "quality-check": lambda: {key: f"/quality/{key}/" for key in checks()},
    "quality-file": lambda: {key: f"/quality/{key}.csv" for key in checks()},
    "alert-new": lambda: {"": "/alerts/new/?theme=ai"},
    "how-we-count": lambda: {"": "/how-we-count/"},
    "chart": lambda: charts("/charts/{}.svg") | {f"{name} as CSV": at for name, at in charts("/charts/{}.csv").items()},
    "embed": lambda: charts("/embed/{}/"),
}  # fmt: skip


def pages():
    """{page: addresses} of all that the portal's addresses lead to. Exits where it does not know one."""
    from django.urls import URLPattern

    from healthfund.urls import urlpatterns as outer
    from healthfund.web.urls import urlpatterns

    patterns = [
        *urlpatterns,
        *(one for one in outer if isinstance(one, URLPattern) and "health/" not in str(one.pattern)),
    ]
    names = [pattern.name or str(pattern.pattern) for pattern in patterns]
    if strangers := set(names) - set(ADDRESSES) - {name for left_out in UNASKED.values() for name in left_out}:
        sys.exit(
            f"These pages are not known here: {', '.join(sorted(strangers))}. Teach ADDRESSES how to ask for them."
        )
    return {
        f"{name}, {what}" if what else name: [address] if isinstance(address, str) else address
        for name in dict.fromkeys(names)
        if name in ADDRESSES
        for what, address in ADDRESSES[name]().items()
    }


def queries_of(address, get):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        get(address)
    return len(queries)


def measured(rounds):
    """{page: {"queries": number, "first": ms, "again": quickest ms}} and how many announcements there are."""
    from django.test import Client

    from announcements.models import Announcement, LedgerEntry

    client, wanted = Client(), pages()

    def get(address):
        begun = time.perf_counter()
        answer = client.get(address)
        answer.getvalue()
        spent = (time.perf_counter() - begun) * 1000
        assert answer.status_code == 200, (address, answer.status_code)
        return spent

    client.get("/how-we-count/")
    spent = {page: [get(addresses[0])] for page, addresses in wanted.items()}
    for _ in range(rounds):
        for page, addresses in wanted.items():
            spent[page].append(get(addresses[0]))
    found = {}
    for page, addresses in wanted.items():
        queries = [queries_of(address, get) for address in addresses]
        found[page] = {
            "queries": max(queries),
            "first": spent[page][0],
            "again": min(spent[page][1:]),
        }
    return {
        "announcements": Announcement.objects.published().count(),
        "entries": LedgerEntry.objects.count(),
        "pages": found,
    }


def table(results):
    """Lines of Markdown: a row a page, and of each database the queries, and the time as a multiple of its cheapest page."""
    head = [f"{result['announcements']:,} announcements, {result['entries']:,} entries" for result in results]
    yield f"| | {' | | | '.join(head)} | | |"
    yield f"| --- |{' --- | --- | --- |' * len(results)}"
    yield "| page |" + " queries | first | again |" * len(results)
    cheapest = [min(page["again"] for page in result["pages"].values()) for result in results]
    for page in results[0]["pages"]:
        cells = []
        for result, unit in zip(results, cheapest, strict=True):
            cost = result["pages"][page]
            cells += [str(cost["queries"]), f"{cost['first'] / unit:.1f}", f"{cost['again'] / unit:.1f}"]
        yield f"| {page} | {' | '.join(cells)} |"
    yield f"| 1.0 is | {' | '.join(f' | | {unit:.1f} ms' for unit in cheapest)} |"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("databases", nargs="*", help="DATABASE_URLs; none for the one that is set")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", action="store_true", help="measure the one that is set, and give it as JSON")
    asked = parser.parse_args()
    if asked.json:
        sys.path.insert(0, str(PROJECT))
        os.environ["DJANGO_SETTINGS_MODULE"] = "healthfund.settings"
        os.environ.setdefault("LOG_LEVEL", "ERROR")
        import django
        from django.conf import settings

        settings.ALLOWED_HOSTS = ["*"]
        settings.SECURE_SSL_REDIRECT = False
        settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
        # Nothing has been collected: pages name the files as they are.
        plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
        settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
        django.setup()
        print(json.dumps(measured(asked.rounds)))
        return
    results = []
    for url in asked.databases or [None]:
        environment = os.environ | ({"DATABASE_URL": url} if url else {})
        command = [sys.executable, __file__, "--json", "--rounds", str(asked.rounds)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=PROJECT)
        if done.returncode:
            sys.exit(done.stderr[-3000:])
        results.append(json.loads(done.stdout.splitlines()[-1]))
    print("\n".join(table(results)))
    small, large = results[0], results[-1]
    grown = {
        page: (cost["queries"], large["pages"][page]["queries"])
        for page, cost in small["pages"].items()
        if large["pages"][page]["queries"] > cost["queries"]
    }
    print(f"\nMore queries with more rows: {grown or 'none'}")


if __name__ == "__main__":
    main()
