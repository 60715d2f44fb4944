"""The facets of the list of announcements: every value with how many announcements it would find.

A facet's numbers answer all that is asked but the facet itself, so that they say what choosing another value would give.
They come from the stored facets in a fixed number of queries, and are remembered until something public changes.
"""

from collections import defaultdict
from typing import NamedTuple

from django.db.models import Count, Q

from announcements.choices import Additionality, Sector
from announcements.filters import MISSING, NOT, UNSTATED, AnnouncementFilter
from announcements.models import Announcement, AnnouncementFacet, Change
from healthfund.remembering import Remembered
from programmes.financial_years import FinancialYear
from programmes.models import Organisation, Programme, Region, Theme

STORED = ("theme", "region", "sector", "additionality", "programme", "amount")
NAMES = (*STORED, "organisation", "year")
OPEN = ("theme", "additionality", "sector")
"""Those that stand open where nothing of them is chosen."""

TOP = 12
"""So many of what there may be hundreds of: programmes and organisations."""

NUMBERS = Remembered()


class Value(NamedTuple):
    """A value of a facet: how many it would find, how deep it stands in a tree, and whether it is chosen or left out."""

    value: str
    label: str
    number: int
    depth: int
    chosen: bool
    left_out: bool


class Facet(NamedTuple):
    """A facet with its values; `others` is how many more values there are, of which nothing is chosen."""

    name: str
    label: str
    values: list
    others: int
    is_open: bool


def facets(asked):
    """The facets of an AnnouncementFilter without faults or blanks, as Facets in their order."""
    numbers, found = _numbers(asked), []
    for name in NAMES:
        chosen, left_out = (asked.data.getlist(word) for word in (name, f"{NOT}{name}"))
        known = numbers[name]
        words, depths = _words(name, [*chosen, *left_out], known)
        shown = [word for word in words if known.get(word) or word in chosen or word in left_out]
        values = [
            Value(word, words[word], known.get(word, 0), depths.get(word, 0), word in chosen, word in left_out)
            for word in shown
        ]
        is_open = name in OPEN or bool({*chosen, *left_out})
        others = 0 if name == "amount" else max(0, sum(map(bool, known.values())) - len(values))
        found.append(Facet(name, asked.filters[name].label, values, others, is_open))
    return found


def version():
    """What differs whenever any number of announcements might, but by words; read before them."""
    return Change.objects.order_by("-pk").values_list("pk", "at", "public_id").first()


def without(asked, name):
    """The same question but for one facet, as its data."""
    data = asked.data.copy()
    for word in (name, f"{NOT}{name}"):
        data.pop(word, None)
    return data


def _numbers(asked):
    """{facet: {value: number of announcements}}."""
    if asked.data.get("q"):
        # Words are looked up in an index that is also brought up to date by itself.
        return _count(asked)
    question = tuple((name, *sorted(asked.data.getlist(name))) for name in sorted(asked.form.fields))
    return NUMBERS.of(version(), question, lambda: _count(asked))


def _count(asked):
    alone = [name for name in NAMES if len(without(asked, name)) < len(asked.data)]
    numbers = defaultdict(dict)
    numbers |= _stored([name for name in STORED if name not in alone], asked.data)
    for name in STORED:
        if name in alone:
            numbers |= _stored([name], without(asked, name))
    announcers = _found(without(asked, "organisation")).values_list("announcer__slug")
    numbers["organisation"] = dict(announcers.annotate(number=Count("pk")))
    # By the day and not by the row: there are some thousands of days at most.
    for day, number in _found(without(asked, "year")).values_list("announced_on").annotate(number=Count("pk")):
        year = str(FinancialYear.of(day))
        numbers["year"][year] = numbers["year"].get(year, 0) + number
    return numbers


def _found(data):
    """The announcements that a question finds, in no order."""
    return AnnouncementFilter(data, Announcement.objects.published(), also=data).qs.order_by()


def _stored(names, data):
    """The same of these stored facets, over what a question finds: one query."""
    # Of amounts only that none is stated: each stated one is a row of its own.
    wanted = Q(name__in=[name for name in names if name != "amount"])
    if "amount" in names:
        wanted |= Q(name="amount", value=MISSING)
    rows = AnnouncementFacet.objects.filter(wanted).order_by()
    if set(data) & set(AnnouncementFilter.base_filters):
        rows = rows.filter(announcement__in=_found(data).values("pk"))
    numbers = defaultdict(dict)
    for name, value, number in rows.values_list("name", "value").annotate(number=Count("pk")):
        numbers[name][value] = number
    return numbers


def _words(name, given, numbers):
    """({value: label} in the order in which they are shown, {value: depth})."""
    if name == "theme":
        return dict([*Theme.objects.by_name().values_list("key", "name"), UNSTATED]), {}
    if name == "region":
        rows = Region.objects.in_tree_order().values_list("key", "name", "parent")
        depths, labels = {}, {}
        for key, label, parent in rows:
            depths[key] = depths.get(parent, -1) + 1
            labels[key] = label
        return labels | dict([UNSTATED]), depths
    if name in ("sector", "additionality"):
        return dict([*(Sector if name == "sector" else Additionality).choices, UNSTATED]), {}
    if name == "amount":
        return dict([UNSTATED]), {}
    if name == "year":
        return {year: year for year in sorted({*numbers, *given} - {""}, reverse=True)}, {}
    model = Programme if name == "programme" else Organisation
    largest = sorted(numbers, key=lambda value: (value == MISSING, -numbers[value], value))
    wanted = dict.fromkeys(
        [*largest[:TOP], *(value for value in given if value), *([MISSING] if MISSING in numbers else [])]
    )
    names = dict(model.objects.filter(slug__in=wanted).values_list("slug", "name")) | dict([UNSTATED])
    return {value: names[value] for value in wanted if value in names}, {}
