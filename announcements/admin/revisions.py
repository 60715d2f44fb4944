"""The newsroom: the list of what is being worked on, and the page on which an announcement is entered and reviewed."""

import datetime

from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.timesince import timesince
from django_htmx.http import HttpResponseClientRedirect

from ..choices import OPEN_STATES, WRITABLE_STATES, RevisionState
from ..intake import amounts
from ..models import Announcement, Pot, Revision
from ..newsroom import differences, revisions, typed
from ..newsroom.pots import TOLD_BY, told
from ..newsroom.preview import preview
from ..publishing import Refused
from . import entry, importing
from .bulk import InBulk
from .history import Historied

APPROVE = "announcements.approve_revision"
NOT_TYPED = ("approve", "send_back", "undo", "take_up", "discard")
"""What is done to a revision as it was saved last, whatever stands in the fields."""
POTS = 12
"""Pots that a lookup offers."""


class Standing(admin.SimpleListFilter):
    """The work list shows what is being worked on unless something else is asked for."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [*RevisionState.choices, ("all", "All")]

    def choices(self, changelist):
        yield {
            "selected": self.value() is None,
            "query_string": changelist.get_query_string(remove=[self.parameter_name]),
            "display": "Being worked on",
        }
        yield from list(super().choices(changelist))[1:]

    def queryset(self, request, queryset):
        queryset = queryset.typed()
        if self.value() == "all":
            return queryset
        return queryset.filter(state__in=[self.value()] if self.value() else OPEN_STATES)


class Whose(admin.SimpleListFilter):
    title = "whose"
    parameter_name = "whose"

    def lookups(self, request, model_admin):
        return [("mine", "Assigned to me"), ("written", "Begun by me"), ("nobody", "Assigned to nobody")]

    def queryset(self, request, queryset):
        asked = {
            "mine": {"assignee": request.user},
            "written": {"author": request.user},
            "nobody": {"assignee": None},
        }
        return queryset.filter(**asked.get(self.value(), {}))


class Age(admin.SimpleListFilter):
    title = "in this state for"
    parameter_name = "age"

    def lookups(self, request, model_admin):
        return [("1", "More than a day"), ("7", "More than a week"), ("30", "More than 30 days")]

    def queryset(self, request, queryset):
        if self.value() not in ("1", "7", "30"):
            return queryset
        return queryset.filter(moved_at__lt=timezone.now() - datetime.timedelta(days=int(self.value())))


@admin.register(Revision)
class RevisionAdmin(InBulk, Historied):
    list_display = ("title_or_none", "state", "age", "assignee", "author", "announced_on")
    list_filter = (Standing, Whose, Age, "assignee")
    list_select_related = ("assignee", "author")
    search_fields = ("title", "announcement", "why")
    date_hierarchy = "announced_on"
    ordering = ("-saved_at", "-pk")
    list_per_page = 50

    @admin.display(description="announcement", ordering="title")
    def title_or_none(self, revision):
        return str(revision)

    @admin.display(description="for", ordering="moved_at")
    def age(self, revision):
        return timesince(revision.moved_at, depth=1)

    # Who may

    def has_delete_permission(self, request, obj=None):
        """A revision is discarded, and can be taken up again."""
        return False

    def has_approve_permission(self, request):
        return request.user.has_perm(APPROVE)

    def get_queryset(self, request):
        return super().get_queryset(request).visible_to(request.user, all=self.has_approve_permission(request))

    # Pages

    def get_urls(self):
        return [
            *importing.urls(self.admin_site),
            path("pots/", self.admin_site.admin_view(self.pots_view), name="announcements_revision_pots"),
            path(
                "of/<str:slug>/",
                self.admin_site.admin_view(self.revise_view),
                name="announcements_revision_revise",
            ),
            *super().get_urls(),
        ]

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(request, {"title": "Announcements being worked on", **(extra_context or {})})

    def add_view(self, request, form_url="", extra_context=None):
        """An empty entry page, of a revision that is on no list until something was typed."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        return HttpResponseRedirect(self._address(revisions.empty(by=request.user, at=timezone.now())))

    def revise_view(self, request, slug):
        """The entry page of an announcement's open revision, which is begun where there is none."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_add_permission(request):
            raise PermissionDenied
        announcement = get_object_or_404(Announcement, slug=slug)
        revision = revisions.revise(announcement, by=request.user, at=timezone.now())
        return HttpResponseRedirect(self._address(revision))

    def change_view(self, request, object_id, form_url="", extra_context=None):
        revision = self.get_object(request, object_id)
        if revision is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_view_permission(request, revision):
            raise PermissionDenied
        now = timezone.now()
        if request.method == "POST":
            return self._act(request, revision, now)
        return self._show(request, revision, revision.typed, now)

    def pots_view(self, request):
        """Options of a field that looks for a pot: each with amount, programmes, day and name."""
        if not request.user.has_perm("announcements.view_pot"):
            raise PermissionDenied
        said = next(iter(request.GET.values()), "").strip()
        amount = amounts.read(said)
        found = (
            Pot.objects.introduced().looked_for(said.split(), high=amount and amount.high)
            if said
            else Pot.objects.none()
        )
        context = {"pots": [(pot.reference, told(pot)) for pot in found.prefetch_related(*TOLD_BY)[:POTS]]}
        return TemplateResponse(request, "newsroom/_pots.html", context)

    # What its buttons do

    def _act(self, request, revision, now):
        """Save what was typed, then do what was asked; where that is refused, say all reasons and keep what was typed."""
        do, _, about = request.POST.get("_do", "save").partition(":")
        if do == "keep" and self._version(request, revision) != revision.version:
            # Their page is drawn anew by saving, with what the others wrote; there is no room for that here.
            return HttpResponse(status=204, headers={"HX-Trigger": "beside"})
        words = typed.unflatten(request.POST.lists())
        given = {"shown": do, "more": None, "refused": [], "collision": None}
        try:
            if do in ("approve", "send_back", "take_up", "discard"):
                self._may(request, do)
            if revision.state in WRITABLE_STATES and do not in NOT_TYPED:
                self._may(request, "save")
                words, given["more"] = self._changed(do, about, words)
                saved = revisions.save(
                    revision,
                    typed.trimmed(words),
                    version=self._version(request, revision),
                    by=request.user,
                    at=now,
                    why=request.POST.get("_why"),
                )
                self._when_and_whose(request, saved.revision, now)
                if saved.changes:
                    given["taken_in"] = saved
                revision = saved.revision
            revision = self._done(request, do, about, revision, now)
        except revisions.Collision as collision:
            given["collision"], revision, words = collision, collision.revision, collision.merged
        except Refused as refusal:
            given["refused"] = refusal.reasons
            revision.refresh_from_db()
        else:
            # Only what is kept while somebody types is shown as it stands on their page, empty rows and all.
            if do != "keep":
                words = revision.typed
        if do in ("submit", "approve", "discard", "send_back", "take_up") and not (
            given["refused"] or given["collision"]
        ):
            self._say(request, do, revision)
            onward = (
                reverse("admin:announcements_revision_changelist")
                if do in ("submit", "approve", "discard")
                else self._address(revision)
            )
            # htmx would follow by itself, and look in the next page for the form of this one.
            leave = HttpResponseClientRedirect if "HX-Request" in request.headers else HttpResponseRedirect
            return leave(onward)
        response = self._show(request, revision, words, now, **given)
        if do != "keep":
            response["HX-Push-Url"] = self._address(revision)
        return response

    def _may(self, request, do):
        allowed = {
            "approve": self.has_approve_permission(request),
            "send_back": self.has_change_permission(request),
        }.get(do, self.has_change_permission(request))
        if not allowed:
            raise PermissionDenied

    def _changed(self, do, about, words):
        """What was typed as a button changes it, and the place of the list that gets one more row."""
        if do in ("add", "more"):
            return words, entry.place_of(about)
        if do == "remove":
            return entry.without(words, entry.place_of(about)), None
        if do == "sum":
            words = typed.with_sum(words, about)
            return words, ("claims", len(words["claims"]) - 1)
        if do == "verdict":
            claim, pot, verdict = about.split("|")
            return typed.with_verdict(words, int(claim), pot, verdict), None
        return words, None

    def _when_and_whose(self, request, revision, now):
        if "_assignee" not in request.POST:
            return
        people = get_user_model().objects.filter(is_staff=True, is_active=True)
        chosen = people.filter(pk=request.POST["_assignee"] or None).first()
        if chosen != revision.assignee:
            revisions.assign(revision, to=chosen, by=request.user, at=now)
        moments = {key: _moment(request.POST.get(f"_{key}")) for key in ("publish_at", "embargo_until")}
        if any(moments[key] != getattr(revision, key) for key in moments):
            revisions.schedule(revision, **moments, by=request.user, at=now)
        revision.refresh_from_db()

    def _done(self, request, do, about, revision, now):
        how = {"by": request.user, "at": now}
        seen = {"version": revision.version} if revision.state in WRITABLE_STATES else {}
        if do == "submit":
            return revisions.submit(revision, **seen, **how, why=request.POST.get("_why"))
        if do == "approve":
            return revisions.approve(revision, version=self._version(request, revision), **how)
        if do == "send_back":
            return revisions.send_back(revision, said=request.POST.get("_said", ""), **how)
        if do == "discard":
            return revisions.discard(revision, **how)
        if do == "take_up":
            return revisions.take_up(revision, **how)
        if do == "catch_up":
            revisions.catch_up(revision, **how)
        if do == "undo":
            revisions.undo(revision, to=int(about), **how)
        return Revision.objects.get(pk=revision.pk)

    def _version(self, request, revision):
        said = request.POST.get("_version", "")
        return int(said) if said.isdigit() else revision.version

    def _say(self, request, do, revision):
        said = {
            "submit": f"“{revision}” is in review.",
            "approve": f"“{revision}” is {revision.get_state_display().lower()}.",
            "discard": f"“{revision}” is discarded. It can be taken up again.",
            "send_back": f"“{revision}” is a draft again.",
            "take_up": f"“{revision}” is a draft again.",
        }
        self.message_user(request, said[do], messages.SUCCESS)

    def _address(self, revision):
        return reverse("admin:announcements_revision_change", args=[revision.pk])

    def _show(self, request, revision, words, now, *, shown="", more=None, refused=(), collision=None, taken_in=None):
        judged = revisions.judge(revision, at=now, words=words)
        may_write = revision.state in WRITABLE_STATES and self.has_change_permission(request, revision)
        reviews = revision.state == RevisionState.IN_REVIEW and self.has_approve_permission(request)
        previewed = shown == "preview" or revision.state == RevisionState.IN_REVIEW and shown != "keep"
        context = {
            **self.admin_site.each_context(request),
            "is_nav_sidebar_enabled": False,
            "opts": self.opts,
            "title": "Revise" if not revision.is_new else "New announcement" if revision.state == "draft" else "Review",
            "revision": revision,
            "page": entry.Page(
                revision, words, judged, more=more, asked=shown == "submit", text=request.POST.get("_text", "")
            ),
            "action": self._address(revision),
            "may_write": may_write,
            "may_change": self.has_change_permission(request, revision),
            "may_approve": self.has_approve_permission(request),
            "reviews": reviews,
            "people": get_user_model().objects.filter(is_staff=True, is_active=True).order_by("username"),
            "preview": preview(judged.record, at=max(now, revision.goes_live_at or now)) if previewed else None,
            "compared": None if revision.is_new else differences.between(revision.base, judged.record),
            "behind": bool(revision.announcement)
            and revision.is_open
            and revisions.public_records([revision.announcement]).get(revision.announcement) != revision.base,
            "before": revision.versions.filter(version__lt=revision.version).order_by("-version").first(),
            "refused": refused,
            "collision": collision,
            "taken_in": taken_in,
            "now": now,
        }
        return TemplateResponse(request, "newsroom/entry.html", context)


def _moment(text):
    """A moment as a field for day and time gives it, of London; None where there is none."""
    moment = parse_datetime(text) if text else None
    return timezone.make_aware(moment) if moment and timezone.is_naive(moment) else moment
