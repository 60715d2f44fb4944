"""What a fact file has to keep beyond its schema. Pure: documents and what is known already in, faults out.

The rules are those of FACTS.md. What the schema refuses is not judged further, and nothing that leans on it is blamed:
one mistake is told once, and all of them at once.
"""

import datetime
import itertools
from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple

from programmes.documents import Message, nearest, place, printable
from programmes.financial_years import FinancialYear

from ..choices import MAY_INTRODUCE, MOST, ClaimMeasure, Effect
from ..ledger.figures import to_pence
from ..ledger.layout import Tree
from ..ledger.links import find_cycle
from .format import DESCRIPTION, SCHEMA, SHARES, WHOLES, hundredths


class Loaded(NamedTuple):
    """A claim that is loaded already, in an announcement that no document gives anew."""

    pot: str
    trouble: str = ""
    """Why nothing may refer to it, such as that its announcement is a draft; empty where all is well."""


class Known(NamedTuple):
    """What the documents may build on."""

    themes: set[str]
    parents: dict[str, str | None]
    """The region tree: each key with the key that it lies in."""
    today: datetime.date | None
    """The last day that may be spoken of; None where the future may be rehearsed."""
    claims: Callable[[set[str]], dict[str, Loaded]]
    """Looks references up among what is loaded."""
    inside: Callable[[set[str]], list[tuple[str, str]]]
    """Loaded links, as (outer, inner), of which the outer pot is one of these."""


class Statement(NamedTuple):
    """A claim, and where it stands."""

    document: int
    path: tuple
    announcement: dict
    claim: dict
    """Without the keys that the schema refuses."""
    spoilt: frozenset
    """Those keys; `programmes` also where those of the announcement are refused."""

    @property
    def reference(self):
        return f"{self.announcement['id']}#{self.claim['key']}"

    def sound(self, *keys):
        """Whether the schema takes all of these keys, so that rules may read them."""
        return self.spoilt.isdisjoint(keys)

    def full(self, reference):
        """A reference as it is meant from here: a bare key is one of this announcement."""
        return reference if "#" in reference else f"{self.announcement['id']}#{reference}"


