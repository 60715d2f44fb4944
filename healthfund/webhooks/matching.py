"""Which changes a webhook is told of, by the filter of announcements that it has."""

from django.http import QueryDict

from announcements.choices import ChangeKind, Resource
from announcements.filters import AnnouncementFilter
from announcements.models import Announcement, Claim


def asked(query):
    """The filter that a query string makes over published announcements: `.faults` says what is wrong with it."""
    return AnnouncementFilter(QueryDict(query), Announcement.objects.published(), blanks=False)


def matching(changes, *, query, resources):
    """Those of the changes, a list, that a webhook with this filter and these resources is told of, in their order.

    The filter is asked of things as they stand now; a pot matches where an announcement that speaks of it does. What
    was withdrawn can be asked nothing, so everybody is told of it. Takes two queries at most, however many changes.
    """
    changes = [change for change in changes if change.resource in resources]
    if not query:
        return changes
    here = [change for change in changes if change.kind != ChangeKind.WITHDRAWN]
    found = _found(asked(query).qs.order_by(), here)
    return [
        change
        for change in changes
        if change.kind == ChangeKind.WITHDRAWN or (change.resource, change.public_id) in found
    ]


def _found(announcements, changes):
    """(resource, id) of what the changes tell of and the filter finds."""
    slugs = {change.public_id for change in changes if change.resource == Resource.ANNOUNCEMENT}
    references = {change.public_id for change in changes if change.resource == Resource.POT}
    found = set()
    if slugs:
        slugs = announcements.filter(slug__in=slugs).values_list("slug", flat=True)
        found |= {(Resource.ANNOUNCEMENT, slug) for slug in slugs}
    if references:
        about = Claim.objects.filter(pot__reference__in=references, announcement__in=announcements.values("pk"))
        found |= {(Resource.POT, reference) for reference in about.order_by().values_list("pot__reference", flat=True)}
    return found
