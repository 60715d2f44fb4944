"""E-mail alerts: asked for here, confirmed from the mailbox, changed and stopped by the links in each mail."""

import datetime
import time

from django import forms
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from announcements.filters import AnnouncementFilter
from announcements.models import Announcement
from healthfund.alerts import asking, signing_up
from healthfund.alerts.matching import question_of
from healthfund.alerts.models import LONGEST_ADDRESS, LONGEST_FILTER, Alert
from healthfund.alerts.rhythms import Rhythm
from healthfund.alerts.tasks import send_soon
from healthfund.limiting import counter, network_of

from . import filtering, panels

RECENT = datetime.timedelta(days=90)
SHOWN = 3

MOST_ASKED = 20
"""Alerts that may be asked for in an hour from one network."""

HOUR = 3600

readable = require_http_methods(["GET", "HEAD", "POST"])
unkept = cache_control(no_store=True, private=True)
"""Whoever uses the browser next does not get these pages from its cache: their addresses are keys."""


class RhythmForm(forms.Form):
    rhythm = forms.ChoiceField(label="How often", choices=Rhythm.choices, widget=forms.RadioSelect)


class AskingForm(RhythmForm):
    address = forms.EmailField(
        label="Your e-mail address",
        max_length=LONGEST_ADDRESS,
        error_messages={
            "required": "Give the address that is to be written to.",
            "invalid": "That is no e-mail address: write it as name@example.org.",
        },
    )


@readable
@unkept
def new(request):
    """What an alert would be about, and the form that asks for it."""
    question = AnnouncementFilter(request.GET, Announcement.objects.published(), blanks=False)
    if question.faults:
        return filtering.refuse(request, question, question.faults, "announcements/refused.html")
    query = asking.canonical((name, value) for name, values in request.GET.lists() for value in values)
    form = AskingForm(request.POST if request.method == "POST" else None, initial={"rhythm": Rhythm.DAILY})
    status = 200
    if len(query) > LONGEST_FILTER:
        form.add_error(None, "That is more than an alert can ask: leave out some of the filters.")
        status = 400
    elif request.method == "POST":
        if form.is_valid():
            return _ask(request, form.cleaned_data, query)
        status = 400
    found = question.qs
    context = {
        "form": form,
        "asks": asking.in_words(question),
        "list": f"{reverse('announcements')}{f'?{query}' if query else ''}",
        "days": RECENT.days,
        "count": found.count(),
        "recent": found.filter(announced_on__gt=timezone.localdate() - RECENT).count(),
        "latest": panels.latest(found, SHOWN),
    }
    return render(request, "alerts/new.html", context, status=status)


def _ask(request, given, query):
    count = counter.count(f"alerts:{network_of(request)}:{int(time.time()) // HOUR}", HOUR)
    if count is not None and count > MOST_ASKED:
        response = render(request, "alerts/too_many.html", status=429)
        response["Retry-After"] = HOUR
        return response
    alert = signing_up.ask(
        address=given["address"],
        filter=query,
        rhythm=given["rhythm"],
        portal=request.build_absolute_uri("/").rstrip("/"),
        at=timezone.now(),
    )
    if alert is not None:
        send_soon(alert)
    # The same page whether the address is known or not.
    return redirect("alert-asked")


@require_safe
@filtering.takes_nothing
def asked(request):
    return render(request, "alerts/asked.html")


@readable
@unkept
@filtering.takes_nothing
def confirm(request, token):
    """A button: programs that read mail before people do follow every link, and would confirm."""
    alert = Alert.objects.with_token(token)
    if alert is None:
        return _no_such(request)
    if request.method == "POST" and not alert.is_confirmed and not signing_up.confirm(alert, at=timezone.now()):
        alert.refresh_from_db()
        if not alert.is_confirmed:
            return render(request, "alerts/no_longer.html", status=409)
    if alert.is_confirmed:
        return redirect("alert", token=token)
    return render(request, "alerts/confirm.html", _shown(alert))


@readable
@unkept
@filtering.takes_nothing
def detail(request, token):
    """What the alert is, how often it comes, and how to stop it."""
    alert = Alert.objects.with_token(token)
    if alert is None:
        return _no_such(request)
    if not alert.is_confirmed:
        return redirect("alert-confirm", token=token)
    form = RhythmForm(request.POST or None, initial={"rhythm": alert.rhythm})
    if request.method == "POST" and form.is_valid():
        alert.change_rhythm(form.cleaned_data["rhythm"], at=timezone.now())
        return redirect("alert", token=token)
    return render(request, "alerts/detail.html", _shown(alert) | {"form": form})


@csrf_exempt
@readable
@unkept
def stop(request, token):
    """Stop an alert and forget the address. A mail program posts here by itself (RFC 8058): the address is the key, and
    nothing else is asked for."""
    alert = Alert.objects.with_token(token)
    if request.method != "POST":
        return render(request, "alerts/stop.html", _shown(alert)) if alert else _no_such(request)
    if alert is not None:
        alert.delete()
    # Also the second time: it is stopped.
    return render(request, "alerts/stopped.html")


def _shown(alert):
    question = question_of(alert)
    return {
        "alert": alert,
        "asks": [] if question.faults else asking.in_words(question),
        "faults": question.faults,
        "list": f"{reverse('announcements')}{f'?{alert.filter}' if alert.filter else ''}",
    }


def _no_such(request):
    return render(request, "alerts/gone.html", status=404)
