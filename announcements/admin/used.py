"""Pages that tell what leans on their thing, before it is deleted and beside what is typed."""

from django.contrib import admin
from django.urls import reverse

from ..models import ClaimLink, RegionSplit, Response
from ..newsroom import usage

INSIDE = {ClaimLink: "claim", RegionSplit: "claim", Response: "announcement"}
"""Rows without a page of their own, and what they are shown on."""


class WhereUsed(admin.ModelAdmin):
    """A page with a list of what uses its thing."""

    change_form_template = "newsroom/change_form.html"
    delete_confirmation_template = "newsroom/delete_confirmation.html"

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj is not None:
            context["uses"] = uses(self.admin_site, obj)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def render_delete_form(self, request, context):
        context["uses"] = uses(self.admin_site, context["object"])
        return super().render_delete_form(request, context)


def uses(site, obj):
    """What uses a thing, for a page: (what, how many, [(text, address or None)], how many more)."""
    return [
        (use.what, use.number, [(str(row), _page(site, row)) for row in use.examples], use.number - len(use.examples))
        for use in usage.where_used(obj)
    ]


def _page(site, row):
    if type(row) in INSIDE:
        row = getattr(row, INSIDE[type(row)])
    if not site.is_registered(type(row)):
        return None
    opts = row._meta
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[row.pk])