class Judgement:
    """All that is wrong with documents judged together.

    documents: [(name, document)]; errors: what their schema says, [[(path, message)]] in the same order.
    After `judge`, `faults` holds all (number of the document, path, message), those of the schema among them, and
    `pot_of` gives the pot of every claim: the reference of the claim that introduces it.
    """

    def __init__(self, documents, errors, known):
        self.documents = documents
        self.known = known
        self.faults = [(number, path, message) for number, found in enumerate(errors) for path, message in found]
        self.spoilt = {(number, path[:end]) for number, path, _ in self.faults for end in range(len(path) + 1)}
        self.broken = {(number, path) for number, path, _ in self.faults}
        self.named = {}
        self.statements = {}
        self.loaded = {}
        self.pots = {}

    def judge(self):
        self._announcements()
        for statement in self.statements.values():
            self._say(statement, _claim_faults(statement, self.known))
        self._references()
        self._circles()
        return self

    def pot_of(self, reference):
        """The pot that a full reference means, or None where that cannot be known."""
        return self.pots[reference]

    def _say(self, statement, found):
        self.faults += [(statement.document, statement.path + path, message) for path, message in found]

    # ---------------------------------------------------------------------------------------- announcements

    def _announcements(self):
        first = {}
        for number, (name, document) in enumerate(self.documents):
            records = document.get("announcements") if isinstance(document, dict) else None
            for index, record in enumerate(records if isinstance(records, list) else ()):
                path = ("announcements", index)
                if not isinstance(record, dict):
                    continue
                claims = record.get("claims") if isinstance(record.get("claims"), list) else []
                keys = {str(claim.get("key")) for claim in claims if isinstance(claim, dict)}
                self.named.setdefault(str(record.get("id")), set()).update(keys)
                if isinstance(record.get("id"), str) and (number, (*path, "id")) not in self.spoilt:
                    if record["id"] in first:
                        other = first[record["id"]]
                        self.faults.append((number, (*path, "id"), f"{record['id']} is used at {other} too"))
                        # Whatever else is said here is of another announcement.
                        continue
                    first[record["id"]] = place(name, path)
                self._announcement(number, path, record)

    def _announcement(self, number, path, record):
        def sound(*keys):
            return not any((number, (*path, *key)) in self.spoilt for key in keys) and (number, path) not in self.broken

        def say(found):
            self.faults += [(number, path + inner, message) for inner, message in found]

        def records(key):
            """The records of a list that the schema takes, each with its index."""
            rows = record.get(key) if isinstance(record.get(key), list) else ()
            return [(index, row) for index, row in enumerate(rows) if sound((key, index))]

        if not sound(("id",), ("announced_on",)):
            return
        day = record["announced_on"]
        if not record["id"].startswith(f"{day}-"):
            say([(("id",), f"does not start with announced_on, {day}: begin it with {day}-")])
            return
        say(_future(("announced_on",), day, self.known.today))
        for index, source in records("sources"):
            say(_future(("sources", index, "published_on"), source.get("published_on"), self.known.today))
        for index, target in records("targets"):
            if target.get("value") is not None and (Decimal(str(target["value"])) * 10**4) % 1:
                say([(("targets", index, "value"), "has more than four decimals: round it")])
        keys = set()
        for index, claim in enumerate(record["claims"] if isinstance(record.get("claims"), list) else ()):
            if isinstance(claim, dict) and sound(("claims", index, "key")) and "key" in claim:
                if claim["key"] in keys:
                    say([(("claims", index, "key"), f"{claim['key']} is used twice in this announcement")])
                    continue
                keys.add(claim["key"])
                statement = self._statement(number, path, record, index)
                self.statements[statement.reference] = statement
        sources = record.get("sources")
        for index, response in records("responses"):
            source, claim = response.get("source"), response.get("claim")
            if source is not None and isinstance(sources, list) and source >= len(sources):
                message = f"{source} leads to no source: there are {len(sources)}, counted from 0"
                say([(("responses", index, "source"), message)])
            if claim is not None and claim not in keys:
                message = f"{printable(claim)} is not the key of a claim of this announcement"
                say([(("responses", index, "claim"), message)])

    def _statement(self, number, path, record, index):
        """The claim as far as the schema takes it."""
        path, claim, spoilt = (*path, "claims", index), record["claims"][index], frozenset()
        if (number, path) in self.spoilt:
            keys = [*claim, *SCHEMA["$defs"]["claim"]["required"]]
            spoilt = frozenset(key for key in keys if (number, (*path, key)) in self.spoilt)
            claim = {key: value for key, value in claim.items() if key not in spoilt}
        if (number, (*path[:2], "programmes")) in self.spoilt:
            spoilt |= {"programmes"}
        return Statement(number, path, record, claim, spoilt)

    # ------------------------------------------------------------------------------------------- references

    def _references(self):
        wanted = {
            statement.full(reference) for statement in self.statements.values() for _, reference in _leads(statement)
        }
        # What an announcement given here had before does not count any more.
        self.loaded = self.known.claims({name for name in wanted if name.partition("#")[0] not in self.named})
        self.pots = {reference: None if claim.trouble else claim.pot for reference, claim in self.loaded.items()}
        for statement in self.statements.values():
            for path, reference in _leads(statement):
                if message := self._trouble(statement.full(reference)):
                    self._say(statement, [(path, message)])
        for reference in self.statements:
            self._follow(reference)
        for statement in self.statements.values():
            mine = self.pots[statement.reference]
            if statement.claim.get("about") is not None and mine and mine[:10] > statement.announcement["announced_on"]:
                message = f"{mine} is introduced later, on {mine[:10]}: a claim is about a pot of no later day"
                self._say(statement, [(("about",), message)])

    def _trouble(self, reference):
        """Why a full reference leads nowhere; None where it leads to a claim, or to one whose own fault is told."""
        if self._is_named(reference):
            return None
        if reference in self.loaded:
            return self.loaded[reference].trouble or None
        announcement, _, key = reference.partition("#")
        close = nearest(key, self.named.get(announcement, ()))
        meant = f"did you mean {printable(close)}?" if close else "check it, or load the file that holds it together"
        return Message(f"there is no claim {reference}; {meant}", nearest=f"{announcement}#{close}" if close else None)

    def _is_named(self, reference):
        announcement, _, key = reference.partition("#")
        return key in self.named.get(announcement, ())

    def _follow(self, reference):
        """Find the pot of a claim: along `about` to the end. Says so where that is a circle."""
        trail = []
        while reference not in self.pots:
            statement = self.statements.get(reference)
            if statement is None or not statement.sound("about"):
                self.pots[reference] = None
            elif statement.claim.get("about") is None:
                self.pots[reference] = reference
            elif reference in trail:
                circle = trail[trail.index(reference) :]
                for name in circle:
                    message = f"leads in a circle and so to no pot: {' about '.join([*circle, reference])}"
                    self._say(self.statements[name], [(("about",), message)])
                self.pots[reference] = None
            else:
                trail.append(reference)
                reference = statement.full(statement.claim["about"])
        for name in trail:
            self.pots[name] = self.pots[reference]

    # ------------------------------------------------------------------------------------------------ links

    def _circles(self):
        """Refuse each link that would put a pot inside itself, over all links of all time, loaded ones included."""
        edges = {}
        for statement in self.statements.values():
            for path, reference in _leads(statement):
                mine, other = self.pots[statement.reference], self.pots.get(statement.full(reference))
                if path[0] != "about" and mine and other:
                    pair = (other, mine) if path[0] in ("part_of", "partly_in") else (mine, other)
                    edges.setdefault(pair, []).append((statement, path))
        loaded = self._loaded_inside({inner for _, inner in edges})
        while circle := find_cycle([*loaded, *edges]):
            ours = [pair for pair in itertools.pairwise(circle) if pair in edges]
            if not ours:
                return
            # Each link of the circle could be the wrong one; the last that was written is told.
            pair = max(ours, key=lambda pair: (edges[pair][-1][0].document, edges[pair][-1][0].path))
            for statement, path in edges.pop(pair):
                way = circle[circle.index(pair[0]) : -1] + circle[: circle.index(pair[0]) + 1]
                self._say(statement, [(path, f"puts {pair[1]} inside itself: {' holds '.join(way)}")])

    def _loaded_inside(self, pots):
        """The loaded links, as (outer, inner), that lie anywhere inside these pots."""
        links, seen = [], set()
        while pots:
            seen |= pots
            found = self.known.inside(pots)
            links += found
            pots = {inner for _, inner in found} - seen
        return links


