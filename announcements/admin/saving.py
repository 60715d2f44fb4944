"""How every admin page here saves: as a whole, through `publishing`, and back to the editor with all reasons if not."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from programmes.forms import ConstraintsBesideFields

from .. import publishing
from ..models import Response

PUBLISH = "announcements.publish_announcement"


def may_publish(request):
    return request.user.has_perm(PUBLISH)


class SavedAsAWhole(admin.ModelAdmin):
    """A page of an announcement or of what hangs on it.

    What is published changes only by the hand of somebody who may publish, and what is saved is posted in the same
    transaction. Where it is refused nothing is saved, and the form comes back as it was typed, with the reasons.
    """

    def announcement_of(self, obj):
        """The announcement that a row hangs on."""
        return obj.announcement

    def write(self, obj, form):
        """Save the row itself; what hangs on it follows."""
        obj.save()

    def strike(self, request, obj):
        """Delete the row."""
        with self.editing(request, obj):
            obj.delete()

    def editing(self, request, obj):
        if not self._may_touch(request, obj):
            raise PermissionDenied
        return publishing.editing(self.announcement_of(obj), by=request.user, at=timezone.now())

    # Who may

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and self._may_touch(request, obj)

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and self._may_touch(request, obj)

    def _may_touch(self, request, obj):
        return obj is None or not self.announcement_of(obj).is_published or may_publish(request)

    def get_actions(self, request):
        # Each is deleted by itself, with its own reasons where it cannot be.
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    # Saving

    def save_model(self, request, obj, form, change):
        """Nothing yet: the row is saved with what hangs on it, in `save_related`."""

    def save_related(self, request, form, formsets, change):
        with self.editing(request, form.instance):
            self.write(form.instance, form)
            super().save_related(request, form, formsets, change)

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except publishing.Refused as refusal:
            request.refusal = refusal
            return super().changeform_view(request, object_id, form_url, extra_context)

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        refusal = getattr(request, "refusal", None)
        return type("RefusedForm", (_Refused, form), {"refusal": refusal}) if refusal else form

    # Deleting

    def delete_model(self, request, obj):
        self.strike(request, obj)

    def delete_view(self, request, object_id, extra_context=None):
        try:
            return super().delete_view(request, object_id, extra_context)
        except publishing.Refused as refusal:
            tell(self, request, refusal)
            name = f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_change"
            return HttpResponseRedirect(reverse(name, args=[object_id]))


class _Refused:
    """A form that is not valid, for the reasons for which it could not be saved."""

    def clean(self):
        cleaned = super().clean()
        self.add_error(None, self.refusal.reasons)
        return cleaned


class HangsOnAnAnnouncement(SavedAsAWhole):
    """A page for one row of an announcement, which it does not leave."""

    autocomplete_fields = ("announcement",)
    list_select_related = ("announcement",)

    def get_readonly_fields(self, request, obj=None):
        fields = super().get_readonly_fields(request, obj)
        return fields if obj is None else (*fields, "announcement")

    def write(self, obj, form):
        place(obj)
        obj.save()


class InPlace(ConstraintsBesideFields):
    """A form of a row that has its place among its siblings: an empty place is the one after the last."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if field := self.fields.get("position"):
            field.required = False
            if self.instance._state.adding:
                field.initial = self.initial["position"] = None


def place(obj, parent="announcement"):
    """Give a row without a place the one after its last sibling, and a new response its key."""
    if isinstance(obj, Response) and not obj.key:
        obj.key = Response.objects.free_key(obj)
    if obj.position is None:
        siblings = type(obj).objects.filter(**{parent: getattr(obj, parent)})
        last = siblings.order_by("-position").values_list("position", flat=True).first()
        obj.position = 0 if last is None else last + 1


def save_in_place(formset):
    """Save the rows of an inline formset, each in its place."""
    formset.save(commit=False)
    for obj in [*formset.new_objects, *(obj for obj, _ in formset.changed_objects)]:
        if hasattr(obj, "position"):
            place(obj, formset.fk.name)
        obj.save()
    for obj in formset.deleted_objects:
        obj.delete()
    formset.save_m2m()


def tell(admin_page, request, refusal, about=""):
    """Show every reason of a refusal."""
    for reason in refusal.reasons:
        admin_page.message_user(request, f"{about}{reason}", messages.ERROR)
