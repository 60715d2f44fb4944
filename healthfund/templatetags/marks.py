"""Words that were searched for, marked where they stand."""

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe

from healthfund.web import marking

register = template.Library()


@register.simple_tag(takes_context=True)
def marked(context, text):
    """The text with what the page's `words` (a search.Query) ask for in mark elements; as it is on a page without."""
    query = context.get("words")
    return _html(marking.pieces(str(text), query)) if query else text


@register.simple_tag(takes_context=True)
def snippet(context, announcement):
    """Some words around what was found beside the title; "" where nothing is. The announcement comes with all it holds."""
    query = context.get("words")
    if not query:
        return ""
    texts = [announcement.summary, announcement.note]
    for claim in announcement.claims.all():
        texts += [f"{claim.name}: {claim.as_stated}" if claim.as_stated else claim.name, claim.note]
    texts += [f"{figure.as_stated} {figure.what}" for figure in announcement.figures.all()]
    texts += [target.wording or target.metric for target in announcement.targets.all()]
    texts += [f"Programme: {programme}" for programme in announcement.programmes.all()]
    texts += [f"{response.organisation}: {response.summary}" for response in announcement.responses.all()]
    return _html(marking.snippet(texts, query))


def _html(pieces):
    marks = {True: (mark_safe("<mark>"), mark_safe("</mark>")), False: ("", "")}
    return format_html_join("", "{}{}{}", ((marks[found][0], text, marks[found][1]) for text, found in pieces))
