"""Who did what to a thing, when and why: the page of each thing's history, the list of all that was done, and the notes
that the pages of reference data take."""

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html

from .. import readside
from ..choices import Did
from ..models import Announcement, AuditEntry, Pot, Revision
from ..newsroom import histories, revisions, things
from ..publishing import Refused
from .ledger import LedgerPage
from .used import seen

STEPS = 50
"""Entries on one page of a history."""

OF_PEOPLE = ("user", "group")
"""Kinds of things of which only those who look after users read."""

OURS = {
    "announcement": (Announcement, "slug"),
    "pot": (Pot, "reference"),
    "revision": (Revision, "pk"),
    "user": (get_user_model(), "username"),
}
"""Kinds of things that do not stand among `things`: the model and what is their key."""


def address(thing, key):
    """The address of a thing's history."""
    return reverse("admin:announcements_auditentry_of", args=[thing, key])


class Historied(admin.ModelAdmin):
    """A page whose history is ours instead of Django's."""

    def thing_of(self, obj):
        """What the audit log calls it: (thing, key)."""
        for thing, (model, key) in OURS.items():
            if isinstance(obj, model):
                return thing, str(getattr(obj, key))
        return things.name(obj), things.key(obj)

    def history_view(self, request, object_id, extra_context=None):
        obj = self.get_object(request, unquote(object_id))
        if obj is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_view_or_change_permission(request, obj):
            raise PermissionDenied
        return HttpResponseRedirect(address(*self.thing_of(obj)))


class Noted(Historied):
    """A page whose changes are noted in the audit log, with the document from before and after, as they are saved."""

    def save_model(self, request, obj, form, change):
        request.document_before = things.document(self.model.objects.get(pk=obj.pk)) if change else None
        super().save_model(request, obj, form, change)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        now = self.model.objects.get(pk=form.instance.pk)
        histories.note_change(now, request.document_before, by=request.user, at=timezone.now())

    def delete_model(self, request, obj):
        histories.note_deleted(obj, by=request.user, at=timezone.now())
        super().delete_model(request, obj)

    @transaction.atomic
    def delete_queryset(self, request, queryset):
        for obj in queryset:
            histories.note_deleted(obj, by=request.user, at=timezone.now())
        super().delete_queryset(request, queryset)


class By(admin.AllValuesFieldListFilter):
    """By whom; what the portal itself did has a name too."""

    def choices(self, changelist):
        for choice in super().choices(changelist):
            yield choice | {"display": choice["display"] or "the portal"}


