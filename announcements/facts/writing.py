"""Canonical announcements into rows: a handful of queries for each table, however many announcements there are."""

import datetime
from decimal import Decimal

from programmes.financial_years import FinancialYear
from programmes.models import Target
from programmes.names import organisations, programmes, target_slug

from ..choices import LinkKind, Status, Terms
from ..models import (
    AnnouncedTarget,
    Announcement,
    Claim,
    ClaimLink,
    Figure,
    LedgerEntry,
    Membership,
    Pot,
    RegionSplit,
    Response,
    Source,
)
from ..models.response import key_for
from .format import SHARES, WHOLES, hundredths

BATCH = 500
"""Rows that one statement writes or deletes."""


def write(new, changed, existing, *, at, publish):
    """Write announcements and everything in them, and publish them where `publish` says so, else leave drafts drafts.

    new, changed: canonical announcements whose references lead to pots; existing: {id: row} of those that change,
    fetched with `dumping.prefetched`. Claims keep their ids by key, responses by who answers, targets by what they
    promise, and what stands at the same place the rest. Gives (ids of the announcements, ids of all pots that claims or
    links of those that are public led to before or lead to now).
    """
    return _Writer([*new, *changed], [existing[record["id"]] for record in changed], at, publish).write()


class _Writer:
    def __init__(self, records, before, at, publish):
        self.records = records
        self.before = {row.slug: row for row in before}
        self.at = at
        self.publish = publish

    def write(self):
        before = {
            row.slug: {
                pot
                for claim in row.claims.all()
                for pot in (claim.pot_id, *(link.pot_id for link in claim.links.all()))
            }
            for row in self.before.values()
        }
        self._names()
        self._announcements()
        self._pots()
        self._sources_and_figures()
        self._targets()
        self._claims()
        self._what_claims_say()
        self._responses()
        touched, posted = set(), set()
        for record in self.records:
            pots = {self.pots[pot] for claim in record["claims"] for pot in pots_of(record, claim)}
            pots |= before.get(record["id"], set())
            touched |= pots
            if self.rows[record["id"]].is_published:
                posted |= pots
        return [row.pk for row in self.rows.values()], posted - self._drop_unused(touched)

    def _names(self):
        speakers = [speaker for r in self.records for speaker in (r["announcer"], *r.get("responses", ()))]
        self.organisations = organisations(speaker["organisation"] for speaker in speakers)
        self.programmes = programmes(name for record in self.records for name in record.get("programmes", ()))

    def _announcements(self):
        rows = []
        for record in self.records:
            row = self.before.get(record["id"]) or Announcement(slug=record["id"])
            row.announced_on = _day(record["announced_on"])
            row.title = record["title"]
            row.summary = record["summary"]
            row.note = record.get("note", "")
            row.announcer_id = self.organisations[record["announcer"]["organisation"]]
            row.person = record["announcer"].get("person", "")
            row.role = record["announcer"].get("role", "")
            if self.publish and not row.is_published:
                row.status = Status.PUBLISHED
                row.published_at = self.at
                row.withdrawn_reason = ""
            row.updated_at = self.at
            rows.append(row)
        fields = ["announced_on", "title", "summary", "note", "announcer", "person", "role", "status"]
        _save(Announcement, rows, [*fields, "published_at", "withdrawn_reason", "updated_at"])
        self.rows = {row.slug: row for row in rows}
        self._relate(
            Announcement.programmes.through,
            "announcement_id",
            [row.pk for row in self.before.values()],
            [
                {"announcement_id": row.pk, "programme_id": self.programmes[name]}
                for row, record in zip(rows, self.records, strict=True)
                for name in record.get("programmes", ())
            ],
        )

    def _pots(self):
        """Every pot that is spoken of, by reference; those that are introduced here are made, or take their name."""
        names = {
            f"{record['id']}#{claim['key']}": claim["name"]
            for record in self.records
            for claim in record["claims"]
            if "about" not in claim
        }
        wanted = {pot for record in self.records for claim in record["claims"] for pot in pots_of(record, claim)}
        rows = [pot for chunk in _batches(sorted(wanted), 5000) for pot in Pot.objects.filter(reference__in=chunk)]
        found = {pot.reference for pot in rows}
        renamed = [pot for pot in rows if names.get(pot.reference, pot.name) != pot.name]
        for pot in renamed:
            pot.name = names[pot.reference]
        Pot.objects.bulk_update(renamed, ["name"], batch_size=BATCH)
        new = [Pot(reference=reference, name=name) for reference, name in names.items() if reference not in found]
        self.pots = {pot.reference: pot.pk for pot in [*rows, *Pot.objects.bulk_create(new)]}

    def _sources_and_figures(self):
        self.sources = self._listed(
            Source,
            "sources",
            lambda source, record: {
                "url": source["url"] or "",
                "publisher": source["publisher"],
                "published_on": _day(source.get("published_on")),
                "kind": source["kind"],
            },
        )
        self._listed(
            Figure,
            "figures",
            lambda figure, record: {
                "as_stated": figure["as_stated"],
                "what": figure["what"],
                "kind": figure["kind"],
                "note": figure.get("note", ""),
            },
        )

    def _responses(self):
        def fields(response, record):
            source, claim = response.get("source"), response.get("claim")
            return {
                "organisation_id": self.organisations[response["organisation"]],
                "person": response.get("person", ""),
                "role": response.get("role", ""),
                "stance": response["stance"],
                "summary": response["summary"],
                "source_id": None if source is None else self.sources[record["id"]][source].pk,
                "claim_id": None if claim is None else self.claims[record["id"], claim].pk,
                "note": response.get("note", ""),
            }

        self._listed(Response, "responses", fields, _answers)

    def _listed(self, model, key, fields, rows_for=None):
        """Write the rows of one list of every announcement; gives {id: rows in order}.

        rows_for: from the rows before and what is given now, a row for each of these and the rows that none goes on
        from; each by its place where not given.
        """
        rows_for = rows_for or _in_place(model)
        out, surplus = {}, []
        for record in self.records:
            before = list(getattr(self.before[record["id"]], key).all()) if record["id"] in self.before else []
            given = record.get(key, ())
            rows, gone = rows_for(before, given)
            surplus += gone
            for position, (row, item) in enumerate(zip(rows, given, strict=True)):
                values = fields(item, record) | {"announcement_id": self.rows[record["id"]].pk, "position": position}
                for name, value in values.items():
                    setattr(row, name, value)
            out[record["id"]] = rows
        # First, so that what they were called is free.
        _delete(model.objects, "pk", [row.pk for row in surplus])
        rows = [row for rows in out.values() for row in rows]
        _save(model, rows, [field.name for field in model._meta.concrete_fields if not field.primary_key])
        return out

    def _targets(self):
        """A promise that several announcements share is never changed through one of them: one that says something else
        gets its own."""
        announced_before = {
            record: list(row.announced_targets.all())
            for record, row in self.before.items()
            if row.announced_targets.all()
        }
        old = {announced.target_id for rows in announced_before.values() for announced in rows}
        mine = {announced.pk for rows in announced_before.values() for announced in rows}
        shared = {
            target
            for chunk in _batches(sorted(old), 5000)
            for pk, target in AnnouncedTarget.objects.filter(target__in=chunk).values_list("pk", "target")
            if pk not in mine
        }
        taken = self._slugs_of_targets()
        targets, announced_targets = [], []
        for record in self.records:
            given = record.get("targets", ())
            rows, _ = continued(
                announced_before.get(record["id"], []),
                given,
                lambda announced, item: _promised(item).items() <= vars(announced.target).items(),
                lambda announced, item: (
                    (announced.target.metric, announced.target.due) == (item["metric"], item.get("due", ""))
                ),
                lambda announced, item: announced.target.metric == item["metric"],
            )
            for position, (row, item) in enumerate(zip(rows, given, strict=True)):
                promised = _promised(item)
                announced = row or AnnouncedTarget()
                target = row and row.target
                if target is None or (target.pk in shared and not promised.items() <= vars(target).items()):
                    target = Target(slug=target_slug(promised["metric"], promised["due"], taken))
                for name, value in promised.items():
                    setattr(target, name, value)
                announced.announcement_id = self.rows[record["id"]].pk
                announced.position = position
                targets.append((target, record))
                announced_targets.append((announced, target))
        _save(Target, [target for target, _ in targets], list(PROMISED))
        for announced, target in announced_targets:
            announced.target = target
        _save(
            AnnouncedTarget, [announced for announced, _ in announced_targets], ["announcement", "target", "position"]
        )
        _delete(AnnouncedTarget.objects, "pk", sorted(mine - {announced.pk for announced, _ in announced_targets}))
        kept = {target.pk for target, _ in targets}
        _delete(Target.objects, "pk", sorted(old - shared - kept))
        self._relate(
            Target.programmes.through,
            "target_id",
            sorted(kept & old - shared),
            [
                {"target_id": target.pk, "programme_id": self.programmes[name]}
                for target, record in targets
                for name in record.get("programmes", ())
                if target.pk not in shared
            ],
        )

    def _slugs_of_targets(self):
        promising = any(record.get("targets") for record in self.records)
        return set(Target.objects.values_list("slug", flat=True)) if promising else set()

    def _claims(self):
        before = {(slug, claim.key): claim for slug, row in self.before.items() for claim in row.claims.all()}
        self.claims = {}
        for record in self.records:
            for position, claim in enumerate(record["claims"]):
                row = before.get((record["id"], claim["key"])) or Claim(key=claim["key"])
                row.announcement_id = self.rows[record["id"]].pk
                row.position = position
                row.pot_id = self.pots[claim.get("about", f"{record['id']}#{claim['key']}")]
                row.introduces_pot = "about" not in claim
                _describe(row, claim)
                self.claims[record["id"], claim["key"]] = row
        gone = [claim.pk for place, claim in before.items() if place not in self.claims]
        # First, so that a pot is free for another claim to introduce.
        _delete(Claim.objects, "pk", gone)
        fields = [field.name for field in Claim._meta.concrete_fields if field.name not in ("id", "key")]
        _save(Claim, list(self.claims.values()), fields)
        self.kept = [claim.pk for place, claim in before.items() if place in self.claims]

    def _what_claims_say(self):
        said = [
            (self.claims[record["id"], claim["key"]].pk, claim) for record in self.records for claim in record["claims"]
        ]
        for through, column, key, value in [
            (Claim.programmes.through, "programme_id", "programmes", self.programmes.get),
            (Claim.tags.through, "theme_id", "tags", str),
            (Claim.regions.through, "region_id", "regions", str),
        ]:
            rows = [{"claim_id": pk, column: value(item)} for pk, claim in said for item in claim.get(key, ())]
            self._relate(through, "claim_id", self.kept, rows)
        splits = [
            {"claim_id": pk, "region_id": split["region"], "amount": hundredths(split["amount"])}
            for pk, claim in said
            for split in claim.get("splits", ())
        ]
        self._relate(RegionSplit, "claim_id", self.kept, splits)
        links = [
            {"claim_id": pk, "kind": kind, "pot_id": self.pots[pot], "low": low, "high": high, "position": position}
            for pk, claim in said
            for position, (kind, pot, low, high) in enumerate(_links(claim))
        ]
        self._relate(ClaimLink, "claim_id", self.kept, links)

    def _relate(self, model, column, owners, rows):
        """Rows that are their values and no more: those of the owners are written anew."""
        _delete(model._default_manager, column, owners)
        model._default_manager.bulk_create([model(**row) for row in rows])

    def _drop_unused(self, touched):
        """Delete those of the pots that nothing speaks of and the ledger never held; gives their ids."""
        used = set()
        for chunk in _batches(sorted(touched), 5000):
            for model in (Claim, ClaimLink, LedgerEntry, Membership):
                used.update(model.objects.filter(pot__in=chunk).order_by().values_list("pot_id", flat=True).distinct())
        unused = touched - used
        _delete(Pot.objects, "pk", sorted(unused))
        return unused


