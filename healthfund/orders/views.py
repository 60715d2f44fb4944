"""Ordering a file, seeing how it stands, and fetching it."""

from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import BadRequest
from django.db import transaction
from django.http import FileResponse, Http404, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from healthfund.exports.answering import MEDIA_TYPES

from . import tasks, writing
from .models import KEPT, LARGE, OrderedFile, State, TooMany


# Nobody is logged in here, so a foreign page can have a visitor order nothing that it could not order itself; and a token
# would set a cookie on every page with a list.
@csrf_exempt
@require_POST
def place(request):
    """Order a file: `list` is one of the API's, `query` what it is asked, `format` one of LARGE."""
    asked = writing.Question(request.build_absolute_uri(_address(request.POST)))
    if asked.faults:
        raise BadRequest("The list does not know that question.")
    try:
        order, is_new = OrderedFile.objects.place(
            name=asked.name, address=asked.export.address, format=asked.format, at=timezone.now()
        )
    except TooMany:
        response = render(request, "orders/too_many.html", status=503)
        response["Retry-After"] = "60"
        return response
    if is_new:
        transaction.on_commit(tasks.write_soon)
    return redirect(order)


@never_cache
@require_safe
def status(request, key):
    """How an order stands; 410 once its time is over."""
    order, now = get_object_or_404(OrderedFile, key=key), timezone.now()
    gone = order.has_expired(now)
    context = {
        "order": order,
        "gone": gone,
        "ahead": OrderedFile.objects.to_write(at=now).filter(pk__lt=order.pk).count()
        if order.state == State.WAITING
        else 0,
        "question": order.question_address,
        "query": order.question_address.partition("?")[2],
        "hours": KEPT.total_seconds() // 3600,
    }
    return render(request, "orders/status.html", context, status=410 if gone else 200)


@never_cache
@require_safe
def fetch(request, key):
    """The file. What is not there, or not any longer, its status page explains."""
    order = get_object_or_404(OrderedFile, key=key)
    if order.state != State.READY or order.has_expired(timezone.now()):
        return redirect(order)
    try:
        file = (settings.ORDERED_FILES / order.stored_as).open("rb")
    except FileNotFoundError:
        raise Http404 from None
    headers = {"Content-Type": MEDIA_TYPES[order.format]}
    return FileResponse(file, as_attachment=True, filename=order.filename, headers=headers)


def _address(form):
    """The API's path and query for what a form orders. Raises BadRequest for what no form of ours sends."""
    name, format = form.get("list", ""), form.get("format", "")
    try:
        path = reverse(f"api:{name}")
    except NoReverseMatch:
        raise BadRequest("There is no such list.") from None
    if format not in LARGE or not writing.is_list(name, path):
        raise BadRequest("There is no such file.")
    asked = [(key, value) for key, values in QueryDict(form.get("query", "")).lists() for value in values]
    return f"{path}?{urlencode([*((key, value) for key, value in asked if key != 'format'), ('format', format)])}"