@admin.register(AuditEntry)
class AuditEntryAdmin(LedgerPage):
    """All that was done, also to what is gone."""

    list_display = ("at", "who", "verb", "thing", "history", "why")
    list_filter = ("thing", "verb", ("by", By))
    search_fields = ("label", "key", "why", "by")
    date_hierarchy = "at"
    ordering = ("-pk",)
    fields = ("at", "who", "verb", "thing", "history", "why")
    readonly_fields = ("who", "history")

    @admin.display(description="by", ordering="by")
    def who(self, entry):
        return entry.by or "the portal"

    @admin.display(description="history of", ordering="label")
    def history(self, entry):
        return format_html('<a href="{}">{}</a>', address(entry.thing, entry.key), entry.label or entry.key)

    def get_queryset(self, request):
        rows = super().get_queryset(request)
        hidden = Revision.objects.exclude(pk__in=seen(request.user).values("pk")).order_by()
        keys = [str(pk) for pk in hidden.values_list("pk", flat=True)]
        if keys:
            rows = rows.exclude(thing="revision", key__in=keys)
        return rows if request.user.has_perm("auth.view_user") else rows.exclude(thing__in=OF_PEOPLE)

    def get_urls(self):
        of = self.admin_site.admin_view(self.of_view)
        return [path("of/<str:thing>/<path:key>/", of, name="announcements_auditentry_of"), *super().get_urls()]

    # The history of one thing

    def of_view(self, request, thing, key):
        """Who did what to one thing; any two of its documents compared; and one of them taken back up."""
        if not self.has_view_permission(request) or (
            thing in OF_PEOPLE and not request.user.has_perm("auth.view_user")
        ):
            raise PermissionDenied
        row, page = _now(self.admin_site, thing, key)
        if isinstance(row, Revision) and not seen(request.user).filter(pk=row.pk).exists():
            raise PermissionDenied
        steps = histories.steps(thing, key)
        if row is None and not steps:
            raise Http404
        if request.method == "POST":
            return self._take_back_up(request, thing, key, steps)
        context = {
            **self.admin_site.each_context(request),
            "title": f"History: {row or steps[0].entry.label}",
            "opts": self.opts,
            "thing": thing,
            "key": key,
            "row": row,
            "page": page,
            "steps": Paginator(steps, STEPS).get_page(request.GET.get("p")),
            "compared": _compared(request.GET, steps),
            "may_take_back_up": _may_take_back_up(request, thing, row),
        }
        return TemplateResponse(request, "newsroom/history.html", context)

    def _take_back_up(self, request, thing, key, steps):
        row, page = _now(self.admin_site, thing, key)
        if not _may_take_back_up(request, thing, row):
            raise PermissionDenied
        step = next((step for step in steps if str(step.entry.pk) == request.POST.get("back")), None)
        if step is None or step.document is None:
            raise Http404
        why = f"Back to what it said on {date_format(timezone.localtime(step.entry.at), 'j F Y, H:i')}."
        try:
            if thing == "announcement":
                revision = revisions.begin(step.document, by=request.user, at=timezone.now(), why=why)
                self.message_user(
                    request, "This is a revision with what it said then. It goes live when it is approved."
                )
                return HttpResponseRedirect(reverse("admin:announcements_revision_change", args=[revision.pk]))
            self._write_back(thing, row, step.document, by=request.user, why=why)
        except Refused as refusal:
            for reason in refusal.reasons:
                self.message_user(request, reason, messages.ERROR)
        except ValidationError as wrong:
            for reason in wrong.messages:
                self.message_user(request, f"It cannot say that any more. {reason}", messages.ERROR)
        else:
            self.message_user(request, "It says again what it said then.", messages.SUCCESS)
        return HttpResponseRedirect(address(thing, key))

    @transaction.atomic
    def _write_back(self, thing, row, document, *, by, why):
        before = None if row is None else things.document(row)
        now = things.written_back(thing, document)
        at = timezone.now()
        histories.note_change(now, before, by=by, at=at, why=why, verb=Did.REVERTED)
        if thing in ("organisation", "programme", "target"):
            readside.renamed(now, at=at)


def _now(site, thing, key):
    """(the thing as it is now, the address of its page); None for what is gone or has no page."""
    if thing in OURS:
        model, field = OURS[thing]
        row = model.objects.filter(**{field: key}).first() if field != "pk" or key.isdigit() else None
    else:
        row = things.find(thing, key)
    if row is None or not site.is_registered(type(row)):
        return row, None
    opts = row._meta
    return row, reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[row.pk])


def _may_take_back_up(request, thing, row):
    """Of an announcement a new revision begins, which is reviewed like any; other things are written back."""
    if thing == "announcement":
        return request.user.has_perm("announcements.add_revision")
    if thing not in things.WRITTEN_BACK:
        return False
    verb = "add" if row is None else "change"
    opts = things.MODELS[thing]._meta
    return request.user.has_perm(f"{opts.app_label}.{verb}_{opts.model_name}")


def _compared(asked, steps):
    """The two entries that are asked for, the older first, and what differs between them; None where nothing is asked."""
    by_id = {str(step.entry.pk): step for step in steps if step.document is not None}
    chosen = [by_id[asked[name]] for name in ("one", "other") if asked.get(name) in by_id]
    if len(chosen) < 2:
        return None
    old, new = sorted(chosen, key=lambda step: step.entry.pk)
    return {"old": old.entry, "new": new.entry, "differences": histories.between(old.document, new.document)}