def _describe(row, claim):
    """Set on a claim's row what the claim says; pounds become pence."""
    rate = claim.get("rate")
    row.name = claim["name"]
    row.as_stated = claim["as_stated"] or ""
    row.amount = hundredths(claim["amount"])
    row.low = hundredths(claim.get("low"))
    row.high = hundredths(claim.get("high"))
    row.currency = claim["currency"]
    row.rate = rate and Decimal(rate["gbp_per_unit"])
    row.rate_on = rate and _day(rate["on"])
    row.rate_source = rate["source"] if rate else ""
    row.bound = claim["bound"]
    row.measure = claim["measure"]
    row.terms = claim.get("terms", Terms.CASH)
    row.price_year = _year(claim.get("price_year"))
    row.effect = claim["effect"]
    row.all_programmes = "programmes" not in claim
    row.sector = claim.get("sector", "")
    row.funders = claim.get("funders", [])
    row.recipients = claim.get("recipients", [])
    row.additionality = claim.get("additionality", "")
    row.nature = claim.get("nature", "")
    row.instrument = claim.get("instrument", "")
    row.start_fy = _year(claim.get("start_fy"))
    row.end_fy = _year(claim.get("end_fy"))
    row.profile = {year: hundredths(amount) for year, amount in claim.get("profile", {}).items()}
    row.theme_id = claim.get("theme")
    row.note = claim.get("note", "")


