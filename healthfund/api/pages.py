"""The pages about the API."""

from django.shortcuts import render
from django.views.decorators.http import require_safe


@require_safe
def docs(request):
    return render(request, "api/docs.html")
