"""The pages about the API."""

from csp.decorators import csp_update
from django.conf import settings
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe


@require_safe
@csp_update({"img-src": ["data:"]})  # Swagger UI's stylesheet holds its pictures.
def docs(request):
    return render(request, "api/docs.html")


@require_safe
def guide(request):
    """How to use the API, with examples of this portal's own address."""
    root = request.build_absolute_uri(reverse("api:index"))
    return render(request, "api/guide.html", {"root": root, "rates": settings.API_RATES})