def _links(claim):
    """Each (kind, pot, low, high) of a claim, in the order of the format; pence."""
    for key in WHOLES:
        yield from ((LinkKind(key), pot, None, None) for pot in claim.get(key, ()))
    for key in SHARES:
        for share in claim.get(key, ()):
            yield LinkKind(key), share["pot"], hundredths(share["low"]), hundredths(share["high"])


PROMISED = ("metric", "value", "unit", "due", "wording", "note")


def _promised(item):
    """What a target says, as the fields of its row."""
    return {
        "metric": item["metric"],
        "value": None if item.get("value") is None else Decimal(str(item["value"])),
        "unit": item["unit"],
        "due": item.get("due", ""),
        "wording": item["wording"],
        "note": item.get("note", ""),
    }


def _in_place(model):
    def rows_for(before, given):
        new = [model() for _ in given[len(before) :]]
        return [*before[: len(given)], *new], before[len(given) :]

    return rows_for


def _answers(before, given):
    """The rows of the responses given: one by the same organisation goes on, so that its key stays with it."""
    rows, gone = continued(
        before,
        given,
        lambda row, item: (row.organisation.name, row.summary) == (item["organisation"], item["summary"]),
        lambda row, item: row.organisation.name == item["organisation"],
    )
    taken = {row.key for row in rows if row}
    new = (row or Response(key=key_for(item["organisation"], taken)) for row, item in zip(rows, given, strict=True))
    return list(new), gone


