"""Charts in templates."""

from django import template

from healthfund.web import drawing, pictures

register = template.Library()


@register.inclusion_tag("partials/_chart.html")
def chart(picture, tools=True):
    """A Picture with its files and its frame. tools=False: by itself."""
    return {
        "picture": picture,
        "drawn": drawing.svg(picture),
        "addresses": pictures.addresses(picture),
        "version": drawing.VERSION,
        "tools": tools,
    }
