"""Themes: what money is for."""

from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from programmes.models import Theme

from . import filtering, panels


@require_safe
@filtering.takes_nothing
def listing(request):
    return render(request, "themes/list.html", {"themes": panels.by_theme()})


@require_safe
@filtering.takes_nothing
def detail(request, key):
    theme = get_object_or_404(Theme, key=key)
    return render(request, "themes/detail.html", {"theme": theme, **panels.section(theme=theme.key)})
