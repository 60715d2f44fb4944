"""Guessing comes to an end: wrong passwords and wrong codes of one user from one address are counted together.

By both, so that nobody locks out a colleague, or an office, from elsewhere. How many, and for how long, stand in the
settings (AXES_…); what was counted is in the database, where administrators release it.
"""

import ipaddress
import logging
import math

from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.core.exceptions import ValidationError
from django.shortcuts import render
from django.utils import timezone

from healthfund import limiting

log = logging.getLogger(__name__)


def address(request):
    """The address that a request is counted by, as the database takes it; None where there is none."""
    counted = limiting.network_of(request)
    try:
        return str(ipaddress.ip_address(counted))
    except ValueError:
        return None


def locked(request, response=None, credentials=None):
    """The page for whoever has guessed too often: until when, and what to do."""
    attempts = AccessAttempt.objects.filter(
        username=(credentials or {}).get("username"), ip_address=request.axes_ip_address
    )
    last = attempts.order_by("-attempt_time").values_list("attempt_time", flat=True).first() or timezone.now()
    until = last + settings.AXES_COOLOFF_TIME
    seconds = max(math.ceil((until - timezone.now()).total_seconds()), 1)
    context = {"until": until, "minutes": math.ceil(seconds / 60), "tries": settings.AXES_FAILURE_LIMIT}
    page = render(request, "account/locked.html", context, status=429)
    page["Retry-After"] = seconds
    log.warning("locked out until=%s address=%s", until.isoformat(timespec="seconds"), request.axes_ip_address)
    return page


class Counted:
    """A form for a code, whose wrong ones count as wrong passwords do."""

    def clean_code(self):
        request, credentials = context.request, {"username": self.user.get_username()}
        if not AxesProxyHandler.is_allowed(request, credentials):
            request.axes_locked_out, request.axes_credentials = True, credentials
            raise ValidationError("Too many wrong codes.")
        try:
            return super().clean_code()
        except ValidationError:
            AxesProxyHandler.user_login_failed(type(self), credentials, request)
            raise


class CountedCode(Counted, AuthenticateForm):
    pass


class CountedCodeAgain(Counted, ReauthenticateForm):
    pass
