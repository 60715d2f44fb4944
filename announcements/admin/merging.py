"""The page on which two become one: choose the other, see what leans on both and what it changes, and confirm."""

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone

from programmes.models import Organisation

from ..choices import Effect, Measure
from ..models import Announcement, Pot
from ..newsroom import merging
from ..newsroom.pots import money
from ..publishing import Refused
from .used import uses

FOUND = 20
"""How many that could be the other one a search offers."""

MOVES = ""
"""Of a claim that no claim of the other announcement says already."""


class Reason(forms.Form):
    """Why the two are one; for some kinds also how."""

    why = forms.CharField(
        label="Why they are one",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="It is kept in the history.",
    )

    def __init__(self, *args, kept, gone, **kwargs):
        super().__init__(*args, **kwargs)

    def how(self):
        """What the verb takes beside the two and the reason."""
        return {}


class PotReason(Reason):
    EFFECTS = (Effect.REPEATS, Effect.REVISES, Effect.TOPS_UP, Effect.ALLOCATES, Effect.SPENDS, Effect.PROPOSES)

    effect = forms.ChoiceField(
        required=False,
        label="What the claim that introduced the other does to this one",
        help_text="Where nothing is chosen it repeats it; what was allocated, spent or proposed stays so.",
        choices=[("", "Repeats it, or as it was"), *((effect.value, effect.label) for effect in EFFECTS)],
    )

    def how(self):
        return {"effect": self.cleaned_data["effect"]}


class AnnouncementReason(Reason):
    def __init__(self, *args, kept, gone, **kwargs):
        super().__init__(*args, kept=kept, gone=gone, **kwargs)
        here = list(kept.claims.order_by("position", "pk"))
        self.keys = {}
        for claim in gone.claims.order_by("position", "pk"):
            field = f"same-{claim.key}"
            self.keys[field] = claim.key
            self.fields[field] = forms.ChoiceField(
                required=False,
                label=f"Claim {claim.key} ({claim})",
                choices=[
                    (MOVES, "Moves over: nothing here says it"),
                    *((other.key, f"Says the same as claim {other.key} ({other})") for other in here),
                ],
                initial=next((other.key for other in here if _alike(claim, other)), MOVES),
            )
        self.order_fields([*self.keys, "why"])

    def how(self):
        given = ((key, self.cleaned_data[field]) for field, key in self.keys.items())
        return {"same": {key: other for key, other in given if other != MOVES}}


def _alike(claim, other):
    """Whether two claims look like one: the same amount, or the same place in both."""
    if claim.amount is None and claim.high is None:
        return claim.key == other.key
    return (claim.amount, claim.low, claim.high, claim.currency) == (
        other.amount,
        other.low,
        other.high,
        other.currency,
    )


KINDS = {
    Announcement: ("announcement", merging.merge_announcements, AnnouncementReason, "slug"),
    Pot: ("pot", merging.merge_pots, PotReason, "reference"),
    Organisation: ("organisation", merging.merge_organisations, Reason, "slug"),
}


class Mergeable(admin.ModelAdmin):
    """A page of something that can turn out to be the same as another of its kind."""

    merge_needs = ("announcements.publish_announcement",)

    def may_merge(self, request):
        return request.user.has_perms(self.merge_needs)

    def get_urls(self):
        view = self.admin_site.admin_view(self.merge_view)
        return [path("<path:object_id>/merge/", view, name=self._merge_name()), *super().get_urls()]

    def _merge_name(self):
        return f"{self.opts.app_label}_{self.opts.model_name}_merge"

    def merge_address(self, obj):
        return reverse(f"admin:{self._merge_name()}", args=[obj.pk])

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj is not None and self.may_merge(request):
            context["merge_address"] = self.merge_address(obj)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def merge_view(self, request, object_id):
        """Choose the other one; then look at both and at what it changes; then do it."""
        if not self.may_merge(request):
            raise PermissionDenied
        kept = get_object_or_404(self.model, pk=unquote(object_id))
        what, verb, form_class, key = KINDS[self.model]
        asked = request.GET.get("other", "").strip()
        gone = self.model.objects.filter(**{key: asked}).exclude(pk=kept.pk).first() if asked else None
        context = {
            **self.admin_site.each_context(request),
            "title": f"Merge another {what} into “{kept}”",
            "opts": self.opts,
            "what": what,
            "kept": kept,
            "kept_key": getattr(kept, key),
            "kept_uses": uses(self.admin_site, request.user, kept),
            "asked": asked,
            "query": request.GET.get("q", ""),
            "found": self._found(request, kept, key),
        }
        if gone is not None:
            form = form_class(request.POST or None, kept=kept, gone=gone)
            context |= {
                "gone": gone,
                "gone_key": asked,
                "gone_uses": uses(self.admin_site, request.user, gone),
                "form": form,
                "turned": f"{self.merge_address(gone)}?other={getattr(kept, key)}".replace("#", "%23"),
            }
            if request.method == "POST" and form.is_valid():
                done = self._merge(request, verb, kept, gone, form, context)
                if done:
                    return done
        return TemplateResponse(request, "newsroom/merge.html", context)

    def _merge(self, request, verb, kept, gone, form, context):
        """Do it where that was pressed, else only see what it would change."""
        now = timezone.now()
        act = {
            "why": form.cleaned_data["why"],
            "by": request.user,
            "at": now,
            "today": timezone.localdate(now),
            **form.how(),
        }
        try:
            if "_merge" in request.POST:
                verb(kept, gone, **act)
                self.message_user(request, f"They are one now: “{kept}”.", messages.SUCCESS)
                return HttpResponseRedirect(
                    reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[kept.pk])
                )
            context["outcome"] = merging.rehearsed(verb, kept, gone, **act)
            context |= {"sums": _sums(context["outcome"]), "rises": _rises(context["outcome"])}
        except Refused as refusal:
            context["refused"] = refusal.reasons
        return None

    def _found(self, request, kept, key):
        """Those that a search for the other one finds: [(public id, text)]."""
        words = request.GET.get("q", "").strip()
        if not words:
            return []
        rows, several = self.get_search_results(request, self.model.objects.exclude(pk=kept.pk), words)
        rows = rows.order_by(key)
        return [(getattr(row, key), str(row)) for row in (rows.distinct() if several else rows)[:FOUND]]


def _sums(outcome):
    """What the merge changes of each measure: (label, before, after, change) as text, firm and ceiling."""
    for measure in Measure:
        before, after = (sums.get(measure.value, (0, 0)) for sums in (outcome.before, outcome.after))
        change = [now - was for was, now in zip(before, after, strict=True)]
        yield measure.label, money(*before), money(*after), money(*change) if any(change) else "none"


def _rises(outcome):
    """Whether there would be more announced than before, which no money counted twice explains."""
    before, after = (sums.get(Measure.ANNOUNCED.value, (0, 0)) for sums in (outcome.before, outcome.after))
    return any(now > was for was, now in zip(before, after, strict=True))
