"""The OpenAPI document, served."""

import functools

from django.http import HttpResponse

from ..schema import as_json, document
from .base import Parameterless


@functools.cache
def served():
    """Its text, worked out once a process, for it follows from the code alone."""
    return as_json(document())


class OpenAPI(Parameterless):
    """This document."""

    schema = None

    def get(self, request):
        return HttpResponse(served(), content_type="application/json")
