"""Announcements: the list with its filters, and what one of them said."""

from django.db.models import Prefetch
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from announcements.choices import Status
from announcements.filters import NOT, AnnouncementFilter, Fault
from announcements.ledger import newness
from announcements.models import Announcement, Claim, Response
from programmes.models import Organisation, Programme

from . import claims, filtering, history, novelty, paging, panels


@require_safe
def listing(request):
    published = Announcement.objects.published()
    asked = AnnouncementFilter(request.GET, published, also=[filtering.CURSOR])
    if asked.faults:
        return filtering.refuse(request, asked, asked.faults, "announcements/refused.html")
    try:
        page = paging.page(panels.with_lines(asked.qs), request.GET.get(filtering.CURSOR, ""))
    except paging.NoSuchPlace as error:
        faults = [Fault(filtering.CURSOR, str(error))]
        return filtering.refuse(request, asked, faults, "announcements/refused.html")
    names = {
        name: _names(model, request.GET.getlist(name) + request.GET.getlist(f"{NOT}{name}"))
        for name, model in [("programme", Programme), ("organisation", Organisation)]
    }
    context = {
        "page": page,
        "count": asked.qs.count(),
        "controls": filtering.controls(asked, filtering.years_of(published)),
        "chosen": filtering.chosen(asked, names),
        "first_page": not request.GET.get(filtering.CURSOR),
        "top": filtering.further(request.GET, ""),
        "onward": filtering.further(request.GET, page.next) if page.next else "",
    }
    return render(request, "announcements/list.html", context)


@require_safe
@filtering.takes_day
def detail(request, slug, as_at):
    announcement = get_object_or_404(
        Announcement.objects.select_related("announcer").prefetch_related(
            "programmes",
            Prefetch("claims", claims.with_all(Claim.objects.order_by("position", "pk"))),
            Prefetch(
                "responses",
                Response.objects.select_related("organisation", "claim", "source").order_by("position", "pk"),
            ),
        ),
        slug=slug,
    )
    made = announcement.claims.all()
    if announcement.status == Status.WITHDRAWN:
        context = {"announcement": announcement, "history": history.of_announcement(announcement, made)}
        return render(request, "announcements/withdrawn.html", context, status=410)
    if not announcement.is_published:
        raise Http404
    spoken, responses = newness.of(announcement), announcement.responses.all()
    context = {
        "announcement": announcement,
        "as_at": as_at,
        "sources": announcement.sources.order_by("position", "pk"),
        "novelty": novelty.panel(spoken, announcement),
        "claims": claims.as_tree(made, spoken, responses, as_at),
        "figures": announcement.figures.order_by("position", "pk"),
        "targets": announcement.targets.order_by("announced_in__position", "pk"),
        "stances": panels.grouped_by_stance(responses),
        "history": history.of_announcement(announcement, made),
        "citation": history.citation(
            request,
            announcement.announcer,
            announcement.title,
            announcement.announced_on,
            as_at or history.today(),
        ),
    }
    return render(request, "announcements/detail.html", context)


def _names(model, slugs):
    return dict(model.objects.filter(slug__in=slugs).values_list("slug", "name"))
