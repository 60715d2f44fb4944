"""The API side by side with the bare SQL that builds the same JSON from the records, and with a default DRF ModelViewSet.

    DATABASE_URL=postgres://… .venv/bin/python tests/benchmarks/api.py [--rounds 30]

On a PostgreSQL database that `manage.py generate` filled. All are asked in turn, round by round in one process, so that
whatever else the machine does meets them alike. The API and the ModelViewSet answer through the whole stack of middleware;
the bare SQL runs on the same connection and gives text. Prints the medians in milliseconds and the ratios.
"""

import argparse
import json
import os
import statistics
import sys
import time
from pathlib import Path

PROJECT = Path(__file__).parents[2]
PAGE = 50

ORGANISATION = """json_build_object('id', o.slug, 'url', '/api/v1/organisations/' || o.slug || '/',
    'page', '/organisations/' || o.slug || '/', 'name', o.name)"""
PROGRAMMES = """coalesce((SELECT json_agg(json_build_object('id', p.slug, 'url', '/api/v1/programmes/' || p.slug || '/',
        'page', '/programmes/' || p.slug || '/', 'name', p.name) ORDER BY p.name)
    FROM announcements_announcement_programmes t JOIN programmes_programme p ON p.id = t.programme_id
    WHERE t.announcement_id = a.id), '[]')"""
HEAD = f"""'id', a.slug, 'url', '/api/v1/announcements/' || a.slug || '/', 'page', '/announcements/' || a.slug || '/',
    'title', a.title, 'announced_on', a.announced_on, 'year', extract(year FROM a.announced_on - interval '3 months'),
    'summary', a.summary, 'organisation', {ORGANISATION}, 'person', nullif(a.person, ''), 'role', nullif(a.role, ''),
    'programmes', {PROGRAMMES},
    'claim_count', (SELECT count(*) FROM announcements_claim c WHERE c.announcement_id = a.id),
    'response_count', (SELECT count(*) FROM announcements_response r WHERE r.announcement_id = a.id),
    'published_at', a.published_at, 'updated_at', a.updated_at"""
THEME = """(EXISTS (SELECT 1 FROM announcements_claim c WHERE c.announcement_id = a.id AND c.theme_id = 'ai')
    OR EXISTS (SELECT 1 FROM announcements_claim c JOIN announcements_ledgerentry e ON e.pot_id = c.pot_id
        WHERE c.announcement_id = a.id AND e.theme_id = 'ai'))"""
WORDS = "a.id IN (SELECT id FROM announcements_search WHERE document @@ plainto_tsquery('english', 'hospital'))"


def page(condition):
    """The SQL of one page of announcements and their number, as the API's JSON."""
    return f"""SELECT json_build_object(
        'count', (SELECT count(*) FROM announcements_announcement a WHERE a.status = 'published' AND {condition}),
        'results', (SELECT json_agg(document) FROM (
            SELECT json_build_object({HEAD}) AS document
            FROM announcements_announcement a JOIN programmes_organisation o ON o.id = a.announcer_id
            WHERE a.status = 'published' AND {condition}
            ORDER BY a.announced_on DESC, a.slug DESC LIMIT {PAGE}) rows))::text"""


LIVE_TOTALS = """SELECT json_agg(json_build_object('theme', theme_id, 'firm', firm, 'ceiling', ceiling))::text FROM (
    SELECT theme_id, sum(firm) AS firm, sum(ceiling) AS ceiling FROM announcements_ledgerentry
    WHERE measure = 'announced' GROUP BY theme_id ORDER BY theme_id) sums"""

CLAIM = """json_build_object('key', c.key, 'name', c.name, 'as_stated', c.as_stated, 'amount', c.amount, 'low', c.low,
    'high', c.high, 'currency', c.currency, 'bound', c.bound, 'measure', c.measure, 'terms', c.terms, 'effect', c.effect,
    'pot', (SELECT json_build_object('id', p.reference, 'name', p.name) FROM announcements_pot p WHERE p.id = c.pot_id),
    'theme', c.theme_id, 'sector', c.sector, 'additionality', c.additionality, 'note', c.note,
    'regions', (SELECT json_agg(r.region_id) FROM announcements_claim_regions r WHERE r.claim_id = c.id),
    'links', (SELECT json_agg(json_build_object('kind', l.kind, 'low', l.low, 'high', l.high))
        FROM announcements_claimlink l WHERE l.claim_id = c.id))"""


def detail(slug):
    return f"""SELECT json_build_object({HEAD}, 'note', a.note,
        'sources', (SELECT json_agg(to_json(s)) FROM announcements_source s WHERE s.announcement_id = a.id),
        'figures', (SELECT json_agg(to_json(f)) FROM announcements_figure f WHERE f.announcement_id = a.id),
        'responses', (SELECT json_agg(to_json(r)) FROM announcements_response r WHERE r.announcement_id = a.id),
        'claims', (SELECT json_agg({CLAIM}) FROM announcements_claim c WHERE c.announcement_id = a.id))::text
        FROM announcements_announcement a JOIN programmes_organisation o ON o.id = a.announcer_id WHERE a.slug = '{slug}'"""


