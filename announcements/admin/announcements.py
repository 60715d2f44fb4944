"""Announcements as they stand, and all that hangs on them: to look at. They are changed on the entry page alone."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone

from .. import publishing
from ..choices import Status
from ..models import AnnouncedTarget, Announcement, Claim, Figure, Response, Source
from .history import Historied
from .ledger import InlineLookedAt, LookedAt
from .merging import Mergeable
from .used import WhereUsed

PUBLISH = "announcements.publish_announcement"


class SourceInline(InlineLookedAt):
    model = Source
    fields = ("url", "publisher", "published_on", "kind")
    ordering = ("position", "pk")


class ClaimInline(InlineLookedAt):
    model = Claim
    fields = ("name", "as_stated", "effect", "pot", "theme", "note")
    ordering = ("position", "pk")
    show_change_link = True

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("pot", "theme")


class FigureInline(InlineLookedAt):
    model = Figure
    fields = ("as_stated", "what", "kind", "note")
    ordering = ("position", "pk")
    verbose_name_plural = "Figures that are not money announced"


class ResponseInline(InlineLookedAt):
    model = Response
    fields = ("organisation", "person", "role", "stance", "summary")
    ordering = ("position", "pk")

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("organisation")


class AnnouncedTargetInline(InlineLookedAt):
    model = AnnouncedTarget
    fields = ("target",)
    ordering = ("position", "pk")
    verbose_name = "target"
    verbose_name_plural = "Targets that it announces"

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("target")


@admin.register(Announcement)
class AnnouncementAdmin(Mergeable, WhereUsed, Historied, LookedAt, admin.ModelAdmin):
    change_form_template = "newsroom/announcement.html"
    fieldsets = (
        ("What was said", {"fields": ("announced_on", "title", "slug", "summary", "programmes", "note")}),
        ("Who said it", {"fields": ("announcer", ("person", "role"))}),
        ("Where it stands", {"fields": ("status", "published_at", "withdrawn_reason", "updated_at")}),
    )
    readonly_fields = ("published_at", "withdrawn_reason", "updated_at")
    inlines = (SourceInline, ClaimInline, FigureInline, ResponseInline, AnnouncedTargetInline)
    list_display = ("title", "announced_on", "announcer", "status", "claim_count")
    list_filter = ("status", "claims__theme", "sources__kind", "programmes")
    list_select_related = ("announcer",)
    search_fields = ("title", "slug", "summary", "claims__name", "claims__as_stated", "sources__url")
    date_hierarchy = "announced_on"
    ordering = ("-announced_on", "-slug")
    list_per_page = 50
    actions = ("withdraw_selected",)

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(claim_count=Count("claims", distinct=True))

    @admin.display(description="claims", ordering="claim_count")
    def claim_count(self, announcement):
        return announcement.claim_count

    def get_view_on_site_url(self, obj=None):
        return obj.get_absolute_url() if obj and obj.is_published else None

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        context["may_revise"] = request.user.has_perm("announcements.add_revision")
        context["may_withdraw"] = self.has_publish_permission(request) and obj.is_published
        return super().render_change_form(request, context, add, change, form_url, obj)

    # Deleting drafts

    def has_delete_permission(self, request, obj=None):
        may = admin.ModelAdmin.has_delete_permission(self, request, obj)
        return may and (obj is None or obj.status == Status.DRAFT)

    def get_actions(self, request):
        # Each is deleted by itself, with its own reasons where it cannot be.
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def get_deleted_objects(self, objs, request):
        """What hangs on a draft goes with it, whoever may delete that."""
        deleted, counts, _, protected = super().get_deleted_objects(objs, request)
        return deleted, counts, set(), [*protected, *(why for one in objs for why in publishing.why_not_removable(one))]

    def delete_model(self, request, obj):
        publishing.remove(announcement=obj, by=request.user, at=timezone.now())

    # Withdrawing

    def has_publish_permission(self, request):
        return request.user.has_perm(PUBLISH)

    def get_urls(self):
        return [
            path(
                "<path:object_id>/withdraw/",
                self.admin_site.admin_view(self.withdraw_view),
                name="announcements_announcement_withdraw",
            ),
            *super().get_urls(),
        ]

    @admin.action(description="Withdraw, with a reason", permissions=["publish"])
    def withdraw_selected(self, request, queryset):
        return self._withdraw(request, list(queryset), {"action": "withdraw_selected"})

    def withdraw_view(self, request, object_id):
        announcement = get_object_or_404(Announcement, pk=object_id)
        if not self.has_publish_permission(request):
            raise PermissionDenied
        return self._withdraw(request, [announcement], {}) or HttpResponseRedirect(
            reverse("admin:announcements_announcement_change", args=[announcement.pk])
        )

    def _withdraw(self, request, announcements, again):
        """Ask for the reason, then withdraw those that lean on others before those. None when all is done."""
        reason = request.POST.get("reason")
        if reason is None or not reason.strip():
            if reason is not None:
                self.message_user(request, "Give the reason: readers are shown it.", messages.ERROR)
            context = {
                **self.admin_site.each_context(request),
                "title": "Withdraw",
                "opts": self.opts,
                "announcements": announcements,
                "again": again,
            }
            return TemplateResponse(request, "admin/announcements/announcement/withdraw.html", context)
        chosen = Announcement.objects.filter(pk__in=[announcement.pk for announcement in announcements])
        for announcement in chosen.latest_first():
            try:
                publishing.withdraw(announcement=announcement, reason=reason, by=request.user, at=timezone.now())
            except publishing.NotWithdrawable as refusal:
                for why in refusal.reasons:
                    self.message_user(request, f"{announcement.slug}: {why}", messages.ERROR)
            else:
                self.message_user(request, f"“{announcement}” is withdrawn.", messages.SUCCESS)
        return None


class PartAdmin(LookedAt, admin.ModelAdmin):
    """What hangs on announcements, in a list of its own."""

    change_form_template = "newsroom/part.html"
    list_select_related = ("announcement",)
    ordering = ("-announcement__announced_on", "-announcement__slug", "position", "pk")
    list_per_page = 50


@admin.register(Source)
class SourceAdmin(PartAdmin):
    list_display = ("publisher", "kind", "published_on", "url", "announcement")
    list_filter = ("kind", "announcement__status")
    search_fields = ("url", "publisher", "announcement__title", "announcement__slug")


@admin.register(Figure)
class FigureAdmin(PartAdmin):
    list_display = ("as_stated", "what", "kind", "announcement")
    list_filter = ("kind", "announcement__status")
    search_fields = ("as_stated", "what", "announcement__title", "announcement__slug")


@admin.register(Response)
class ResponseAdmin(PartAdmin):
    list_display = ("organisation", "stance", "summary", "announcement")
    list_filter = ("stance", "announcement__status")
    list_select_related = ("announcement", "organisation")
    search_fields = ("organisation__name", "person", "summary", "announcement__title", "announcement__slug")
