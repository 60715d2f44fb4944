"""One announcement: what it said and what that adds up to."""

from django.db.models import Prefetch
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from announcements.choices import Status
from announcements.ledger import newness
from announcements.models import Announcement, Claim, Response

from . import claims, filtering, history, novelty, panels


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
