"""The entry page as it is shown: what was typed in its fields, and beside it what was read, found and is still to do."""

from django.utils.functional import cached_property

from programmes.models import Organisation, Programme, Region, Theme

from ..choices import Bound, ClaimMeasure
from ..facts.format import hundredths
from ..models import Pot, Source
from ..newsroom import typed
from ..newsroom.pots import TOLD_BY, told
from .fields import show_pounds
from .parts import ROWS, AnnouncementPart, ClaimPart, RatePart, SpeakerPart

PARTS = {"announcer": SpeakerPart, "claims": ClaimPart, "rate": RatePart, **ROWS}
"""The part that the fields of each place are of."""
ONE = {
    "sources": "Source",
    "claims": "Sum",
    "figures": "Figure",
    "targets": "Promise",
    "responses": "Response",
    "links": "Link",
    "profile": "Year",
    "splits": "Place",
}
"""What one row of each list is called."""
NAMES = 2000
"""Names that a field offers, at most."""
SAID = {
    "same": "The same money",
    "part_of": "Part of it",
    "includes": "It lies in this",
    "overlaps": "They overlap",
    "different": "Different money",
}


class Page:
    """What the entry page shows of a revision.

    words: what stands in its fields (places on the page, empty rows included); judged: revisions.Judged of it; more: the
    place of a list, such as ("claims",), that gets one more row to type in; asked: whether what is merely not there yet
    is told beside its field too; text: a press release, whose sums are offered.
    """

    def __init__(self, revision, words, judged, *, more=None, asked=False, text=""):
        self.text = text
        self.revision, self.words, self.judged, self.more = revision, words, judged, more
        self.composed = judged.composed
        self.wrong = [*judged.faults, *((f.path, f.message) for f in judged.findings if f.level == "error")]
        self.shown = [fault for fault in self.wrong if asked or not typed.blank(_at(words, fault[0]))]
        regions = list(Region.objects.in_tree_order().values_list("key", "name"))
        themes = list(Theme.objects.order_by("name", "key").values_list("key", "name"))
        self.choices = {
            "regions": regions,
            "region": [("", "Choose…"), *regions],
            "theme": [("", "Choose…"), *themes],
            "tags": themes,
        }

    @cached_property
    def pots(self):
        """What tells the pots that the claims name: {reference: Told}."""
        claims = self.words.get("claims") or ()
        named = {claim.get("about") for claim in claims} | {
            link.get("pot") for claim in claims for link in claim.get("links") or ()
        }
        found = Pot.objects.filter(reference__in=named).prefetch_related(*TOLD_BY)
        return {pot.reference: told(pot) for pot in found}

    def part(self, kind, *place):
        found = _at(self.words, place) if place else self.words
        return kind(
            found if isinstance(found, dict) else {}, *place, faults=self.shown, choices=self.choices, pots=self.pots
        )

    @property
    def announcement(self):
        return self.part(AnnouncementPart)

    @property
    def announcer(self):
        return self.part(SpeakerPart, "announcer")

    @property
    def programmes(self):
        return self._values("programmes")

    @property
    def sources(self):
        return self._rows("sources", least=1)

    @property
    def figures(self):
        return self._rows("figures")

    @property
    def targets(self):
        return self._rows("targets")

    @property
    def responses(self):
        sources = [
            (str(index), row.get("publisher") or row.get("url") or f"Source {index + 1}")
            for index, row in enumerate(self.words.get("sources") or ())
            if not typed.blank(row)
        ]
        claims = [
            (one["key"], one.get("name") or one["key"])
            for one in self.composed.record.get("claims") or ()
            if one.get("key")
        ]
        rows = self._rows("responses")
        for row in rows:
            row["form"].fields["source"].choices = [("", "Not among the sources"), *sources]
            row["form"].fields["claim"].choices = [("", "The whole announcement"), *claims]
        return rows

    @property
    def claims(self):
        records = {
            self.composed.typed_path(("claims", index))[1]: (index, record, self.composed.readings[index])
            for index, record in enumerate(self.composed.record.get("claims") or ())
        }
        rows = self.words.get("claims") or [{}]
        if self.more == ("claims",) and not typed.blank(rows[-1]):
            rows = typed.with_sum({"claims": rows}, "")["claims"]
        found = [self._claim(index, row, *records.get(index, (index, {}, None))) for index, row in enumerate(rows)]
        if self.more == ("claims",):
            _begin_in(found[-1]["form"])
        return found

    @property
    def sums(self):
        """The sums of the press release that no claim has yet."""
        return typed.sums_of(self.text, self.words)

    def _claim(self, index, row, number, record, reading):
        place = ("claims", index)
        form = ClaimPart(row, *place, faults=self.shown, choices=self.choices, pots=self.pots)
        if self.more == place:
            _begin_in(form)
        looked = {one.get("pot"): one.get("verdict") for one in row.get("looked") or ()}
        return {
            "index": index,
            "place": "-".join(map(str, place)),
            "form": form,
            "reading": in_words(record, reading, row),
            "rate": RatePart(row.get("rate") or {}, *place, "rate", faults=self.shown),
            "links": self._rows(*place, "links", least=0),
            "profile": self._rows(*place, "profile", least=0),
            "splits": self._rows(*place, "splits", least=0),
            "programmes": self._values(*place, "programmes"),
            "funders": self._values(*place, "funders"),
            "recipients": self._values(*place, "recipients"),
            "faults": [message for path, message in self.shown if path == place],
            "likely": self._likely(record.get("key") or str(number), looked),
            "looked": [
                {"index": at, "pot": pot, "verdict": verdict} for at, (pot, verdict) in enumerate(looked.items())
            ],
            "by_hand": any(row.get(key) for key in ("amount", "low", "high", "bound", "currency", "measure", "terms")),
        }

    def _likely(self, key, looked):
        """The pots that a claim might repeat: those that have to be looked at, or were, and those a little like it."""
        found = [
            {"candidate": one, "verdict": looked.get(one.reference), "options": SAID.items()}
            for one in self.judged.likely.get(key, ())
        ]
        strong = [one for one in found if one["candidate"].demands_a_look or one["verdict"]]
        return {"strong": strong, "weak": [one for one in found if one not in strong]}

    def _rows(self, *place, least=0):
        """The parts of a list, with one more to type in where it was asked for or fewer are there than there should be."""
        rows = _at(self.words, place)
        number = max(len(rows) if isinstance(rows, list) else 0, least)
        number += self.more == place and number == (len(rows) if isinstance(rows, list) else 0)
        found = [
            {"form": self.part(ROWS[place[-1]], *place, index), "place": "-".join(map(str, (*place, index)))}
            for index in range(number)
        ]
        if self.more == place:
            _begin_in(found[-1]["form"])
        return found

    def _values(self, *place):
        """A list of single values, with a field to type one more in."""
        values = _at(self.words, place)
        name = "-".join(map(str, place))
        faults = [message for path, message in self.shown if path[: len(place)] == place]
        return {
            "name": name,
            "values": [*(values if isinstance(values, list) else ()), ""],
            "faults": faults,
            "begin": self.more == place,
        }

    # ------------------------------------------------------------------------------- what is still to do

    @property
    def to_mend(self):
        return [
            {"label": self._label(path), "message": message, "field": self._field(path)} for path, message in self.wrong
        ]

    @property
    def to_look_at(self):
        """The claims of which a likely earlier pot was not judged yet."""
        found = {}
        for key, candidate in self.judged.unlooked:
            found.setdefault(key, []).append(candidate)
        places = {
            record.get("key") or str(index): self.composed.typed_path(("claims", index))
            for index, record in enumerate(self.composed.record.get("claims") or ())
        }
        return [
            {"claim": key, "number": len(candidates), "field": f"radar-{places[key][1]}"}
            for key, candidates in found.items()
            if key in places
        ]

    @property
    def warnings(self):
        reasons = {one.get("key"): one.get("reason", "") for one in self.words.get("ticked") or ()}
        warnings = [finding for finding in self.judged.findings if finding.level == "warning"]
        return [
            {
                "index": index,
                "finding": finding,
                "field": self._field(finding.path),
                "reason": reasons.get(finding.key, ""),
            }
            for index, finding in enumerate(warnings)
        ]

    @property
    def is_ready(self):
        return not self.judged.reasons

    def _label(self, path):
        """What the field of a place is called, with the sum or the row that it is of."""
        of, kind = [], AnnouncementPart
        for step, inner in zip(path, [*path[1:], None], strict=True):
            if step in PARTS:
                kind = PARTS[step]
                if isinstance(inner, int):
                    named = _at(self.words, path[: path.index(step) + 2]) if step == "claims" else None
                    of.append((named or {}).get("name") or f"{ONE[step]} {inner + 1}")
            elif isinstance(step, str):
                field = kind.base_fields.get(step)
                of.append(field.label if field and field.label else step.replace("_", " ").capitalize())
        return ", ".join(of) or "The announcement"

    def _field(self, path):
        """The id of the field that a place is entered in, or of what stands around it."""
        name = "-".join(map(str, path))
        if len(path) > 1 and path[0] == "claims":
            return f"id_{name}" if len(path) > 2 else f"claim-{path[1]}"
        return f"id_{name}" if path and path[0] in typed.FIELDS else "claims"

    # ------------------------------------------------------------------------------------------- offered

    @property
    def organisations(self):
        return Organisation.objects.by_name().values_list("name", flat=True)[:NAMES]

    @property
    def programme_names(self):
        return Programme.objects.order_by("name").values_list("name", flat=True)[:NAMES]

    @property
    def publishers(self):
        return Source.objects.order_by("publisher").values_list("publisher", flat=True).distinct()[:NAMES]


