"""Themes: what money is for."""

from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from programmes.models import Theme

from . import filtering, panels, promises, voices


@require_safe
@filtering.takes_nothing
def listing(request):
    return render(request, "themes/list.html", {"themes": panels.by_theme()})


@require_safe
@filtering.takes_nothing
def detail(request, key):
    theme = get_object_or_404(Theme, key=key)
    context = {
        "theme": theme,
        "promises": promises.section(timezone.localdate(), theme=theme.key),
        "voices": voices.of(theme=theme.key),
        **panels.section(theme=theme.key),
    }
    return render(request, "themes/detail.html", context)