def cases(slug):
    """{name: (address of the API, bare SQL, address of the ModelViewSet or None)}."""
    return {
        "list": ("/api/v1/announcements/", page("true"), "/default/"),
        "filter": ("/api/v1/announcements/?theme=ai", page(THEME), "/default/?claims__theme=ai"),
        "search": ("/api/v1/announcements/?q=hospital", page(WORDS), "/default/?search=hospital"),
        "detail": (f"/api/v1/announcements/{slug}/", detail(slug), f"/default/{slug}/"),
        "totals": ("/api/v1/totals/?by=theme", LIVE_TOTALS, None),
    }


def default_routes(slug):
    """Addresses of a ModelViewSet as the tutorials write it, with nested serializers, and of a constant answer."""
    from django.urls import include, path
    from django_filters.rest_framework import DjangoFilterBackend
    from rest_framework import filters, pagination, response, routers, serializers, views, viewsets

    from announcements.models import Announcement, AnnouncementDocument, Claim, Figure, Response, Source
    from programmes.models import Organisation, Programme

    def of(model, **nested):
        meta = type("Meta", (), {"model": model, "fields": "__all__"})
        return type(f"Default{model.__name__}", (serializers.ModelSerializer,), {"Meta": meta, **nested})

    class Pages(pagination.PageNumberPagination):
        page_size = PAGE

    class Default(viewsets.ModelViewSet):
        queryset = Announcement.objects.filter(status="published").order_by("-announced_on", "-slug")
        serializer_class = of(
            Announcement,
            announcer=of(Organisation)(),
            programmes=of(Programme)(many=True),
            sources=of(Source)(many=True),
            figures=of(Figure)(many=True),
            claims=of(Claim)(many=True),
            responses=of(Response)(many=True),
        )
        lookup_field = "slug"
        pagination_class = Pages
        filter_backends = [DjangoFilterBackend, filters.SearchFilter]
        filterset_fields = ["claims__theme"]
        search_fields = ["title", "summary"]

    class Constant(views.APIView):
        """What a view that does nothing costs: the same document, ready in memory."""

        document = None

        def get(self, request):
            return response.Response(self.document)

    router = routers.SimpleRouter()
    router.register("", Default)
    Constant.document = json.loads(AnnouncementDocument.objects.get(announcement__slug=slug).whole)
    return [path("constant/", Constant.as_view()), path("default/", include(router.urls))]


def timed(ask):
    begun = time.perf_counter()
    ask()
    return (time.perf_counter() - begun) * 1000


def compare(rounds):
    """{case: {what: median milliseconds}}, every one asked once a round."""
    from django.db import connection
    from django.test import Client

    from announcements.ledger import totals
    from announcements.models import Announcement
    from healthfund import urls

    client = Client()
    published = Announcement.objects.published().order_by("slug")
    slug = published[published.count() // 2].slug
    urls.urlpatterns += default_routes(slug)

    def get(address):
        answer = client.get(address)
        assert answer.status_code == 200, (address, answer.status_code, answer.content[:300])

    def execute(sql):
        with connection.cursor() as cursor:
            cursor.execute(sql.replace("%", "%%"))
            assert cursor.fetchone()[0]

    asks = {}
    for name, (address, sql, default) in cases(slug).items():
        asks[name, "API"] = lambda address=address: get(address)
        asks[name, "bare SQL"] = lambda sql=sql: execute(sql)
        if default:
            asks[name, "default DRF"] = lambda default=default: get(default)
    asks["totals", "sums alone"] = lambda: totals.by("theme")
    asks["detail", "constant DRF"] = lambda: get("/constant/")
    spent = {key: [] for key in asks}
    for turn in range(rounds + 1):
        for key, ask in asks.items():
            took = timed(ask)
            if turn:
                spent[key].append(took)
    medians = {}
    for (name, what), took in spent.items():
        medians.setdefault(name, {})[what] = statistics.median(took)
    return medians


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--rounds", type=int, default=30)
    rounds = parser.parse_args().rounds
    os.chdir(PROJECT)
    sys.path.insert(0, str(PROJECT))
    os.environ["DJANGO_SETTINGS_MODULE"] = "healthfund.settings"
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    import django

    django.setup()
    from django.conf import settings
    from django.db import connection

    from announcements.models import Announcement, LedgerEntry

    if connection.vendor != "postgresql":
        sys.exit("The bare SQL is PostgreSQL's: name such a database in DATABASE_URL.")
    settings.ALLOWED_HOSTS = ["*"]
    settings.SECURE_SSL_REDIRECT = False
    # A benchmark asks more often than any visitor may.
    settings.API_RATES = dict.fromkeys(settings.API_RATES, 0)
    print(f"{Announcement.objects.published().count():,} announcements, {LedgerEntry.objects.count():,} entries, "
          f"{rounds} rounds, medians in ms")  # fmt: skip
    print(f"{'':8} {'API':>9} {'bare SQL':>9} {'ratio':>8} {'default DRF':>12} {'ratio':>8}")
    for name, medians in compare(rounds).items():
        ours, bare, default = medians["API"], medians["bare SQL"], medians.get("default DRF")
        line = f"{name:8} {ours:9.2f} {bare:9.2f} {bare / ours:7.1f}x"
        if default:
            line += f" {default:12.2f} {default / ours:7.1f}x"
        if alone := medians.get("sums alone"):
            line += f"   the sums without the API {alone:.2f}, {bare / alone:.1f}x"
        if constant := medians.get("constant DRF"):
            line += f"   constant DRF answer {constant:.2f}, {constant / ours:.2f} of its speed"
        print(line)


if __name__ == "__main__":
    main()
