"""Run inside a portal: at least one row of everything that the admin shows; prints the addresses of its pages as JSON."""

import datetime
import json

from axes.models import AccessAttempt
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from announcements.models import Announcement, Revision
from announcements.newsroom import revisions
from healthfund.models import AlertMail, Delivery, Token
from tests import factories as f


def address(verb, model, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{verb}", args=args)


def seed(root):
    """A row of each kind that the real announcements do not bring."""
    now = timezone.now()
    if not Token.objects.exists():
        f.TokenFactory(user=root)
    if not AlertMail.objects.exists():
        f.AlertMailFactory()
    if not Delivery.objects.exists():
        f.DeliveryFactory()
    AccessAttempt.objects.get_or_create(
        username="somebody",
        defaults={
            "ip_address": "192.0.2.1",
            "attempt_time": now,
            "failures_since_start": 5,
            "get_data": "",
            "post_data": "",
        },
    )
    if not Revision.objects.exists():
        revisions.revise(Announcement.objects.published().latest_first()[0], by=root, at=now)


def addresses(root):
    """Every page of every model that the admin shows to a superuser, and its own pages."""
    request = RequestFactory().get("/admin/")
    request.user = root
    pages = [reverse("admin:index")]
    for model, shown in admin.site._registry.items():
        row = model._default_manager.order_by("-pk").first()
        pages.append(address("changelist", model))
        if shown.has_add_permission(request) and model is not Revision:
            pages.append(address("add", model))
        if row is not None:
            pages += [address("change", model, row.pk), address("history", model, row.pk)]
            if shown.has_delete_permission(request, row):
                pages.append(address("delete", model, row.pk))
    pages += [
        reverse("admin:app_list", args=[label]) for label in sorted({m._meta.app_label for m in admin.site._registry})
    ]
    published = Announcement.objects.published().latest_first()[0]
    pages += [
        *(reverse("admin:announcements_announcement_withdraw", args=[published.pk]),),
        reverse("admin:healthfund_alertmail_outbox"),
        reverse("admin:auth_user_password_change", args=[root.pk]),
    ]
    return pages


def main():
    root = User.objects.get(username="root")
    seed(root)
    print(json.dumps(addresses(root)))


main()
assert datetime
