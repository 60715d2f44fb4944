"""Old addresses of what was merged: they answer with where it is now, on the pages and in the API alike."""

from django.http import HttpResponsePermanentRedirect
from django.urls import reverse

from announcements.choices import Merged
from announcements.models import Forward

LED = {
    "announcement": (Merged.ANNOUNCEMENT, ("slug",)),
    "api:announcement": (Merged.ANNOUNCEMENT, ("id",)),
    "pot": (Merged.POT, ("announcement", "key")),
    "api:pot": (Merged.POT, ("announcement", "key")),
    "organisation": (Merged.ORGANISATION, ("slug",)),
    "api:organisation": (Merged.ORGANISATION, ("id",)),
}
"""The views of one thing that can be merged, and the parts of their address that make its public id."""

GONE = (404, 410)


class Forwards:
    """The middleware: only what is not there any more is looked up, so that every other answer costs nothing."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        asked = request.resolver_match
        if response.status_code not in GONE or not asked or asked.view_name not in LED:
            return response
        if request.method not in ("GET", "HEAD"):
            return response
        thing, parts = LED[asked.view_name]
        now = Forward.objects.target(thing, "#".join(asked.kwargs[part] for part in parts))
        if now is None:
            return response
        query = request.META.get("QUERY_STRING", "")
        address = reverse(asked.view_name, args=now.split("#"))
        # For good, and yet asked again: a merge can turn out to be wrong.
        headers = {"Cache-Control": "public, no-cache"}
        return HttpResponsePermanentRedirect(f"{address}?{query}" if query else address, headers=headers)
