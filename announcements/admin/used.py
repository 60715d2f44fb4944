"""Pages that tell what leans on their thing, before it is deleted and beside what is typed."""

from django.contrib import admin
from django.urls import reverse

from ..models import ClaimLink, RegionSplit, Response, Revision
from ..newsroom import usage


class WhereUsed(admin.ModelAdmin):
    """A page with a list of what uses its thing."""

    change_form_template = "newsroom/change_form.html"
    delete_confirmation_template = "newsroom/delete_confirmation.html"

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj is not None:
            context["uses"] = uses(self.admin_site, request.user, obj)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def render_delete_form(self, request, context):
        context["uses"] = uses(self.admin_site, request.user, context["object"])
        return super().render_delete_form(request, context)


def seen(user):
    """The revisions that somebody may see."""
    return Revision.objects.visible_to(user, all=user.has_perm("announcements.approve_revision"))


def uses(site, user, obj):
    """What uses a thing, for a page: (what, how many, [(text, address or None)], how many more)."""
    return [
        (
            use.what,
            use.number,
            [_told(site, row) for row in use.examples],
            use.number - len(use.examples) if use.examples else 0,
        )
        for use in usage.where_used(obj, revisions=seen(user))
    ]


def _told(site, row):
    if type(row) in (ClaimLink, RegionSplit):
        row = row.claim
    text = str(row)
    if isinstance(row, Response):
        row = row.announcement
    if not site.is_registered(type(row)):
        return text, None
    opts = row._meta
    return text, reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[row.pk])
