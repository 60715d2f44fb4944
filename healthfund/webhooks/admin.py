"""Webhooks and their log, to look at. Whoever may change webhooks switches them on and off, and has messages replayed;
they are made through the API, by their owners."""

from django.contrib import admin, messages

from .models import Delivery, Webhook
from .tasks import deliver_soon

OFF = "Switched off in the admin."


class LookedAt(admin.ModelAdmin):
    list_per_page = 100
    show_full_result_count = False

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        # Only by the actions: a form that saved the row would save the place where a worker stands with it.
        return obj is None and super().has_change_permission(request)

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(Webhook)
class WebhookAdmin(LookedAt):
    list_display = ("address", "owner", "filter", "is_active", "inactive_because", "failing_since", "rests_until")
    list_filter = ("is_active", "of_announcements", "of_pots")
    list_select_related = ("owner",)
    search_fields = ("address", "owner__username")
    ordering = ("pk",)
    fields = (
        *("owner", "address", "filter", "of_announcements", "of_pots", "portal", "created_at"),
        *("is_active", "inactive_because", "failing_since", "rests_until", "cursor"),
    )
    actions = ("switch_on", "switch_off")

    @admin.action(description="Switch on: go on from where it stopped", permissions=["change"])
    def switch_on(self, request, queryset):
        for webhook in queryset:
            webhook.activate()
            deliver_soon(webhook)
            self.log_change(request, webhook, "Switched on.")
        self.message_user(request, f"Switched on: {len(queryset)}.", messages.SUCCESS)

    @admin.action(description="Switch off: send nothing until it is switched on", permissions=["change"])
    def switch_off(self, request, queryset):
        for webhook in queryset:
            webhook.deactivate(OFF)
            self.log_change(request, webhook, "Switched off.")
        self.message_user(request, f"Switched off: {len(queryset)}.", messages.SUCCESS)


@admin.register(Delivery)
class DeliveryAdmin(LookedAt):
    list_display = ("event", "type", "webhook", "status", "attempts", "response_status", "milliseconds", "created_at")
    list_filter = ("status", "type")
    list_select_related = ("webhook",)
    search_fields = ("event", "webhook__address")
    date_hierarchy = "created_at"
    ordering = ("-pk",)
    fields = (
        *("webhook", "event", "type", "body", "created_at"),
        *("status", "attempts", "attempted_at", "response_status", "milliseconds", "error", "ended_at"),
    )
    actions = ("replay",)

    @admin.action(description="Replay: send once more, with the same id", permissions=["change"])
    def replay(self, request, queryset):
        chosen = list(queryset.filter(webhook__is_active=True))
        Delivery.objects.filter(pk__in=[delivery.pk for delivery in chosen]).replay()
        for delivery in chosen:
            self.log_change(request, delivery, "Replayed.")
        for webhook in {delivery.webhook for delivery in chosen}:
            webhook.wake()
            deliver_soon(webhook)
        self.message_user(
            request, f"Sent once more: {len(chosen)}. Those of webhooks that are off are left out.", messages.SUCCESS
        )
