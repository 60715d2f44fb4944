"""Writes that may be sent twice: what was answered under an Idempotency-Key is answered again, and nothing done again.

After draft-ietf-httpapi-idempotency-key-header. The answer is kept in the transaction of the work itself, so that there
never is one without the other.
"""

import re

from django.db import transaction
from django.http import HttpResponse
from django.utils import timezone
from rest_framework import exceptions, status

from ..models import KeptAnswer, digest
from . import errors

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
KEY = re.compile(r'"([!#-\[\]-~]{1,255})"|([!#-~]{1,255})')
"""Visible characters, in quotation marks, as the draft has it, or without, as many send it."""


class BadKey(exceptions.APIException):
    status_code = status.HTTP_400_BAD_REQUEST
    default_detail = f"{HEADER} is 1 to 255 visible characters of ASCII: send something random, such as a UUID."


class KeyUsed(exceptions.APIException):
    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_detail = f"This {HEADER} was used for another request: take a new key for each."


class AtWork(exceptions.APIException):
    status_code = status.HTTP_409_CONFLICT
    default_detail = f"A request of this {HEADER} is being worked on: ask again in a moment."
    # What REST framework makes Retry-After of.
    wait = 1


def once(request, body, work):
    """What `work` answers to a request of this body, as JSON; without doing it again where its key was seen.

    work: gives (response, status), of which the first is JSON text; may raise what the API answers with. Without a key
    it is done each time. Raises BadKey, KeyUsed or AtWork.
    """
    key = given(request)
    if key is None:
        return answer(*work())
    asked = digest(f"{request.method} {request.get_full_path()}\n".encode() + body)
    kept, begun = KeptAnswer.objects.begin(token=request.auth, key=key, request=asked, at=timezone.now())
    if not begun:
        if kept.request != asked:
            raise KeyUsed
        if kept.status is None:
            raise AtWork
        return answer(kept.body, kept.status, {REPLAYED: "true"})
    try:
        with transaction.atomic():
            done = work()
            kept.finish(*done)
    except exceptions.APIException as refusal:
        # The same request would be refused again, so this is kept, too.
        response = errors.handle(refusal, {"request": request})
        kept.finish(response.content.decode(), response.status_code)
        return response
    except BaseException:
        kept.give_up()
        raise
    return answer(*done)


def given(request):
    """The key that the request came with, None without one. Raises BadKey."""
    if HEADER not in request.headers:
        return None
    match = KEY.fullmatch(request.headers[HEADER].strip())
    if match is None:
        raise BadKey
    return match[1] or match[2]


def answer(body, status, headers=None):
    media_type = "application/json" if status < 400 else errors.MEDIA_TYPE
    return HttpResponse(body, status=status, headers=headers, content_type=media_type)
