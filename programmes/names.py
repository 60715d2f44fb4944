"""Organisations and programmes by the names that announcements use. What is not known yet is entered."""

from django.utils.text import slugify

from .models import Organisation, Programme

SLUG_LENGTH = 120


def free_slug(name, taken, otherwise, longest=SLUG_LENGTH):
    """A slug for a name that is not among those taken, and is added to them: small letters, digits and single hyphens.

    otherwise: for names without letters.
    """
    whole = slugify(name.replace("_", " "))[:longest].strip("-") or otherwise
    slug, number = whole, 1
    while slug in taken:
        number += 1
        ending = f"-{number}"
        slug = whole[: longest - len(ending)].rstrip("-") + ending
    taken.add(slug)
    return slug


def target_slug(metric, due, taken):
    """The slug of a new target that is not among those taken, and is added to them. It is given once, for good."""
    return free_slug(f"{metric[:100]} {due}", taken, "target")


def known_organisations():
    """{name: present name} of all organisations, other names included; a present name goes before another's other."""
    rows = list(Organisation.objects.order_by("pk").values_list("name", "other_names"))
    known = {}
    for name, others in rows:
        for other in others:
            known.setdefault(other, name)
    return known | {name: name for name, _ in rows}


def organisations(names):
    """{name: id} of the organisations of these present names; those that are not there yet are entered, as `other`."""
    return _entered(Organisation, names, "organisation")


def programmes(names):
    """{name: id} of the programmes of these names; those that are not there yet are entered."""
    return _entered(Programme, names, "programme")


def _entered(model, names, otherwise):
    found, taken = {}, set()
    for pk, name, slug in model.objects.values_list("pk", "name", "slug"):
        found[name] = pk
        taken.add(slug)
    missing = sorted(set(names) - set(found))
    new = model.objects.bulk_create([model(name=name, slug=free_slug(name, taken, otherwise)) for name in missing])
    return found | {row.name: row.pk for row in new}