def _begin_in(form):
    """Let typing go on in the first field of a form."""
    next(iter(form.fields.values())).widget.attrs["autofocus"] = True


def in_words(claim, reading, row):
    """What a claim says as the ledger will take it, for its editor: "Up to £50,000,000 a year, 2021-22 to 2023-24"."""
    if typed.blank({key: row.get(key) for key in ("as_stated", "amount", "low", "high")}):
        return ""
    try:
        low, high = (hundredths(claim.get(key) or claim.get("amount")) for key in ("low", "high"))
    except ArithmeticError:
        return ""
    if high is None:
        return "No single amount is read from this: type it under “The amount by hand”."
    sign = "£" if claim.get("currency") == "GBP" else f"{claim.get('currency')} "
    text = {
        Bound.UP_TO: f"up to {sign}{show_pounds(high)}: £0 is firm, the rest may come on top",
        Bound.AT_LEAST: f"at least {sign}{show_pounds(high)}",
        Bound.ABOUT: f"about {sign}{show_pounds(high)}",
        Bound.RANGE: f"{sign}{show_pounds(low)} to {sign}{show_pounds(high)}",
    }.get(claim.get("bound"), f"{sign}{show_pounds(high)}")
    if claim.get("measure") == ClaimMeasure.PER_YEAR:
        text = text.replace(":", " a year:", 1) if ":" in text else f"{text} a year"
    first, last = claim.get("start_fy"), claim.get("end_fy")
    if first and last:
        text += f", {first}" if first == last else f", {first} to {last}"
    elif first or last:
        text += f", from {first}" if first else f", until {last}"
    elif reading and reading.period and reading.period.years:
        text += f", over {reading.period.years} year{'s' if reading.period.years > 1 else ''}: say which"
    if reading and reading.foreign:
        other = reading.foreign
        text += f" ({other.currency} {show_pounds(other.high)}, {other.rate.normalize():f} pounds for one)"
    return text[0].upper() + text[1:]


def _at(words, path):
    """What stands at a place of what was typed; None where nothing does."""
    for step in path:
        if isinstance(words, dict):
            words = words.get(step)
        elif isinstance(words, list) and isinstance(step, int) and step < len(words):
            words = words[step]
        else:
            return None
    return words


def without(words, path):
    """What was typed without the row at a place, such as ("claims", 1, "links", 0)."""
    if len(path) == 1:
        return [row for index, row in enumerate(words) if index != path[0]]
    inner = without(words[path[0]], path[1:])
    if isinstance(words, dict):
        return words | {path[0]: inner}
    return [inner if index == path[0] else row for index, row in enumerate(words)]


def place_of(text):
    """The place that a name of fields means: ``claims-0-links`` is ("claims", 0, "links")."""
    return tuple(int(step) if step.isdigit() else step for step in text.split("-"))
