"""Published announcements as an interchange document, in canonical form."""

import json

from django.db.models import Prefetch

from ..choices import LinkKind
from ..models import AnnouncedTarget, Claim, ClaimLink, Figure, RegionSplit, Response, Source
from .format import FORMAT, compact, number, pounds, rate

CHUNK = 500
"""Announcements that are held in memory at a time."""


def document(announcements):
    """The interchange document of a queryset of announcements, in its order, with a fixed number of queries."""
    return {"format": FORMAT, "announcements": [announcement(row) for row in prefetched(announcements)]}


def pieces(announcements, indent=None):
    """The text of the same document piece by piece, for as many announcements as there may be. Ends with a line end."""
    end, margin = ("\n", " " * indent) if indent else ("", "")
    separator = f'{{{end}{margin}"format": {json.dumps(FORMAT)},{end or " "}{margin}"announcements": ['
    for row in prefetched(announcements).iterator(chunk_size=CHUNK):
        text = json.dumps(announcement(row), ensure_ascii=False, indent=indent)
        yield separator + "".join(f"{end}{2 * margin}{line}" for line in text.splitlines())
        separator = "," if indent else ", "
    empty = separator.startswith("{")
    yield (separator if empty else f"{end}{margin}") + f"]{end}}}\n"


def prefetched(announcements):
    """The queryset with all that `announcement` needs, each list in its order."""
    return announcements.select_related("announcer").prefetch_related(
        "programmes",
        _ordered("sources", Source.objects.all()),
        _ordered("figures", Figure.objects.all()),
        _ordered("announced_targets", AnnouncedTarget.objects.select_related("target")),
        _ordered("responses", Response.objects.select_related("organisation")),
        _ordered("claims", Claim.objects.select_related("pot")),
        "claims__programmes",
        "claims__tags",
        "claims__regions",
        Prefetch("claims__splits", queryset=RegionSplit.objects.select_related("region")),
        _ordered("claims__links", ClaimLink.objects.select_related("pot")),
    )


def _ordered(relation, rows):
    return Prefetch(relation, queryset=rows.order_by("position", "pk"))


def announcement(row):
    """One announcement, fetched with `prefetched`, as the format writes it: a dict of JSON values."""
    sources = list(row.sources.all())
    place_of = {source.pk: place for place, source in enumerate(sources)}
    claims = list(row.claims.all())
    key_of = {claim.pk: claim.key for claim in claims}
    return compact(
        {
            "id": row.slug,
            "announced_on": row.announced_on,
            "title": row.title,
            "summary": row.summary,
            "announcer": _speaker(row.announcer, row),
            "programmes": _names(row.programmes),
            "sources": [
                {
                    "url": source.url or None,
                    "publisher": source.publisher,
                    "published_on": source.published_on,
                    "kind": source.kind,
                }
                for source in sources
            ],
            "claims": [_claim(claim) for claim in claims],
            "figures": [
                {"as_stated": figure.as_stated, "what": figure.what, "kind": figure.kind, "note": figure.note or None}
                for figure in row.figures.all()
            ],
            "targets": [_target(announced.target) for announced in row.announced_targets.all()],
            "responses": [
                _speaker(response.organisation, response)
                | {
                    "stance": response.stance,
                    "summary": response.summary,
                    "source": place_of.get(response.source_id),
                    "claim": key_of.get(response.claim_id),
                    "note": response.note or None,
                }
                for response in row.responses.all()
            ],
            "note": row.note or None,
        }
    )


def _speaker(organisation, row):
    return {"organisation": organisation.name, "person": row.person or None, "role": row.role or None}


def _target(target):
    return {
        "metric": target.metric,
        "value": number(target.value),
        "unit": target.unit,
        "due": target.due or None,
        "wording": target.wording,
        "note": target.note or None,
    }


def _claim(claim):
    links = list(claim.links.all())
    return {
        "key": claim.key,
        "name": claim.name,
        "as_stated": claim.as_stated or None,
        "amount": pounds(claim.amount),
        "low": pounds(claim.low),
        "high": pounds(claim.high),
        "currency": claim.currency,
        "rate": claim.rate
        and {"gbp_per_unit": rate(claim.rate), "on": str(claim.rate_on), "source": claim.rate_source},
        "bound": claim.bound,
        "measure": claim.measure,
        "terms": claim.terms,
        "price_year": claim.price_year,
        "effect": claim.effect,
        "about": None if claim.introduces_pot else claim.pot.reference,
        "part_of": [link.pot.reference for link in links if link.kind == LinkKind.PART_OF],
        "includes": [link.pot.reference for link in links if link.kind == LinkKind.INCLUDES],
        "partly_in": [_share(link) for link in links if link.kind == LinkKind.PARTLY_IN],
        "overlaps": [_share(link) for link in links if link.kind == LinkKind.OVERLAPS],
        "programmes": None if claim.all_programmes else _names(claim.programmes),
        "sector": claim.sector or None,
        "funders": claim.funders,
        "recipients": claim.recipients,
        "additionality": claim.additionality or None,
        "nature": claim.nature or None,
        "instrument": claim.instrument or None,
        "start_fy": claim.start_fy,
        "end_fy": claim.end_fy,
        "profile": {year: pounds(pence) for year, pence in claim.profile.items()},
        "theme": claim.theme_id,
        "tags": sorted(theme.key for theme in claim.tags.all()),
        "regions": [region.key for region in sorted(claim.regions.all(), key=lambda region: region.position)],
        "splits": [
            {"region": split.region_id, "amount": pounds(split.amount)}
            for split in sorted(claim.splits.all(), key=lambda split: split.region.position)
        ],
        "note": claim.note or None,
    }


def _share(link):
    return {"pot": link.pot.reference, "low": pounds(link.low), "high": pounds(link.high)}


def _names(programmes):
    return sorted(programme.name for programme in programmes.all())
