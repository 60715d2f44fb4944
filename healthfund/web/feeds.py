"""Lists as Atom feeds: exactly what a page's address asks for, the last changed first.

An entry's id is made of what it tells of and not of the portal's address, so that it stays when the portal moves; its
`updated` is the moment at which what readers see of it last changed.
"""

import uuid

from django.contrib.syndication.views import Feed
from django.db.models import Max
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import escape

from announcements.filters import ResponseFilter, StrictFilterSet
from announcements.models import Announcement, Response
from healthfund.exports.statement import LICENCE

from . import changes, claims, filtering, panels, promises, responses
from .announcement_list import asked_of, names_of, refuse

SIZE = 50


def stable_id(*named):
    """An id that is the same wherever the portal is, for a thing named by these words."""
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, ' '.join(['healthfund', *map(str, named)]))}"


class Refused(Exception):
    """The feed cannot be asked that; carries the page that says why."""

    def __init__(self, response):
        super().__init__("The question has faults.")
        self.response = response


class AtomFeed(Feed):
    """What all of our feeds have in common."""

    feed_type = Atom1Feed
    feed_copyright = f"{LICENCE.title} <{LICENCE.path}>"

    def __call__(self, request, *args, **kwargs):
        try:
            return super().__call__(request, *args, **kwargs)
        except Refused as refused:
            return refused.response


class Changes(AtomFeed):
    """The changes that an address asks for."""

    subtitle = "What was published, corrected and withdrawn."
    author_name = "healthfund"

    def get_object(self, request):
        asked = changes.asked_of(request)
        if asked.form.faults:
            raise Refused(changes.refuse(request, asked, asked.form.faults))
        return asked

    def title(self, asked):
        return "; ".join(["healthfund: changes", *(one.value.lower() for one in filtering.chosen(asked))])

    def link(self, asked):
        return reverse("changes") + filtering.top(asked.data).removesuffix("?")

    def feed_url(self, asked):
        return reverse("changes-feed") + filtering.top(asked.data).removesuffix("?")

    def items(self, asked):
        return changes.told(list(changes.newest_first(asked)[:SIZE]))

    def item_title(self, told):
        return f"{told.what}: {told.name}"

    def item_description(self, told):
        return escape(f"{told.what} on {told.change.at:%-d %B %Y}.")

    def item_link(self, told):
        return told.href

    def item_guid(self, told):
        return stable_id("change", told.change.kind, told.change.public_id, told.change.at.isoformat())

    def item_updateddate(self, told):
        return told.change.at


class Announcements(AtomFeed):
    """The announcements that an address asks for; `ordering` is no parameter of a feed."""

    subtitle = "UK health-technology funding announcements, each pound counted once. The last changed first."
    author_name = "healthfund"

    def get_object(self, request):
        asked = asked_of(request, Announcement.objects.published(), paged=False)
        if asked.faults:
            raise Refused(refuse(request, asked, asked.faults))
        return asked

    def title(self, asked):
        chosen = filtering.chosen(asked, names_of(asked.data))
        return "; ".join(["healthfund: announcements", *(f"{item.label.lower()}: {item.value}" for item in chosen)])

    def link(self, asked):
        return reverse("announcements") + filtering.top(asked.data).removesuffix("?")

    def feed_url(self, asked):
        return reverse("announcements-feed") + filtering.top(asked.data).removesuffix("?")

    def items(self, asked):
        rows = panels.with_lines(asked.qs).select_related("announcer", "document")
        return rows.order_by("-document__changed_at", "-announced_on", "slug")[:SIZE]

    def item_title(self, announcement):
        return announcement.title

    def item_description(self, announcement):
        line = claims.headline(announcement.claims.all())
        said = f" {line.wording} ({line.word})." if line else ""
        # Readers take it for HTML.
        return escape(f"{announcement.announced_on:%-d %B %Y}, {announcement.announcer}.{said} {announcement.summary}")

    def item_guid(self, announcement):
        return stable_id("announcement", announcement.slug)

    def item_author_name(self, announcement):
        return announcement.announcer.name

    def item_pubdate(self, announcement):
        return announcement.published_at

    def item_updateddate(self, announcement):
        return announcement.document.changed_at


class ListFeed(AtomFeed):
    """A list whose filters are those of its page, `listed`."""

    author_name = "healthfund"
    listed = what = ""

    def asked(self, data) -> StrictFilterSet:
        raise NotImplementedError

    def get_object(self, request):
        asked = self.asked(request.GET)
        if asked.faults:
            raise Refused(refuse(request, asked, asked.faults))
        return asked

    def title(self, asked):
        chosen = filtering.chosen(asked, responses.names_of(asked.data))
        return "; ".join([f"healthfund: {self.what}", *(f"{item.label.lower()}: {item.value}" for item in chosen)])

    def link(self, asked):
        return reverse(self.listed) + filtering.top(asked.data).removesuffix("?")

    def feed_url(self, asked):
        return reverse(f"{self.listed}-feed") + filtering.top(asked.data).removesuffix("?")


class Responses(ListFeed):
    """The responses that an address asks for, to the latest announcement first."""

    listed = what = "responses"
    subtitle = "Who welcomed and who criticised UK health-technology funding announcements."

    def asked(self, data):
        return ResponseFilter(data, Response.objects.of_published().latest_first())

    def items(self, asked):
        return responses.whole(asked.qs).select_related("announcement__document")[:SIZE]

    def item_title(self, response):
        return f"{response.organisation}: {response.get_stance_display().lower()}, {response.announcement}"

    def item_description(self, response):
        return escape(response.summary)

    def item_link(self, response):
        return f"{response.announcement.get_absolute_url()}#response-{response.key}"

    def item_guid(self, response):
        return stable_id("response", responses.reference(response))

    def item_author_name(self, response):
        return response.organisation.name

    def item_pubdate(self, response):
        return response.announcement.published_at

    def item_updateddate(self, response):
        return response.announcement.document.changed_at


class Promises(ListFeed):
    """The promises that an address asks for, the last published first."""

    listed = what = "promises"
    subtitle = "What was promised with UK health-technology funding, and by when."

    def asked(self, data):
        return promises.asked_of(data)

    def items(self, asked):
        rows = promises.with_makers(asked.qs).annotate(published_at=Max("announced_in__announcement__published_at"))
        return rows.order_by("-published_at", "-pk")[:SIZE]

    def item_title(self, target):
        return f"{target.wording} (due {target.due})" if target.due else target.wording

    def item_description(self, target):
        return escape(
            "; ".join(f"{made.announcement.announced_on:%-d %B %Y}, {made.announcement}" for made in target.made_in)
        )

    def item_link(self, target):
        return f"{target.made_in[0].announcement.get_absolute_url()}#promises"

    def item_guid(self, target):
        return stable_id("target", target.slug)

    def item_pubdate(self, target):
        return target.published_at

    item_updateddate = item_pubdate
