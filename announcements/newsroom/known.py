"""What the database knows that `checks` judge a record by."""

import datetime
import itertools
from collections import defaultdict
from fractions import Fraction

from django.db.models import Q

from programmes.models import Programme

from ..choices import LINKS_TO_OUTER, WHOLE_LINKS, Flag, Status
from ..ledger.figures import half_unit
from ..models import Announcement, Claim, ClaimLink, Pot, PotFacet, Revision
from .checks import NEAR_DAYS, Known, KnownPot, Other, bare_address
from .reading import Announcement as Record


def known_for(record, *, today, besides="", revision=None):
    """What is known beside a record (a dict, perhaps half-finished): checks.Known, with at most ten queries.

    today: the last day that anything in it may be dated. besides: the id of the announcement that it is to replace, of
    which nothing is told; revision: the key of the revision that it is typed in.
    """
    said = Record.read(record)
    programmes = dict(Programme.objects.order_by("name").values_list("slug", "name"))
    named = {name for claim in said.claims for name in said.programmes_of(claim)}
    return Known(
        today=today,
        pots=_pots(said.leads_to, besides),
        programmes=_sums({slug: name for slug, name in programmes.items() if name in named}, besides),
        names=tuple(programmes.values()),
        others=(*_others(said, besides), *_being_entered(said, besides, revision)),
    )


def _pots(references, besides):
    """{reference: KnownPot} of the published claims that are meant, each with its pot."""
    claims = Claim.objects.published().filter(announcement__slug__in={ref.partition("#")[0] for ref in references})
    pot_of = {
        f"{slug}#{key}": pot
        for slug, key, pot in claims.values_list("announcement__slug", "key", "pot")
        if f"{slug}#{key}" in references
    }
    inside = _inside(set(pot_of.values()), besides)
    ids = {*pot_of.values(), *(part for parts in inside.values() for part in parts)}
    wordings = dict(Claim.objects.filter(pot__in=ids, introduces_pot=True).values_list("pot", "as_stated"))
    rows = Pot.objects.in_bulk(ids)

    def rounding(pot):
        return half_unit(wordings.get(pot.pk), pot.high) if pot.high else Fraction(0)

    return {
        reference: KnownPot(
            pot.reference,
            pot.name,
            pot.low,
            pot.high,
            rounding(pot),
            Flag.OPEN_ENDED in pot.flags,
            tuple((part.reference, part.low, rounding(part)) for part in parts if part.low is not None),
        )
        for reference, pk in pot_of.items()
        for pot, parts in [(rows[pk], [rows[part] for part in inside[pk]])]
    }


def _inside(pots, besides):
    """{pot: the pots that published claims put whole into it} of these pots."""
    to_outer = LINKS_TO_OUTER & WHOLE_LINKS
    links = (
        ClaimLink.objects.filter(claim__announcement__status=Status.PUBLISHED, kind__in=WHOLE_LINKS)
        .filter(Q(kind__in=to_outer, pot__in=pots) | Q(~Q(kind__in=to_outer), claim__pot__in=pots))
        .exclude(claim__announcement__slug=besides)
    )
    inside = defaultdict(set)
    for kind, mine, other in links.order_by("pk").values_list("kind", "claim__pot", "pot") if pots else ():
        outer, inner = (other, mine) if kind in to_outer else (mine, other)
        inside[outer].add(inner)
    return inside


def _sums(programmes, besides):
    """{programme's name: [(high end, name) of each of its pots]}."""
    rows = PotFacet.objects.filter(name="programme", value__in=programmes, pot__high__isnull=False)
    if besides:
        rows = rows.exclude(pot__reference__startswith=f"{besides}#")
    sums = defaultdict(list)
    for slug, high, name in rows.order_by("pk").values_list("value", "pot__high", "pot__name"):
        sums[programmes[slug]].append((high, name))
    return dict(sums)


def _others(said, besides):
    """Announcements of its id, with a source of its, or of about its day, in whatever state."""
    wanted = Q(slug=said.slug) | Q(sources__url__in=written(address for _, address, _ in said.sources))
    if said.day:
        wanted |= Q(announced_on__range=_about(said.day))
    rows = list(
        Announcement.objects.filter(wanted)
        .exclude(slug=besides)
        # A draft of the same id is what this is to replace.
        .exclude(slug=said.slug, status=Status.DRAFT)
        .distinct()
        .in_order()
        .prefetch_related("sources")
        .only("slug", "title", "announced_on", "status")
    )
    leaning = set()
    if besides:
        mine = f"{besides}#"
        claims = Claim.objects.filter(announcement__in=rows)
        claims = claims.filter(Q(pot__reference__startswith=mine) | Q(links__pot__reference__startswith=mine))
        leaning = set(claims.values_list("announcement", flat=True))
    return tuple(
        Other(
            row.slug,
            row.title,
            row.announced_on,
            tuple(source.url for source in row.sources.all() if source.url),
            withdrawn=row.status == Status.WITHDRAWN,
            leans=row.pk in leaning,
        )
        for row in rows
    )


def _being_entered(said, besides, revision):
    """What is typed of about its day in other revisions that are open: two may be at the same press release at once."""
    if not said.day:
        return
    rows = Revision.objects.open().filter(announced_on__range=_about(said.day)).exclude(pk=revision)
    if besides:
        rows = rows.exclude(announcement=besides)
    for title, day, author in rows.order_by("pk").values_list("title", "announced_on", "author__username"):
        yield Other(f"being entered by {author}" if author else "being entered", title, day)


def _about(day):
    span = datetime.timedelta(days=NEAR_DAYS)
    return day - span, day + span


def written(addresses):
    """The ways in which the same addresses are usually written, and as they are."""
    ways = list(itertools.product(("https://", "http://"), ("", "www."), ("", "/")))
    return {
        written
        for address in addresses
        if address
        for written in (address, *(f"{scheme}{www}{bare_address(address)}{end}" for scheme, www, end in ways))
    }