def _leads(statement):
    """Each (path, reference) of a claim."""
    claim = statement.claim
    if claim.get("about") is not None:
        yield ("about",), claim["about"]
    for key in WHOLES:
        yield from (((key, index), reference) for index, reference in enumerate(claim.get(key) or ()))
    for key in SHARES:
        yield from (((key, index, "pot"), share["pot"]) for index, share in enumerate(claim.get(key) or ()))


# --------------------------------------------------------------------------------------------------- one claim


def _claim_faults(statement, known):
    """Each (path, message) of what is wrong with a claim by itself, and in its announcement."""
    claim, sound = statement.claim, statement.sound
    if sound("bound", "amount", "low", "high"):
        yield from _figure(claim)
    if sound("amount", "low", "high", "measure", "rate", "start_fy", "end_fy", "splits", "profile", *SHARES):
        yield from _scale(claim)
    if sound("currency", "rate", "terms", "price_year"):
        yield from _terms(claim, known)
    if sound("about", "effect", *DESCRIPTION):
        yield from _pot(claim)
    for key in SHARES:
        for index, share in enumerate(claim.get(key) or ()):
            if (share["low"] is None) != (share["high"] is None):
                yield (key, index), "gives one end of the share alone: give both, or null for both"
            yield from _ends(share, "of the share ", (key, index))
    if claim.get("start_fy") and claim.get("end_fy") and claim["end_fy"] < claim["start_fy"]:
        yield ("end_fy",), f"{claim['end_fy']} is before start_fy, {claim['start_fy']}"
    if sound("programmes"):
        for index, name in enumerate(claim.get("programmes") or ()):
            if name not in (statement.announcement.get("programmes") or ()):
                message = f"{printable(name)} is not a programme of the announcement: list it there too"
                yield ("programmes", index), message
    if known.themes or known.parents:
        yield from _themes(claim, known.themes)
        if sound("regions", "splits"):
            yield from _places(claim, known.parents)


def _figure(claim):
    yield from _ends(claim, "", ())
    if claim["bound"] == "range":
        if claim["amount"] is not None:
            yield ("amount",), "is given on a range: give low and high, and null for the amount"
        for end in ("low", "high"):
            if claim.get(end) is None:
                yield (end,), "is missing: a range has low and high"
    else:
        for end in ("low", "high"):
            if claim.get(end) is not None:
                yield (end,), "is for a range only: set bound to range, or take it out"


