"""Announcements: what was said, by whom, where it can be read, and whether it is public."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.text import slugify

from .. import publishing
from ..models import AnnouncedTarget, Announcement, Claim, Figure, Response, Source
from .claims import ClaimInline, as_they_count, side_by_side
from .history import Historied
from .merging import Mergeable
from .saving import HangsOnAnAnnouncement, InPlace, SavedAsAWhole, may_publish, save_in_place, tell
from .used import WhereUsed

PLACE = "Its place in the list, from 0; empty: after the last."


class AnnouncementForm(forms.ModelForm):
    """An announcement; its id is made of its day and title where none is typed, and stays once it has been public."""

    class Meta:
        help_texts = {
            "slug": "The public name: the day, then a few words, such as 2018-07-20-hospital-technology. "
            "Empty: made of day and title. It stays once the announcement has been public.",
            "announcer": "Who announced it.",
            "role": "In which role that person spoke.",
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if slug := self.fields.get("slug"):
            slug.required = False
            slug.disabled = bool(self.instance.published_at)

    def clean(self):
        cleaned = super().clean()
        day, title, slug = cleaned.get("announced_on"), cleaned.get("title"), cleaned.get("slug")
        if day and title and slug == "":
            cleaned["slug"] = slug = f"{day}-{slugify(title)}"[:160].strip("-")
        if day and slug and not slug.startswith(f"{day}-"):
            self.add_error(
                "announced_on" if self.fields["slug"].disabled else "slug", f"The id starts with the day: {day}."
            )
        return cleaned


class SourceForm(InPlace):
    beside = {"source_has_publisher": "publisher"}

    class Meta:
        help_texts = {
            "announcement": "What can be read there. It stays there.",
            "position": PLACE,
            "url": "The address of the page itself. Empty where it is in print only.",
            "publisher": "Who published it, such as GOV.UK.",
            "published_on": "The day that it was published, which may be later than the announcement's.",
            "kind": "What it is.",
        }


class FigureForm(InPlace):
    beside = {"figure_says_what": "as_stated"}

    class Meta:
        help_texts = {
            "announcement": "What states it. It stays there.",
            "position": PLACE,
            "kind": "What sort of number it is.",
            "note": "What a reader should know about it.",
        }


class ResponseForm(InPlace):
    beside = {"response_summarised": "summary"}

    class Meta:
        help_texts = {
            "announcement": "What it answers. It stays there.",
            "position": PLACE,
            "organisation": "Who answered.",
            "person": "Who spoke, where somebody is named.",
            "role": "In which role that person spoke.",
            "stance": "Whether they welcome it.",
            "note": "What a reader should know about it.",
        }

    def clean(self):
        cleaned = super().clean()
        announcement = cleaned.get("announcement") or self.instance.announcement_id and self.instance.announcement
        for name in ("claim", "source"):
            row = cleaned.get(name)
            if row and announcement and row.announcement_id != announcement.pk:
                self.add_error(name, "This belongs to another announcement.")
        return cleaned


class AnnouncedTargetForm(InPlace):
    class Meta:
        help_texts = {"target": "The promise, as the list of targets has it.", "position": PLACE}


class SourceInline(admin.StackedInline):
    model = Source
    form = SourceForm
    fields = (("url", "kind"), ("publisher", "published_on", "position"))
    ordering = ("position", "pk")
    extra = 0


class FigureInline(admin.StackedInline):
    model = Figure
    form = FigureForm
    fields = (("as_stated", "what"), ("kind", "note", "position"))
    ordering = ("position", "pk")
    extra = 0
    verbose_name_plural = "Figures that are not money announced"


class ResponseInline(admin.StackedInline):
    model = Response
    form = ResponseForm
    fields = (("organisation", "stance"), ("person", "role"), "summary", ("source", "claim"), "note", "position")
    autocomplete_fields = ("organisation",)
    ordering = ("position", "pk")
    extra = 0

    def get_formset(self, request, obj=None, **kwargs):
        self.announcement = obj
        return super().get_formset(request, obj, **kwargs)

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name in {"source", "claim"}:
            rows = {"source": Source, "claim": Claim}[db_field.name].objects
            mine = rows.filter(announcement=self.announcement) if self.announcement else rows.none()
            kwargs["queryset"] = mine.order_by("position", "pk")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class AnnouncedTargetInline(admin.TabularInline):
    model = AnnouncedTarget
    form = AnnouncedTargetForm
    autocomplete_fields = ("target",)
    ordering = ("position", "pk")
    extra = 0
    verbose_name = "target"
    verbose_name_plural = "Targets that it announces"


@admin.register(Announcement)
class AnnouncementAdmin(Mergeable, WhereUsed, Historied, SavedAsAWhole):
    form = AnnouncementForm
    fieldsets = (
        ("What was said", {"fields": ("announced_on", "title", "slug", "summary", "programmes", "note")}),
        ("Who said it", {"fields": ("announcer", ("person", "role"))}),
        ("Where it stands", {"fields": ("status", "missing", "published_at", "withdrawn_reason", "updated_at")}),
    )
    readonly_fields = ("status", "missing", "published_at", "withdrawn_reason", "updated_at")
    inlines = (SourceInline, ClaimInline, FigureInline, ResponseInline, AnnouncedTargetInline)
    autocomplete_fields = ("announcer", "programmes")
    list_display = ("title", "announced_on", "announcer", "status", "claim_count")
    list_filter = ("status", "claims__theme", "sources__kind", "programmes")
    list_select_related = ("announcer",)
    search_fields = ("title", "slug", "summary", "claims__name", "claims__as_stated", "sources__url")
    date_hierarchy = "announced_on"
    ordering = ("-announced_on", "-slug")
    list_per_page = 50
    actions = ("publish_selected", "withdraw_selected")

    def announcement_of(self, obj):
        return obj

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(claim_count=Count("claims", distinct=True))

    @admin.display(description="claims", ordering="claim_count")
    def claim_count(self, announcement):
        return announcement.claim_count

    def get_view_on_site_url(self, obj=None):
        return obj.get_absolute_url() if obj and obj.is_published else None

    @admin.display(description="To mend before it can be published")
    def missing(self, announcement):
        if announcement.pk is None or announcement.is_published:
            return "–"
        faults = publishing.faults(announcement, at=timezone.now())
        return format_html_join("", "<div>{}</div>", ((fault,) for fault in faults)) or "Nothing."

    def save_formset(self, request, form, formset, change):
        if formset.model is Claim:
            formset.save_in_place()
            request.claims_entered = bool(formset.new_objects)
        else:
            save_in_place(formset)

    # Deleting

    def strike(self, request, obj):
        publishing.remove(announcement=obj, by=request.user, at=timezone.now())

    def get_deleted_objects(self, objs, request):
        deleted, counts, perms, protected = super().get_deleted_objects(objs, request)
        return deleted, counts, perms, [*protected, *(why for obj in objs for why in publishing.why_not_removable(obj))]

    # Publishing and withdrawing

    def has_publish_permission(self, request):
        return may_publish(request)

    def get_urls(self):
        return [
            path(
                "<path:object_id>/withdraw/",
                self.admin_site.admin_view(self.withdraw_view),
                name="announcements_announcement_withdraw",
            ),
            path(
                "<path:object_id>/publish/",
                self.admin_site.admin_view(self.publish_view),
                name="announcements_announcement_publish",
            ),
            *super().get_urls(),
        ]

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        may = may_publish(request) and self._may_save(request, obj, add)
        context["show_publish"] = may and (obj is None or not obj.is_published)
        context["show_withdraw"] = may and obj is not None and obj.is_published
        return super().render_change_form(request, context, add, change, form_url, obj)

    def _may_save(self, request, obj, add):
        return self.has_add_permission(request) if add else self.has_change_permission(request, obj)

    def response_add(self, request, obj, post_url_continue=None):
        return self._published(request, obj) or super().response_add(request, obj, post_url_continue)

    def response_change(self, request, obj):
        return self._published(request, obj) or super().response_change(request, obj)

    def _published(self, request, obj):
        """Where "Save and publish" was pressed: publish what was just saved, and stay on its page.

        Where pots would be added to each other and nothing yet says whether one lies in another, ask first.
        """
        if getattr(request, "claims_entered", False):
            self._point_to_claims(request, obj)
        if "_publish" not in request.POST:
            return None
        if not may_publish(request):
            raise PermissionDenied
        if side_by_side(obj) and not publishing.faults(obj, at=timezone.now()):
            self.message_user(request, "It was saved, and is not published yet.", messages.WARNING)
            return HttpResponseRedirect(reverse("admin:announcements_announcement_publish", args=[obj.pk]))
        if not self._publish(request, obj):
            self.message_user(request, "It was saved, and is not published yet.", messages.WARNING)
        return HttpResponseRedirect(reverse("admin:announcements_announcement_change", args=[obj.pk]))

    def _point_to_claims(self, request, announcement):
        pages = format_html_join(
            " · ",
            '<a href="{}">{}</a>',
            (
                (reverse("admin:announcements_claim_change", args=[claim.pk]), claim.name)
                for claim in announcement.claims.in_order()
            ),
        )
        self.message_user(
            request, format_html("Links to other pots and amounts by region are on each claim’s page: {}", pages)
        )

    def publish_view(self, request, object_id):
        """Show what each claim will count as, and publish once that is confirmed."""
        announcement = get_object_or_404(Announcement, pk=object_id)
        if not may_publish(request):
            raise PermissionDenied
        if request.method == "POST" or announcement.is_published:
            if request.method == "POST":
                self._publish(request, announcement)
            return HttpResponseRedirect(reverse("admin:announcements_announcement_change", args=[announcement.pk]))
        context = {
            **self.admin_site.each_context(request),
            "title": "Publish",
            "opts": self.opts,
            "announcement": announcement,
            "counted": as_they_count(announcement),
            "side_by_side": side_by_side(announcement),
        }
        return TemplateResponse(request, "admin/announcements/announcement/publish.html", context)

    def _publish(self, request, announcement, about=""):
        try:
            publishing.publish(announcement=announcement, by=request.user, at=timezone.now())
        except publishing.NotPublishable as refusal:
            tell(self, request, refusal, about)
            return False
        self.log_change(request, announcement, "Published.")
        self.message_user(request, f"“{announcement}” is published.", messages.SUCCESS)
        return True

    @admin.action(description="Publish", permissions=["publish"])
    def publish_selected(self, request, queryset):
        # Those that introduce a pot come before those that speak of it again.
        for announcement in Announcement.objects.filter(pk__in=queryset.values("pk")).in_order():
            self._publish(request, announcement, about=f"{announcement.slug}: ")

    @admin.action(description="Withdraw, with a reason", permissions=["publish"])
    def withdraw_selected(self, request, queryset):
        return self._withdraw(request, list(queryset), {"action": "withdraw_selected"})

    def withdraw_view(self, request, object_id):
        announcement = get_object_or_404(Announcement, pk=object_id)
        if not may_publish(request):
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
                tell(self, request, refusal, about=f"{announcement.slug}: ")
            else:
                self.log_change(request, announcement, f"Withdrawn: {announcement.withdrawn_reason}")
                self.message_user(request, f"“{announcement}” is withdrawn.", messages.SUCCESS)
        return None


@admin.register(Source)
class SourceAdmin(HangsOnAnAnnouncement):
    form = SourceForm
    fields = ("announcement", "url", "publisher", "published_on", "kind", "position")
    list_display = ("publisher", "kind", "published_on", "url", "announcement")
    list_filter = ("kind", "announcement__status")
    search_fields = ("url", "publisher", "announcement__title", "announcement__slug")
    ordering = ("-announcement__announced_on", "-announcement__slug", "position", "pk")


@admin.register(Figure)
class FigureAdmin(HangsOnAnAnnouncement):
    form = FigureForm
    fields = ("announcement", "as_stated", "what", "kind", "note", "position")
    list_display = ("as_stated", "what", "kind", "announcement")
    list_filter = ("kind", "announcement__status")
    search_fields = ("as_stated", "what", "announcement__title", "announcement__slug")
    ordering = ("-announcement__announced_on", "-announcement__slug", "position", "pk")


@admin.register(Response)
class ResponseAdmin(HangsOnAnAnnouncement):
    form = ResponseForm
    fields = (
        "announcement",
        "organisation",
        "stance",
        ("person", "role"),
        "summary",
        "source",
        "claim",
        "note",
        "position",
    )
    autocomplete_fields = ("announcement", "organisation", "source", "claim")
    list_display = ("organisation", "stance", "summary", "announcement")
    list_filter = ("stance", "announcement__status")
    list_select_related = ("announcement", "organisation")
    search_fields = ("organisation__name", "person", "summary", "announcement__title", "announcement__slug")
    ordering = ("-announcement__announced_on", "-announcement__slug", "position", "pk")
