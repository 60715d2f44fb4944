"""Organisations as those who announce, those who pay and those who answer."""

from django.db.models import Count, IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from announcements.choices import Measure
from announcements.filters import Fault, OrganisationFilter
from announcements.ledger import causes
from announcements.models import Announcement, Claim, Pot, Response
from programmes.models import Organisation

from . import charts, filtering, paging, panels, responses, voices
from .charts import Ends
from .panels import Line

SIZE = 50
RESPONSES = 10
SUMS = 8


@require_safe
def listing(request):
    asked = OrganisationFilter(request.GET, with_counts(Organisation.objects.by_name()), also=[filtering.CURSOR])
    if asked.faults:
        return filtering.refuse(request, asked, asked.faults, "announcements/refused.html")
    after = request.GET.get(filtering.CURSOR, "")
    try:
        page = paging.page(asked.qs, paging.by_slug(asked.qs, after), SIZE)
    except paging.NoSuchPlace as error:
        faults = [Fault(filtering.CURSOR, str(error))]
        return filtering.refuse(request, asked, faults, "announcements/refused.html")
    top = filtering.top(request.GET)
    context = {
        "controls": filtering.controls(asked),
        "chosen": filtering.chosen(asked),
        "count": asked.qs.count(),
        "organisations": page.rows,
        "query": top,
        "top": top if after else "",
        "onward": filtering.further(request.GET, page.rows[-1].slug) if page.more else "",
    }
    return render(request, "organisations/list.html", context)


@require_safe
@filtering.takes_nothing
def detail(request, slug):
    organisation = get_object_or_404(Organisation.objects.select_related("successor"), slug=slug)
    announced = Announcement.objects.published().filter(announcer=organisation)
    answered = Response.objects.of_published().filter(organisation=organisation)
    moved = causes.moved_by(Claim.objects.published().filter(announcement__announcer=organisation))
    context = {
        "organisation": organisation,
        "predecessors": organisation.predecessors.by_name(),
        "announced": announced.count(),
        "said": Ends(*moved[Measure.SAID]),
        "moved": Ends(*moved[Measure.ANNOUNCED]),
        "latest": panels.latest(announced),
        "paid": paid_by(organisation),
        "answered": answered.count(),
        "voices": voices.of(organisation=organisation.slug),
        "responses": responses.whole(answered.latest_first())[:RESPONSES],
    }
    return render(request, "organisations/detail.html", context)


def with_counts(organisations):
    """Organisations with how many announcements and responses of theirs are published."""
    return organisations.annotate(
        announced=_number(Announcement.objects.published(), "announcer"),
        answered=_number(Response.objects.of_published(), "organisation"),
    )


def paid_by(organisation):
    """What names the organisation among its payers: causes.Paid, with the largest sums as Lines; None where nothing does."""
    names = [organisation.name, organisation.short_name, *organisation.other_names]
    paid = causes.paid_by([name for name in names if name])
    if not paid.pots:
        return None
    shown = paid.pots[:SUMS]
    named = Pot.objects.in_bulk([pot for pot, _ in shown])
    least, most = charts.room([Ends(*ends) for _, ends in shown])
    lines = [
        Line(
            named[pot].name,
            Ends(*ends),
            named[pot].get_absolute_url(),
            charts.bar(Ends(*ends), least, most),
            note=named[pot].reference[:4],
        )
        for pot, ends in shown
    ]
    return {"alone": Ends(*paid.alone), "shared": Ends(*paid.shared), "number": len(paid.pots), "lines": lines}


def _number(rows, of):
    counted = rows.filter(**{of: OuterRef("pk")}).order_by().values(of).annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)
