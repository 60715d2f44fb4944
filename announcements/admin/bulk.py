"""Actions of the work list: choose revisions, say what is to be done, and see what became of each."""

from django import forms
from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone

from programmes.models import Programme, Theme

from ..newsroom import bulk, revisions


class ApproveForm(forms.Form):
    title = "Approve and publish"
    button = "Approve these"
    means = "Each goes live at once, or at its moment, exactly as it stands now. Nobody approves what they wrote themselves."
    permission = "approve"

    def verb(self, how):
        return lambda row: revisions.approve(row, version=row.version, **how)


class SubmitForm(forms.Form):
    title = "Send to review"
    button = "Send these to review"
    means = "Each is judged as it stands; what has something to be mended or looked at first stays a draft."
    permission = "change"
    why = forms.CharField(
        label="Why",
        max_length=500,
        required=False,
        help_text="Why announcements that are public change, for those that do not say so yet.",
    )

    def verb(self, how):
        why = self.cleaned_data["why"]
        return lambda row: revisions.submit(row, version=row.version, why=row.why or why, **how)


class AssignForm(forms.Form):
    title = "Assign"
    button = "Assign these"
    means = "Somebody else goes on with them."
    permission = "change"
    assignee = forms.ModelChoiceField(
        None, label="To", required=False, empty_label="Nobody", help_text="Who goes on with them."
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        people = get_user_model().objects.filter(is_staff=True, is_active=True)
        self.fields["assignee"].queryset = people.order_by("username")

    def verb(self, how):
        return lambda row: revisions.assign(row, to=self.cleaned_data["assignee"], **how)


class TagForm(forms.Form):
    title = "Tag"
    button = "Tag these"
    means = "Every claim gets a further theme, or the announcement a programme; or loses it."
    permission = "change"
    theme = forms.ModelChoiceField(
        None,
        label="Theme",
        required=False,
        empty_label="None",
        help_text="A further theme of every claim, for finding.",
    )
    programme = forms.ModelChoiceField(
        None, label="Programme", required=False, empty_label="None", help_text="A programme that they speak of."
    )
    remove = forms.BooleanField(label="Take it away instead", required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["theme"].queryset = Theme.objects.order_by("name", "key")
        self.fields["programme"].queryset = Programme.objects.order_by("name", "pk")

    def clean(self):
        cleaned = super().clean()
        if not cleaned.get("theme") and not cleaned.get("programme"):
            raise forms.ValidationError("Choose a theme or a programme.")
        return cleaned

    def verb(self, how):
        theme, programme = self.cleaned_data["theme"], self.cleaned_data["programme"]
        chosen = {"theme": theme.key if theme else "", "programme": programme.name if programme else ""}
        return lambda row: bulk.tag(row, **chosen, remove=self.cleaned_data["remove"], **how)


class DiscardForm(forms.Form):
    title = "Discard"
    button = "Discard these"
    means = "They leave the work list. Each can be taken up again."
    permission = "change"
    why = forms.CharField(label="Why", max_length=500, help_text="Kept in the audit log.")

    def verb(self, how):
        return lambda row: revisions.discard(row, why=self.cleaned_data["why"], **how)


ACTIONS = {"approve": ApproveForm, "submit": SubmitForm, "assign": AssignForm, "tag": TagForm, "discard": DiscardForm}


class InBulk(admin.ModelAdmin):
    """A list of revisions on which actions do one verb to many."""

    actions = ("approve_selected", "submit_selected", "assign_selected", "tag_selected", "discard_selected")

    def get_actions(self, request):
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def get_urls(self):
        view = self.admin_site.admin_view(self.bulk_view)
        return [path("bulk/<slug:do>/", view, name="announcements_revision_bulk"), *super().get_urls()]

    @admin.action(description=ApproveForm.title, permissions=["approve"])
    def approve_selected(self, request, queryset):
        return self._ask(request, "approve", queryset)

    @admin.action(description=SubmitForm.title, permissions=["change"])
    def submit_selected(self, request, queryset):
        return self._ask(request, "submit", queryset)

    @admin.action(description=AssignForm.title, permissions=["change"])
    def assign_selected(self, request, queryset):
        return self._ask(request, "assign", queryset)

    @admin.action(description=TagForm.title, permissions=["change"])
    def tag_selected(self, request, queryset):
        return self._ask(request, "tag", queryset)

    @admin.action(description=DiscardForm.title, permissions=["change"])
    def discard_selected(self, request, queryset):
        return self._ask(request, "discard", queryset)

    def _ask(self, request, do, queryset):
        """The page that asks what an action needs to know, and shows what it will be done to."""
        rows = list(queryset.order_by("announced_on", "pk")[: bulk.MOST + 1])
        if len(rows) > bulk.MOST:
            self.message_user(request, f"Choose at most {bulk.MOST} at once.", messages.WARNING)
            return None
        return self._page(request, do, ACTIONS[do](), rows)

    def bulk_view(self, request, do):
        """Do it to those that were shown, as they were shown, and tell what became of each."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if do not in ACTIONS:
            raise BadRequest("There is no such action.")
        if not getattr(self, f"has_{ACTIONS[do].permission}_permission")(request):
            raise PermissionDenied
        rows, form = self._chosen(request), ACTIONS[do](request.POST)
        if not form.is_valid():
            return self._page(request, do, form, rows)
        verb = form.verb({"by": request.user, "at": timezone.now()})
        done = bulk.each(rows, verb, again=do == "approve")
        refused = [one for one in done if one.reasons]
        said = f"{form.title}: {len(done) - len(refused)} of {len(done)} done."
        self.message_user(request, said, messages.WARNING if refused else messages.SUCCESS)
        if not refused:
            return HttpResponseRedirect(reverse("admin:announcements_revision_changelist"))
        return self._page(request, do, None, [], refused)

    def _chosen(self, request):
        """The revisions that a form names as pk:version, each as it was seen: somebody may have saved it since."""
        try:
            seen = dict(map(int, pair.split(":")) for pair in request.POST.get("chosen", "").split())
        except ValueError:
            raise BadRequest("There is no such choice.") from None
        if len(seen) > bulk.MOST:
            raise BadRequest(f"Choose at most {bulk.MOST} at once.")
        rows = list(self.get_queryset(request).filter(pk__in=seen).order_by("announced_on", "pk"))
        for row in rows:
            row.version = seen[row.pk]
        return rows

    def _page(self, request, do, form, rows, refused=()):
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": ACTIONS[do].title,
            "do": do,
            "action": ACTIONS[do],
            "form": form,
            "rows": rows,
            "chosen": " ".join(f"{row.pk}:{row.version}" for row in rows),
            "refused": refused,
        }
        return TemplateResponse(request, "newsroom/bulk.html", context)
