from django import template
from django.db.models import Count

from announcements.choices import OPEN_STATES, RevisionState
from announcements.models import Revision

register = template.Library()


@register.filter
def only(form, names):
    """The fields of a form that these names, with spaces between, stand for."""
    return [form[name] for name in names.split()]


@register.simple_tag
def work_of(user):
    """What is being worked on as somebody may see it: how many are theirs, and how many are in each open state."""
    seen = Revision.objects.open().typed().visible_to(user, all=user.has_perm("announcements.approve_revision"))
    numbers = dict(seen.order_by().values_list("state").annotate(number=Count("pk")))
    return {
        "mine": seen.filter(assignee=user).count(),
        "states": [(state, RevisionState(state).label, numbers.get(state, 0)) for state in OPEN_STATES],
    }
