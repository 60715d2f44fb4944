"""Alerts and their mails, to look at; whoever may delete an alert stops it for its reader. In the demo, where mail lies
as files, also what was written."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.template.response import TemplateResponse
from django.urls import path

from . import outbox
from .models import Alert, AlertMail


class LookedAt(admin.ModelAdmin):
    list_per_page = 100
    show_full_result_count = False

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def get_actions(self, request):
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions


@admin.register(Alert)
class AlertAdmin(LookedAt):
    list_display = ("address", "filter", "rhythm", "confirmed_at", "next_at", "failing_since")
    list_filter = (
        "rhythm",
        ("confirmed_at", admin.EmptyFieldListFilter),
        ("failing_since", admin.EmptyFieldListFilter),
    )
    search_fields = ("address", "filter")
    ordering = ("-pk",)
    fields = (
        *("address", "filter", "rhythm", "portal", "asked_at", "confirmed_at"),
        *("cursor", "known_at", "next_at", "failing_since", "rests_until"),
    )
    actions = ("stop",)

    def has_delete_permission(self, request, obj=None):
        # Only by the action, with all that hangs on it.
        return obj is None and super().has_delete_permission(request)

    @admin.action(description="Stop: forget the address, as its reader would", permissions=["delete"])
    def stop(self, request, queryset):
        self.log_deletions(request, queryset)
        number = queryset.count()
        queryset.delete()
        self.message_user(request, f"Stopped: {number}.", messages.SUCCESS)


@admin.register(AlertMail)
class AlertMailAdmin(LookedAt):
    change_list_template = "admin/healthfund/alertmail/list.html"
    list_display = ("subject", "alert", "upto", "created_at", "attempts", "sent_at", "error")
    list_filter = (("sent_at", admin.EmptyFieldListFilter),)
    list_select_related = ("alert",)
    search_fields = ("subject", "alert__address")
    ordering = ("-pk",)
    fields = ("alert", "upto", "subject", "created_at", "attempts", "attempted_at", "error", "sent_at")

    def has_delete_permission(self, request, obj=None):
        # A mail that waits is the only word of the changes that it tells of.
        return False

    def get_urls(self):
        return [
            path("outbox/", self.admin_site.admin_view(self.outbox), name="healthfund_alertmail_outbox"),
            *super().get_urls(),
        ]

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(request, {"lies_as_files": outbox.folder() is not None} | (extra_context or {}))

    def outbox(self, request):
        """The mails that lie as files, with their texts."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": "Outbox",
            "opts": self.opts,
            "folder": outbox.folder(),
            "letters": outbox.letters(),
        }
        return TemplateResponse(request, "admin/healthfund/alertmail/outbox.html", context)
