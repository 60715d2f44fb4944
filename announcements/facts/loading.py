"""Fact files in: judged together, then written whole or not at all, and posted."""

import contextlib
from enum import StrEnum
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q

from programmes.documents import Fault, Faults, place, position
from programmes.models import Region, Theme
from programmes.names import known_organisations

from .. import auditing, readside, search, tasks
from ..auditing import Noted
from ..choices import LINKS_TO_OUTER, Did, Merged, Status
from ..ledger import posting
from ..models import Announcement, Claim, ClaimLink, Forward
from . import dumping, writing
from .format import SHAPE, SHARES, WHOLES, compact
from .rules import Judgement, Known
from .rules import Loaded as LoadedClaim

CHUNK = 5000
"""How many values one query looks up; both engines take more."""


class FactFaults(Faults):
    """Fact files that cannot be loaded; `faults` lists all that is wrong with them."""


class PublisherNeeded(FactFaults):
    """Nothing is wrong with them, but published announcements would change, which not everybody may do."""


class Change(StrEnum):
    """What loading does to an announcement."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


class Outcome(NamedTuple):
    """What became of one announcement of the documents, and its status afterwards."""

    id: str
    change: Change
    status: Status


class Counts(NamedTuple):
    """How many announcements of the documents were new, changed what was loaded, or changed nothing."""

    new: int
    changed: int
    unchanged: int

    def __str__(self):
        return f"{self.new} new, {self.changed} changed, {self.unchanged} unchanged"


class Loaded(NamedTuple):
    """What became of the announcements, in the order of the documents."""

    outcomes: tuple[Outcome, ...]

    @property
    def counts(self):
        return Counts(*(sum(outcome.change == change for outcome in self.outcomes) for change in Change))


def load(
    documents,
    *,
    at,
    today,
    check=False,
    future_ok=False,
    publish=True,
    put_back=False,
    may_publish=True,
    by=None,
    why="",
):
    """Load fact documents together and post what they add, in one transaction: all of it or nothing.

    documents: [(name, document)] where the name is what faults call it; a document is as json.loads gives it. at: the
    moment it is published and posted; today: the last day that anything may be dated, unless future_ok. With check,
    nothing is written. Gives Loaded. Raises FactFaults with every fault that was found; then nothing is written.

    With publish, everything in the documents is public afterwards. Without, what is new is a draft and what is a draft
    stays one, and may lean on other drafts; what is published stays so and follows its document, which raises
    PublisherNeeded unless may_publish.

    An announcement that says what is loaded already is left alone, so loading twice changes nothing. One that says
    anything else replaces what its id had; what an editor has withdrawn stays withdrawn, and changing it is a fault, but
    with put_back, which makes it public again. Each that is written is noted in
    the audit log: by whom (a user, a name, or None for the portal itself), and why.
    """
    documents = list(documents)
    errors = [SHAPE.errors(document) for _, document in documents]
    with contextlib.nullcontext() if check else transaction.atomic():
        if not check:
            # What is judged here is written below: one loads or publishes at a time. Held without a write, so that
            # loading what is loaded already writes nothing at all.
            posting.lock()
        parents = dict(Region.objects.in_tree_order().values_list("key", "parent"))
        known = Known(
            themes=set(Theme.objects.values_list("key", flat=True)),
            parents=parents,
            today=None if future_ok else today,
            claims=lambda references: _loaded_claims(references, drafts=not publish),
            inside=lambda pots: _loaded_links(pots, besides=ids),
        )
        ids = _ids(documents)
        judgement = Judgement(documents, errors, known).judge()
        if not known.themes and any(judgement.statements):
            name = documents[0][0]
            message = "themes and regions are not known yet: load the reference data first (manage.py load_reference)"
            raise FactFaults([Fault(name, message)])
        _raise_if_any(judgement.faults, documents)
        records = _records(documents, judgement, list(parents))
        existing = _existing(ids)
        new = [record for key, (_, record) in records.items() if key not in existing]
        becomes_public = {Status.DRAFT} if publish else set()
        if put_back:
            becomes_public.add(Status.WITHDRAWN)
        changed = [
            records[key][1]
            for key, row in existing.items()
            if row.status in becomes_public or dumping.announcement(row) != records[key][1]
        ]
        published = [record for record in changed if existing[record["id"]].is_published]
        places = {key: where for key, (where, _) in records.items()}
        faults = list(_pulled_away(existing, changed, judgement, places))
        if not put_back:
            faults += _withdrawn(existing, new, changed, places)
        if not publish:
            faults += _on_drafts(existing, published, places)
        _raise_if_any(faults, documents)
        if not may_publish:
            message = "is published: whoever may not publish cannot change it"
            _raise_if_any([(*places[record["id"]], message) for record in published], documents, PublisherNeeded)
        if (new or changed) and not check:
            standing = _standing([existing[record["id"]] for record in changed])
            announcements, pots = writing.write(new, changed, existing, at=at, publish=publish)
            search.index(announcements)
            auditing.note_all(standing, by=None, at=at, why=auditing.KEPT_SINCE)
            auditing.note_all(_noted(new, changed, existing, publish), by=by, at=at, why=why)
            if publish or published:
                posting.post(pots, at=at)
                readside.refresh(pots, announcements, at=at)
                tasks.roll_up_soon()
    return _loaded(records, existing, changed, publish)


def _standing(rows):
    """What announcements say that are changed for the first time since histories are kept."""
    told = auditing.told("announcement", [row.slug for row in rows])
    return [
        Noted("announcement", row.slug, row.title, Did.CREATED, dumping.announcement(row))
        for row in rows
        if row.slug not in told
    ]


def _noted(new, changed, existing, publish):
    public = {record["id"] for record in changed if existing[record["id"]].is_published}
    first = {record["id"] for record in new}
    for record in [*new, *changed]:
        verb = Did.CHANGED
        if publish and record["id"] not in public:
            verb = Did.PUBLISHED
        elif record["id"] in first:
            verb = Did.CREATED
        yield Noted("announcement", record["id"], record["title"], verb, record)


def _loaded(records, existing, changed, publish):
    differs = {record["id"] for record in changed}
    outcomes = []
    for key in records:
        row = existing.get(key)
        change = Change.NEW if row is None else Change.CHANGED if key in differs else Change.UNCHANGED
        status = Status.DRAFT if row is None else Status(row.status)
        if publish and change != Change.UNCHANGED:
            status = Status.PUBLISHED
        outcomes.append(Outcome(key, change, status))
    return Loaded(tuple(outcomes))


def _raise_if_any(faults, documents, error=FactFaults):
    if faults:
        order = sorted(dict.fromkeys(faults), key=lambda fault: (fault[0], position(documents[fault[0]][1], fault[1])))
        raise error([Fault(place(documents[number][0], path), message, path) for number, path, message in order])


def _ids(documents):
    """The ids that the documents give, whatever else may be wrong with them."""
    return {
        record["id"]
        for _, document in documents
        if isinstance(document, dict) and isinstance(document.get("announcements"), list)
        for record in document["announcements"]
        if isinstance(record, dict) and isinstance(record.get("id"), str)
    }


def _records(documents, judgement, tree):
    """{id: ((number of the document, path), announcement)} in the canonical form that dumping gives."""
    organisations = known_organisations()
    place_in_tree = {region: index for index, region in enumerate(tree)}
    records = {}
    for number, (_, document) in enumerate(documents):
        for index, record in enumerate(document["announcements"]):
            where = (number, ("announcements", index))
            records[record["id"]] = where, compact(_resolved(record, judgement, organisations, place_in_tree))
    return records


def _resolved(record, judgement, organisations, place_in_tree):
    """The announcement with every reference led to its pot, organisations by their present names, and sets in order."""

    def present(speaker):
        return speaker | {"organisation": organisations.get(speaker["organisation"], speaker["organisation"])}

    def pot(reference):
        return judgement.pot_of(reference if "#" in reference else f"{record['id']}#{reference}")

    def claim(given):
        out = dict(given)
        if given.get("about") is not None:
            out["about"] = pot(given["about"])
        for key in WHOLES:
            # Two references may mean one pot.
            out[key] = list(dict.fromkeys(map(pot, given.get(key) or ())))
        for key in SHARES:
            out[key] = [share | {"pot": pot(share["pot"])} for share in given.get(key) or ()]
        if given.get("programmes") is not None:
            out["programmes"] = sorted(given["programmes"])
        out["tags"] = sorted(given.get("tags") or ())
        out["regions"] = sorted(given.get("regions") or (), key=place_in_tree.get)
        out["splits"] = sorted(given.get("splits") or (), key=lambda split: place_in_tree[split["region"]])
        return out

    return record | {
        "announcer": present(record["announcer"]),
        "programmes": sorted(record.get("programmes") or ()),
        "claims": [claim(given) for given in record["claims"] or ()],
        "responses": [present(response) for response in record.get("responses") or ()],
    }


# ------------------------------------------------------------------------------------------ what is loaded


def _chunks(values, size=CHUNK):
    values = sorted(values)
    return (values[start : start + size] for start in range(0, len(values), size))


def _existing(ids):
    """{id: announcement with all that hangs on it} of those that are there already."""
    return {
        row.slug: row
        # What hangs on them is looked up by all their ids, and by those of all their claims.
        for chunk in _chunks(ids, dumping.CHUNK)
        for row in dumping.prefetched(Announcement.objects.filter(slug__in=chunk).in_order())
    }


def _loaded_claims(references, *, drafts):
    """What full references mean among what is loaded: {reference: LoadedClaim}, without those that mean nothing.

    drafts: whether they may lead to drafts.
    """
    sound = {Status.PUBLISHED, Status.DRAFT} if drafts else {Status.PUBLISHED}
    found = {}
    for chunk in _chunks({reference.partition("#")[0] for reference in references}):
        claims = Claim.objects.filter(announcement__slug__in=chunk)
        for slug, key, pot, status in claims.values_list(
            "announcement__slug", "key", "pot__reference", "announcement__status"
        ):
            if f"{slug}#{key}" in references:
                found[f"{slug}#{key}"] = pot, _trouble(slug, status, sound)
    # What was merged into another announcement leads on to where it is now.
    for chunk in _chunks(reference for reference in references if found.get(reference, (None, "gone"))[1]):
        forwards = Forward.objects.filter(thing=Merged.POT, old__in=chunk)
        found |= {old: (new, "") for old, new in forwards.values_list("old", "new")}
    introduced = {}
    for chunk in _chunks({pot for pot, _ in found.values()}):
        first = Claim.objects.filter(pot__reference__in=chunk, introduces_pot=True)
        introduced |= dict(first.values_list("pot__reference", "announcement__status"))
    return {
        reference: LoadedClaim(pot, trouble or _trouble(pot.partition("#")[0], introduced.get(pot), sound))
        for reference, (pot, trouble) in found.items()
    }


def _trouble(announcement, status, sound):
    if status in sound:
        return ""
    if status is None:
        return f"leads to a pot that {announcement} no longer introduces"
    return f"leads to {announcement}, which is {Status(status).label.lower()}: publish that first"


def _loaded_links(pots, *, besides):
    """Published links whose outer pot is one of these references, as (outer, inner), without those of some ids."""
    links = []
    for chunk in _chunks(pots):
        rows = ClaimLink.objects.filter(
            Q(kind__in=LINKS_TO_OUTER, pot__reference__in=chunk)
            | (~Q(kind__in=LINKS_TO_OUTER) & Q(claim__pot__reference__in=chunk)),
            claim__announcement__status=Status.PUBLISHED,
        )
        for kind, mine, other, slug in rows.values_list(
            "kind", "claim__pot__reference", "pot__reference", "claim__announcement__slug"
        ):
            if slug not in besides:
                links.append((other, mine) if kind in LINKS_TO_OUTER else (mine, other))
    return links


def _withdrawn(existing, new, changed, places):
    """Faults of announcements that an editor withdrew and that would change, or that would be leant on again."""
    gone = {key for key, row in existing.items() if row.status == Status.WITHDRAWN}
    for record in [*new, *changed]:
        number, path = places[record["id"]]
        if record["id"] in gone:
            yield number, path, "was withdrawn by an editor: publish it again in the admin, then load it"
            continue
        for index, claim in enumerate(record["claims"]):
            for slug in sorted({pot.partition("#")[0] for pot in writing.pots_of(record, claim)} & gone):
                message = f"leads to {slug}, which was withdrawn by an editor: publish that again first"
                yield number, (*path, "claims", index), message


def _on_drafts(existing, published, places):
    """Faults of published announcements that would come to lean on a draft."""
    leads = {
        (record["id"], index): sorted({pot.partition("#")[0] for pot in writing.pots_of(record, claim)})
        for record in published
        for index, claim in enumerate(record["claims"])
    }
    public = set()
    for chunk in _chunks({slug for slugs in leads.values() for slug in slugs}):
        public.update(Announcement.objects.published().filter(slug__in=chunk).values_list("slug", flat=True))
    for (key, index), slugs in leads.items():
        number, path = places[key]
        for slug in slugs:
            if slug not in public:
                message = f"leads to {slug}, which is a draft, and is published itself: publish that first"
                yield number, (*path, "claims", index), message


def _pulled_away(existing, changed, judgement, places):
    """Faults of announcements that no longer introduce a pot which others, not loaded here, are about or link to."""
    going = {}
    for record in changed:
        for claim in existing[record["id"]].claims.all():
            mine = f"{record['id']}#{claim.key}"
            still = claim.pot.reference == mine and mine in judgement.statements and judgement.pot_of(mine) == mine
            if claim.introduces_pot and not still:
                going[claim.pot_id] = record["id"], claim
    others = Claim.objects.exclude(announcement__status=Status.WITHDRAWN).select_related("announcement")
    leaning = []
    for chunk in _chunks(going):
        leaning += [(claim.pot_id, claim, "is about it") for claim in others.filter(pot__in=chunk).in_order()]
        links = ClaimLink.objects.filter(pot__in=chunk).exclude(claim__announcement__status=Status.WITHDRAWN)
        leaning += [
            (link.pot_id, link.claim, "links to it")
            for link in links.select_related("claim__announcement").order_by("claim__announcement__slug", "pk")
        ]
    for pot, claim, how in leaning:
        slug, was = going[pot]
        if claim.announcement.slug in places:
            continue
        number, path = places[slug]
        statement = judgement.statements.get(f"{slug}#{was.key}")
        path = (*statement.path, "about") if statement else (*path, "claims")
        yield (
            number,
            path,
            f"{was.pot.reference} is introduced no more, and {claim.announcement.slug}#{claim.key}, which is loaded, "
            f"{how}: keep it, or load that one changed together with this",
        )
