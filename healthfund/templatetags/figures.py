"""Money and the main menu in templates."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import mark_safe

from healthfund.web import claims, money, panels
from programmes.financial_years import FinancialYear

register = template.Library()


@register.filter
def pounds(pence):
    """`£498m` for pence."""
    return money.pounds(pence)


@register.filter
def exact(pence):
    """To the penny."""
    return money.exact(pence)


@register.filter
def less(pence):
    """To the penny, as taken off."""
    return money.exact(-pence)


@register.filter
def ends(amounts):
    """`£12.6–13.0bn` for two ends in pence."""
    return money.pounds_range(*amounts)


@register.filter
def exact_ends(amounts):
    """Two ends to the penny."""
    return money.exact_range(*amounts)


@register.filter
def spoken(amounts):
    """`£195bn to £207bn`, for a sentence."""
    return money.spoken_range(*amounts)


@register.filter
def financial_year(year):
    """`2018-19` for the year in which it begins."""
    return str(FinancialYear(year))


@register.filter
def index(level):
    """An index of prices, to four decimals at most."""
    return f"{float(level):.4f}".rstrip("0").rstrip(".")


@register.filter
def grouped(query, dimension):
    """A question to totals, by a dimension."""
    return "&".join(filter(None, [query, f"by={dimension}"]))


@register.filter
def headline(announcement):
    """The figure that stands for an announcement in a list; its claims are prefetched in their order."""
    return claims.headline(announcement.claims.all())


@register.simple_tag
def figure(amounts, query="", href=None, end=""):
    """An amount as a door: its reading, its exact pence as data, the total that it is, and the way to what is behind it.

    query: what totals are asked for this one; without `href` the figure leads to the pots in it. href="": no link.
    end: "firm" or "ceiling", where only that one is to be read.
    """
    firm, ceiling = amounts
    if href is None:
        href = panels.money_address(query) if query else ""
    asked = format_html(' data-query="{}"', query) if query else ""
    ends = {"firm": (firm, firm), "ceiling": (ceiling, ceiling)}.get(end, (firm, ceiling))
    data = format_html('<data value="{} {}"{}>{}</data>', firm, ceiling, asked, money.pounds_range(*ends))
    return format_html('<a class="figure" href="{}">{}</a>', href, data) if href else data


@register.simple_tag(takes_context=True)
def menu(context, href, label):
    """A link of the main menu, marked where the reader is on that page or in its section."""
    path = context["request"].path if "request" in context else ""
    here = "page" if path == href else "true" if href != "/" and path.startswith(href) else ""
    mark = format_html(' aria-current="{}"', here) if here else mark_safe("")
    return format_html('<a href="{}"{}>{}</a>', href, mark, label)