def continued(before, given, *alike):
    """Which of the rows before each thing given goes on from: the first that is alike, by the closest likeness first.

    alike: functions of a row and a thing. Gives (the row for each thing, None where it is new; the rows left over).
    """
    rows, left = [None] * len(given), list(before)
    for likeness in alike:
        for index, item in enumerate(given):
            if rows[index] is None:
                rows[index] = next((row for row in left if likeness(row, item)), None)
                if rows[index] is not None:
                    left.remove(rows[index])
    return rows, left


def pots_of(record, claim):
    """The references of the pots that a claim is about and links to."""
    yield claim.get("about", f"{record['id']}#{claim['key']}")
    yield from (pot for _, pot, _, _ in _links(claim))


def _save(model, rows, fields):
    """Create the rows that have no id yet, and update the fields of the others."""
    old = [row for row in rows if row.pk is not None]
    model._default_manager.bulk_create([row for row in rows if row.pk is None])
    model._default_manager.bulk_update(old, fields, batch_size=BATCH)


def _delete(manager, column, values):
    for chunk in _batches(values, 5000):
        manager.filter(**{f"{column}__in": chunk}).delete()


def _batches(values, size):
    return (values[start : start + size] for start in range(0, len(values), size))


def _day(text):
    return text and datetime.date.fromisoformat(text)


def _year(text):
    return text and FinancialYear.parse(text)