def _scale(claim):
    """Sums above what anybody ever announced, in hundredths, over the years and at the rate that the claim states."""
    sums = [((key,), claim.get(key)) for key in ("amount", "low", "high")]
    for key, ends in [("splits", ("amount",)), *((key, ("low", "high")) for key in SHARES)]:
        sums += [((key, n, end), each.get(end)) for n, each in enumerate(claim.get(key) or ()) for end in ends]
    sums += [(("profile", year), text) for year, text in (claim.get("profile") or {}).items()]
    for path, text in sums:
        if text is not None and hundredths(text) > MOST:
            yield path, f"{printable(text)} is more than £10 trillion: check its scale"
            return
    times = 1
    if claim["measure"] == ClaimMeasure.PER_YEAR and claim.get("start_fy") and claim.get("end_fy"):
        times = max(1, len(FinancialYear.parse(claim["start_fy"]).to(FinancialYear.parse(claim["end_fy"]))))
    rate = Decimal((claim.get("rate") or {}).get("gbp_per_unit", 1))
    for path, text in sums[:3]:
        if text is not None and to_pence(hundredths(text), times, rate) > MOST:
            yield (
                path,
                f"{printable(text)} comes to more than £10 trillion over its years and at its rate: check its scale",
            )


def _terms(claim, known):
    if claim.get("rate") is not None:
        if claim["currency"] == "GBP":
            yield ("rate",), "is given for pounds: take it out, or mend the currency"
        yield from _future(("rate", "on"), claim["rate"]["on"], known.today)
    if claim.get("price_year") and claim.get("terms") != "real":
        yield ("price_year",), "is given though terms are cash: set terms to real, or take it out"


def _pot(claim):
    if claim.get("about") is not None:
        if claim["effect"] == Effect.INTRODUCES:
            yield ("about",), "is given on a claim that introduces its pot: take it out, or mend the effect"
        return
    if claim["effect"] not in MAY_INTRODUCE:
        yield ("about",), f"is missing: a claim that {claim['effect']} says which pot it is about"
    for key in DESCRIPTION:
        if not claim.get(key):
            yield (key,), "is missing: a claim that introduces its pot describes it"


def _ends(record, of_what, path):
    low, high = record.get("low"), record.get("high")
    if low is not None and high is not None and Decimal(low) > Decimal(high):
        yield (*path, "low"), f"the low end {of_what}is above the high one"


def _themes(claim, themes):
    for path, key in [
        (("theme",), claim.get("theme")),
        *((("tags", i), key) for i, key in enumerate(claim.get("tags") or ())),
    ]:
        if key and key not in themes:
            yield path, _unknown(key, "theme", themes)


def _places(claim, parents):
    regions, splits = claim.get("regions") or [], claim.get("splits") or []
    strange = [(("regions", index), key) for index, key in enumerate(regions) if key not in parents]
    strange += [
        (("splits", index, "region"), s["region"]) for index, s in enumerate(splits) if s["region"] not in parents
    ]
    for path, key in strange:
        yield path, _unknown(key, "region", parents)
    if splits and not regions:
        yield ("regions",), "is missing beside splits: name the places that the pot is for"
    if strange:
        return
    tree = Tree(parents)
    for index, region in enumerate(regions):
        for outer in tree.upwards(region)[1:]:
            if outer in regions:
                yield ("regions", index), f"{region} lies in {outer}, which is listed too: keep one"
    seen = set()
    node = tree.lowest_common(regions) if regions else None
    for index, split in enumerate(splits):
        region = split["region"]
        if region in seen:
            yield ("splits", index, "region"), f"{region} has an amount already: give one"
        seen.add(region)
        if node and node not in tree.upwards(region):
            yield ("splits", index, "region"), f"{region} does not lie in {node}, which holds the claim's regions"


def _unknown(key, what, known):
    close = nearest(key, known)
    meant = f"did you mean {close}?" if close else f"known are {', '.join(sorted(known))}"
    return Message(f"{printable(key)} is not a {what} here; {meant}", nearest=close, allowed=tuple(sorted(known)))


def _future(path, day, today):
    if day is not None and today is not None and day > today.isoformat():
        yield path, f"{day} lies in the future: today is {today}"
