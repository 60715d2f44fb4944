"""The few claims that are grants in the sense of the 360Giving Data Standard, as its JSON has them.

THREESIXTY.md beside this says where the mapping is honest and where it is not. UNFIT is the rule; the counts that it
gives are told in the file itself.
"""

from collections import Counter
from decimal import Decimal

from django.db.models import Exists, OuterRef, Prefetch

from announcements.choices import Bound, ClaimMeasure, Effect, Instrument, Terms
from announcements.models import Claim
from programmes.models import Organisation, Programme, Region

from .statement import LICENCE

TITLE = 140
"""Characters that the standard's guidance allows a title."""

PREFIX = "healthfund"
"""Before ids. Ours are no 360G- ones, which only registered publishers have."""

REGISTERS = {"NHS ODS": "GB-NHS"}
"""Our schemes of identifiers by the prefix that org-id.guide gives the same register; GB-… are such prefixes already."""

UNFIT = [  # first match wins
    (
        "it neither makes nor allocates a grant: it repeats, revises, tops up, cancels, spends or proposes",
        lambda claim, _: claim.effect not in {Effect.INTRODUCES, Effect.ALLOCATES},
    ),
    (
        "its amount is no exact sum in cash: about, up to, at least, a range, yearly, in real terms, or none",
        lambda claim, _: (
            (claim.bound, claim.measure, claim.terms) != (Bound.EXACT, ClaimMeasure.TOTAL, Terms.CASH)
            or claim.amount is None
        ),
    ),
    ("it does not name exactly one funder", lambda claim, _: len(claim.funders) != 1),
    ("it does not name exactly one recipient", lambda claim, _: len(claim.recipients) != 1),
    (
        "funder or recipient is no organisation that we know: a group, a description, or not looked up yet",
        lambda claim, known: claim.funders[0] not in known or claim.recipients[0] not in known,
    ),
    ("what was said later changed the sum", lambda claim, _: claim.changed_later),
]


def why_not(claim, known):
    """Why a claim is no grant that can be told honestly; None where it is. known: organisations by every name."""
    return next((reason for reason, holds in UNFIT if holds(claim, known)), None)


def claims():
    """Published claims of grants with everything that `grant` tells."""
    others = (
        Claim.objects.published().filter(pot=OuterRef("pot")).exclude(pk=OuterRef("pk")).exclude(effect=Effect.REPEATS)
    )
    return (
        Claim.objects.published()
        .filter(instrument=Instrument.GRANT)
        .in_order()
        .annotate(changed_later=Exists(others))
        .select_related("announcement", "theme")
        .prefetch_related(
            Prefetch("regions", Region.objects.in_tree_order()),
            Prefetch("programmes", Programme.objects.by_name()),
            Prefetch("announcement__programmes", Programme.objects.by_name()),
        )
    )


def document(*, at, address, site):
    """The file: every grant that can be told honestly, and in its description how many cannot, by reason.

    at: an aware moment; address: the file's own; site: turns a path of the site into an address. Its `grants` may be
    empty, which the standard does not allow: give nothing then.
    """
    known = {}
    for organisation in Organisation.objects.by_name():
        for name in (organisation.name, organisation.short_name, *organisation.other_names):
            known.setdefault(name, organisation)
    known.pop("", None)
    grants, reasons = [], Counter()
    for claim in claims():
        reason = why_not(claim, known)
        if reason is None:
            grants.append(grant(claim, known[claim.funders[0]], known[claim.recipients[0]], site))
        else:
            reasons[reason] += 1
    return {
        "title": "Grants among announcements of UK health-technology funding",
        "description": about(len(grants), reasons),
        "issued": f"{at:%Y-%m-%d}",
        "publisher": {"name": "healthfund", "website": site("/")},
        "license": LICENCE.path,
        "accessURL": site("/"),
        "downloadURL": address,
        "grants": grants,
    }


def about(told, reasons):
    """What the file holds and lacks, in words."""
    said = "awardDate is the day of the announcement. Announced is not paid."
    left = "; ".join(f"{count} because {reason}" for reason, count in reasons.most_common())
    return f"{told} of {told + reasons.total()} announced grants. {said}" + (f" Left out: {left}." if left else "")


def grant(claim, funder, recipient, site):
    """A claim as the standard has a grant."""
    announcement = claim.announcement
    for_whom = announcement if claim.all_programmes else claim
    found = {
        "id": f"{PREFIX}-{announcement.slug}-{claim.key}",
        "title": claim.name if len(claim.name) <= TITLE else f"{claim.name[: TITLE - 1]}…",
        "description": announcement.summary,
        "currency": claim.currency,
        "amountAwarded": amount(claim.amount),
        "awardDate": announcement.announced_on.isoformat(),
        "url": site(announcement.get_absolute_url()),
        "fundingOrganization": [organisation(funder)],
        "recipientOrganization": [organisation(recipient)],
        "grantProgramme": [
            {"code": programme.slug, "title": programme.name, "url": site(programme.get_absolute_url())}
            for programme in for_whom.programmes.all()
        ],
        "beneficiaryLocation": [{"name": region.name, "countryCode": "GB"} for region in claim.regions.all()],
        "classifications": [{"vocabulary": "healthfund themes", "code": claim.theme.key, "title": claim.theme.name}]
        if claim.theme
        else [],
        "plannedDates": planned(claim),
        "dateModified": announcement.updated_at.isoformat(),
        "dataSource": site(announcement.get_absolute_url()),
    }
    return {name: value for name, value in found.items() if value != []}


def amount(hundredths):
    """A JSON number, exact: a whole one as int, and 15 digits are what a float holds."""
    pounds = Decimal(hundredths).scaleb(-2)
    return int(pounds) if pounds == pounds.to_integral_value() else float(pounds)


def organisation(row):
    return {"id": organisation_id(row), "name": row.name} | ({"url": row.website} if row.website else {})


def organisation_id(row):
    """By a public register where we know one, else by our own slug."""
    for identifier in row.identifiers:
        scheme = REGISTERS.get(identifier["scheme"], identifier["scheme"])
        if scheme.startswith("GB-"):
            return f"{scheme}-{identifier['value']}"
    return f"{PREFIX}-organisation-{row.slug}"


def planned(claim):
    """The months of the financial years that the money is for, where they are stated."""
    dates = {}
    if claim.start_fy is not None:
        dates["startDate"] = f"{int(claim.start_fy)}-04"
    if claim.end_fy is not None:
        dates["endDate"] = f"{int(claim.end_fy) + 1}-03"
    return [dates] if dates else []
