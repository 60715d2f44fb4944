"""What differs between two records of an announcement, field by field, and what two people's changes come to. Pure.

A record is a dict in the shape of the interchange format, or one as it is typed: anything may be missing, and null,
empty and missing say the same. What lists hold is told apart by what it is (a claim by its key, a source by its
address), not by its place. Documents of other things (organisations, themes) are compared by the same rules, with
their fields called by their names.
"""

import datetime
import difflib
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from programmes.money import grouped

from ..choices import (
    Additionality,
    Bound,
    ClaimMeasure,
    Effect,
    FigureKind,
    Instrument,
    LinkKind,
    Nature,
    Sector,
    SourceKind,
    Stance,
    Terms,
)

Path = tuple[str, ...]
Names = dict[str, dict[str, str]]

BESIDE_THE_RECORD = ("looked", "ticked")
"""What a typed announcement keeps for those who work on it, and readers never see."""

LONG = 60
"""Characters from which a text is shown with its changed words marked."""


class Difference(NamedTuple):
    """One field that says something else: where, what it is called, and what it said and says, for people to read.

    In the path things of a list stand by what tells them apart. Empty where there was or is nothing.
    """

    path: Path
    label: str
    old: str
    new: str

    @property
    def marked(self) -> list[tuple[str, str]]:
        """Of a longer text the pieces, each ("same" | "gone" | "added", words); nothing where it is read whole."""
        if max(len(self.old), len(self.new)) < LONG or not (self.old and self.new):
            return []
        return list(_marked(self.old.split(), self.new.split()))


class Conflict(NamedTuple):
    """One field that both changed, each in another way; what is merged has it as in mine."""

    path: Path
    label: str
    base: str
    mine: str
    theirs: str


def between(old, new, *, names: Names | None = None, besides=BESIDE_THE_RECORD) -> list[Difference]:
    """What differs, in the order of the record; empty where both say the same.

    names: what people call the keys of themes, regions and pots: {"theme": {key: name}, "region": …, "pot": …}.
    besides: fields left out wherever they stand.
    """
    old, new = _sources_by_name(old or {}), _sources_by_name(new or {})
    return list(_Walk(names or {}, besides).fields(RECORD, old, new, (), ""))


def merged(base, mine, theirs, *, names: Names | None = None) -> tuple[dict, list[Conflict]]:
    """What mine and theirs make of base together, and where each changed the same thing in another way.

    Field by field: a field that one side changed is as that side has it. In a list of texts the additions and
    removals of both hold. Where both differ it is as in mine, and the conflict tells all three. What one removed and
    the other changed is a conflict of each field that was changed.
    """
    if theirs in (base, mine):
        return mine, []
    if mine == base:
        return theirs, []
    merge = _Merge(names or {})
    base, one, other = (_sources_by_name(side) for side in (base, mine, theirs))
    out = merge.fields(RECORD, base, one, other, (), "")
    gone = list(_without_source(out))
    return _sources_by_place(out, as_text=_counts_in_text(mine) or _counts_in_text(theirs)), [*merge.conflicts, *gone]


# ---------------------------------------------------------------------------------------------- how values read


def _plain(value: Any, item: dict, names: Names) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return "; ".join(_plain(each, item, names) for each in value)
    if isinstance(value, dict):
        return ", ".join(f"{_words(key)} {_plain(each, item, names)}" for key, each in value.items())
    return str(value)


def _day(value: Any, item: dict, names: Names) -> str:
    try:
        day = datetime.date.fromisoformat(value)
    except (TypeError, ValueError):
        return str(value)
    return f"{day.day} {day:%B %Y}"


def _pounds(value: Any, item: dict, names: Names) -> str:
    return _money(value, "£")


def _amount(value: Any, item: dict, names: Names) -> str:
    currency = item.get("currency") or "GBP"
    return _money(value, "£" if currency == "GBP" else f"{currency} ")


def _money(value: Any, sign: str) -> str:
    whole = re.fullmatch(r"([0-9]{1,15})(?:\.([0-9]{1,2}))?", str(value))
    if not whole:
        return str(value)
    return sign + grouped(int(whole[1]) * 100 + int((whole[2] or "").ljust(2, "0")))


def _chosen(choices: Any) -> Callable[[Any, dict, Names], str]:
    labels = {choice.value: str(choice.label) for choice in choices}
    return lambda value, item, names: labels.get(str(value), str(value))


def _named(what: str) -> Callable[[Any, dict, Names], str]:
    return lambda value, item, names: names.get(what, {}).get(str(value), str(value))


def _pot(value: Any, item: dict, names: Names) -> str:
    name = names.get("pot", {}).get(str(value))
    return f"{name} ({value})" if name else str(value)


# ------------------------------------------------------------------------------------------ what a record is of


class Leaf(NamedTuple):
    """A single value. usual: what it says where it is left out."""

    label: str
    show: Callable[[Any, dict, Names], str] = _plain
    usual: Any = None


class Texts(NamedTuple):
    """A list of texts. absent: how it reads where it is left out, if that is not the same as an empty one."""

    label: str
    show: Callable[[Any, dict, Names], str] = _plain
    absent: str = ""


class Group(NamedTuple):
    """A dict with fields of its own, or of values that are all shown alike."""

    label: str
    fields: dict[str, Any]
    others: Callable[[Any, dict, Names], str] = _plain


class Items(NamedTuple):
    """A list of dicts. called: what one is called; told_by: the fields that tell it from others, first that is there.

    Where the same may also be written as a dict of values, as years and amounts are, others shows one of these.
    """

    label: str
    called: Callable[[dict, Names], str]
    told_by: tuple[tuple[str, ...], ...]
    fields: dict[str, Any]
    others: Callable[[Any, dict, Names], str] = _plain


def _share(label: str, kind: LinkKind) -> Items:
    return Items(
        label,
        lambda share, names: f"{kind.label} {_pot(share.get('pot'), share, names)}",
        (("pot",),),
        {"pot": Leaf("pot", _pot), "low": Leaf("low end of the share", _pounds), "high": Leaf("high end", _pounds)},
    )


CLAIM = {
    "key": Leaf("key"),
    "name": Leaf("name"),
    "as_stated": Leaf("as worded"),
    "amount": Leaf("amount", _amount),
    "low": Leaf("low end", _amount),
    "high": Leaf("high end", _amount),
    "currency": Leaf("currency", usual="GBP"),
    "rate": Group(
        "rate", {"gbp_per_unit": Leaf("pounds for one unit"), "on": Leaf("day", _day), "source": Leaf("source")}
    ),
    "bound": Leaf("bound", _chosen(Bound)),
    "measure": Leaf("measure", _chosen(ClaimMeasure)),
    "terms": Leaf("terms", _chosen(Terms), usual="cash"),
    "price_year": Leaf("price year"),
    "effect": Leaf("effect", _chosen(Effect)),
    "about": Leaf("about the pot", _pot),
    "part_of": Texts("lies whole in", _pot),
    "includes": Texts("holds whole", _pot),
    "partly_in": _share("lies partly in", LinkKind.PARTLY_IN),
    "overlaps": _share("holds a share of", LinkKind.OVERLAPS),
    "links": Items(
        "links",
        lambda link, names: f"{_chosen(LinkKind)(link.get('kind'), link, names)} {_pot(link.get('pot'), link, names)}",
        (("kind", "pot"),),
        {
            "kind": Leaf("link", _chosen(LinkKind)),
            "pot": Leaf("pot", _pot),
            "low": Leaf("low end of the share", _pounds),
            "high": Leaf("high end", _pounds),
        },
    ),
    "programmes": Texts("programmes", absent="all of the announcement"),
    "sector": Leaf("payer", _chosen(Sector)),
    "funders": Texts("funders"),
    "recipients": Texts("recipients"),
    "additionality": Leaf("how new", _chosen(Additionality)),
    "nature": Leaf("nature", _chosen(Nature)),
    "instrument": Leaf("instrument", _chosen(Instrument)),
    "start_fy": Leaf("first year"),
    "end_fy": Leaf("last year"),
    "profile": Items(
        "by year",
        lambda part, names: f"in {part.get('year')}",
        (("year",),),
        {"year": Leaf("year"), "amount": Leaf("amount", _pounds)},
        others=_pounds,
    ),
    "theme": Leaf("theme", _named("theme")),
    "tags": Texts("tags", _named("theme")),
    "regions": Texts("regions", _named("region")),
    "splits": Items(
        "by region",
        lambda split, names: f"for {_named('region')(split.get('region'), split, names)}",
        (("region",),),
        {"region": Leaf("region", _named("region")), "amount": Leaf("amount", _pounds)},
    ),
    "note": Leaf("note"),
    "looked": Items(
        "looked at", lambda look, names: f"compared with {_pot(look.get('pot'), look, names)}", (("pot",),), {}
    ),
}

RECORD: dict[str, Any] = {
    "id": Leaf("id"),
    "announced_on": Leaf("day", _day),
    "title": Leaf("title"),
    "summary": Leaf("summary"),
    "announcer": Group(
        "announcer", {"organisation": Leaf("organisation"), "person": Leaf("person"), "role": Leaf("role")}
    ),
    "programmes": Texts("programmes"),
    "sources": Items(
        "sources",
        lambda source, names: f"source {source.get('url') or source.get('publisher') or ''}".rstrip(),
        (("url",), ("publisher", "published_on")),
        {
            "url": Leaf("address"),
            "publisher": Leaf("publisher"),
            "published_on": Leaf("day", _day),
            "kind": Leaf("kind", _chosen(SourceKind)),
        },
    ),
    "claims": Items(
        "claims",
        lambda claim, names: f"claim {claim.get('key') or claim.get('name') or ''}".rstrip(),
        (("key",), ("name",)),
        CLAIM,
    ),
    "figures": Items(
        "figures",
        lambda figure, names: f"figure of {figure.get('what') or figure.get('as_stated') or ''}".rstrip(),
        (("what",), ("as_stated",)),
        {
            "as_stated": Leaf("as worded"),
            "what": Leaf("what it is of"),
            "kind": Leaf("kind", _chosen(FigureKind)),
            "note": Leaf("note"),
        },
    ),
    "targets": Items(
        "targets",
        lambda target, names: f"target {target.get('metric') or ''}".rstrip(),
        (("metric", "due"), ("wording",)),
        {
            "metric": Leaf("metric"),
            "value": Leaf("value"),
            "unit": Leaf("unit"),
            "due": Leaf("due"),
            "wording": Leaf("wording"),
            "note": Leaf("note"),
        },
    ),
    "responses": Items(
        "responses",
        lambda response, names: f"response of {response.get('organisation') or ''}".rstrip(),
        (("organisation",), ("person",)),
        {
            "organisation": Leaf("organisation"),
            "person": Leaf("person"),
            "role": Leaf("role"),
            "stance": Leaf("stance", _chosen(Stance)),
            "summary": Leaf("summary"),
            "source": Leaf("source", lambda value, item, names: str(value).removeprefix(SOURCE)),
            "claim": Leaf("claim"),
            "note": Leaf("note"),
        },
    ),
    "note": Leaf("note"),
    "ticked": Items("ticked off", lambda tick, names: f"tick of {tick.get('key')}", (("key",),), {}),
}


def _words(key: str) -> str:
    return str(key).replace("_", " ")


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _is_items(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, dict) for each in value)


def _fitting(field: Any, key: str, *values: Any) -> Any:
    """What the values are compared as: what the record says that the field is, if that is what they are."""
    given = [value for value in values if value not in (None, "")]
    label = field.label if field else _words(key)
    show = getattr(field, "show", _plain)
    if isinstance(field, Items) and given and all(isinstance(value, dict) for value in given):
        return Group(label, {}, field.others)
    fits: bool = {
        Items: all(_is_items(value) for value in given),
        Group: all(isinstance(value, dict) for value in given),
        Texts: all(_is_texts(value) for value in given),
    }.get(type(field), False)
    if fits:
        return field
    if field is None and any(given) and all(_is_texts(value) for value in given):
        return Texts(label)
    if isinstance(field, Leaf):
        return field
    return Leaf(label, show)


def _same(one: Any, other: Any, field: Any) -> bool:
    return _said(one, field) == _said(other, field)


def _said(value: Any, field: Any) -> Any:
    """A value by which it is told whether two say the same: null, empty and missing do, and so do 40 and "40"."""
    if isinstance(field, Texts):
        return value if field.absent or value else None
    if value in (None, "", [], {}):
        return getattr(field, "usual", None)
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _told_apart(items: list[dict], told_by: tuple[tuple[str, ...], ...]) -> dict[str, dict]:
    """Each of the items by what tells it apart; a second one of the same counts up."""
    found: dict[str, dict] = {}
    for item in items:
        keys: tuple[str, ...] = next((keys for keys in told_by if any(item.get(key) for key in keys)), ())
        name = " ".join(str(item[key]) for key in keys if item.get(key))
        free, number = name, 1
        while free in found:
            number += 1
            free = f"{name} ({number})"
        found[free] = item
    return found


def _marked(old: list[str], new: list[str]) -> Iterator[tuple[str, str]]:
    for kind, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            yield "same", " ".join(old[a:b])
            continue
        if b > a:
            yield "gone", " ".join(old[a:b])
        if d > c:
            yield "added", " ".join(new[c:d])


def _called(above: str, label: str) -> str:
    whole = f"{above}: {label}" if above else label
    return whole[:1].upper() + whole[1:]


# ---------------------------------------------------------------------------------------------------- comparing


class _Walk:
    def __init__(self, names: Names, besides=()):
        self.names = names
        self.besides = besides

    def fields(self, known: dict[str, Any], old: dict, new: dict, path: Path, above: str, others=None):
        for key in _keys(known, old, new):
            if key in self.besides:
                continue
            field = known.get(key) or (Leaf(_words(key), others) if others else None)
            yield from self.one(key, field, old.get(key), new.get(key), (old, new), (*path, key), above)

    def one(self, key, field, old, new, around, path, above):
        """around: the dicts in which the two stand, for what is shown by its neighbours."""
        field = _fitting(field, key, old, new)
        if isinstance(field, Items):
            yield from self.items(field, old or [], new or [], path, above)
        elif isinstance(field, Group):
            label = _called(above, field.label)
            yield from self.fields(field.fields, old or {}, new or {}, path, label, field.others)
        elif not _same(old, new, field):
            yield Difference(
                path, _called(above, field.label), self.read(old, field, around[0]), self.read(new, field, around[1])
            )

    def items(self, field, old, new, path, above):
        before, after = _told_apart(old, field.told_by), _told_apart(new, field.told_by)
        for name in dict.fromkeys([*before, *after]):
            mine, now = before.get(name), after.get(name)
            label = _called(above, field.called(now or mine or {}, self.names))
            found = list(self.fields(field.fields, mine or {}, now or {}, (*path, name), label))
            if not found and (mine is None or now is None):
                found = [Difference((*path, name), label, *("" if item is None else "there" for item in (mine, now)))]
            yield from found
        both = [name for name in after if name in before]
        if both != (was := [name for name in before if name in after]):
            yield Difference(path, _called(above, f"order of {field.label}"), ", ".join(was), ", ".join(both))

    def read(self, value, field, item):
        if isinstance(field, Texts):
            if value is None:
                return field.absent
            return ", ".join(field.show(each, item, self.names) for each in value) or ("none" if field.absent else "")
        return "" if value in (None, "", [], {}) else field.show(value, item, self.names)


def _keys(known, *dicts):
    """The keys of the dicts, those that are known first and in their order."""
    there = dict.fromkeys(key for each in dicts for key in each)
    return [*(key for key in known if key in there), *(key for key in there if key not in known)]


# ------------------------------------------------------------------------------------------------------ merging


class _Merge:
    """Three ways at once. Whatever is handed to it is as the sides have it; a missing value is `_NOTHING`."""

    def __init__(self, names: Names):
        self.walk = _Walk(names)
        self.names = names
        self.conflicts: list[Conflict] = []

    def fields(self, known, base, mine, theirs, path, above, others=None):
        out = {}
        for key in dict.fromkeys([*mine, *theirs, *base]):
            field = known.get(key) or (Leaf(_words(key), others) if others else None)
            sides = [side.get(key, _NOTHING) for side in (base, mine, theirs)]
            value = self.one(key, field, sides, (base, mine, theirs), (*path, key), above)
            if value is not _NOTHING:
                out[key] = value
        return out

    def one(self, key, field, sides, around, path, above):
        base, mine, theirs = sides
        if theirs == base:
            return mine
        if mine in (base, theirs):
            return theirs
        given = [None if side is _NOTHING else side for side in sides]
        field = _fitting(field, key, *given)
        label = _called(above, field.label)
        if isinstance(field, Items):
            return self.items(field, [side or [] for side in given], path, above)
        if isinstance(field, Group):
            was, ours, others = (side or {} for side in given)
            return self.fields(field.fields, was, ours, others, path, label, field.others)
        if _same(given[0], given[1], field):
            return theirs
        if _same(given[2], given[0], field) or _same(given[1], given[2], field):
            return mine
        if isinstance(field, Texts) and (not field.absent or None not in given):
            return _texts(*(side or [] for side in given))
        read = (self.walk.read(value, field, item) for value, item in zip(given, around, strict=True))
        self.conflicts.append(Conflict(path, label, *read))
        return mine

    def items(self, field, lists, path, above):
        sides = [_told_apart(items, field.told_by) for items in lists]
        _, ours, others = sides
        kept = {}
        for name in dict.fromkeys([*ours, *others]):
            item = self.item(field, name, [side.get(name) for side in sides], path, above)
            if item is not None:
                kept[name] = item
        orders = [[name for name in side if all(name in each for each in sides)] for side in sides]
        if orders[1] not in (orders[0], orders[2]) and orders[2] != orders[0]:
            label = _called(above, f"order of {field.label}")
            self.conflicts.append(Conflict(path, label, *(", ".join(order) for order in orders)))
        first, then = (others, ours) if orders[1] == orders[0] else (ours, others)
        return [kept[name] for name in _in_order(list(first), list(then), kept)]

    def item(self, field, name, sides, path, above):
        base, mine, theirs = sides
        if theirs == base:
            return mine
        if mine in (base, theirs):
            return theirs
        path = (*path, name)
        label = _called(above, field.called(mine or theirs or {}, self.names))
        if base is not None and (mine is None or theirs is None):
            # One removed what the other changed.
            changed = theirs if mine is None else mine
            told = list(self.walk.fields(field.fields, base, changed, path, label))
            self.conflicts += [
                Conflict(where, what, old, *(("", new) if mine is None else (new, "")))
                for where, what, old, new in told
            ]
            return mine if told else None
        return self.fields(field.fields, base or {}, mine, theirs, path, label)


class _Nothing:
    """What a dict has where it has no value: unlike null, which was written."""

    def __bool__(self):
        return False


_NOTHING: Any = _Nothing()


def _texts(base: list[str], mine: list[str], theirs: list[str]) -> list[str]:
    """The additions and removals of both."""
    kept = [each for each in mine if each in theirs or each not in base]
    added = [each for each in theirs if each not in base and each not in mine]
    first, then = (theirs, mine) if [each for each in base if each in mine] == mine else (mine, theirs)
    return list(_in_order(first, then, {*kept, *added}))


def _in_order(first: list[str], then: list[str], kept) -> list[str]:
    """What is kept in the order of the first, with what only the second has after what it stands behind there."""
    order = [name for name in dict.fromkeys(first) if name in kept]
    place = 0
    for name in then:
        if name in order:
            place = order.index(name) + 1
        elif name in kept:
            order.insert(place, name)
            place += 1
    return order


# -------------------------------------------------------------------------------------------- sources of responses


SOURCE = "source "
"""How a response names its source while records are compared: by what tells it apart. Places shift."""


def _sources_by_name(record: dict) -> dict:
    """The record with each response naming its source by what tells that apart instead of by its place."""
    sources, responses = record.get("sources"), record.get("responses")
    if not (_is_items(sources or []) and _is_items(responses)):
        return record
    names = list(_told_apart(sources or [], RECORD["sources"].told_by))
    return record | {"responses": [_led(response, names) for response in responses]}  # type: ignore[union-attr]


def _led(response: dict, names: list[str]) -> dict:
    given = str(response.get("source"))
    if not re.fullmatch(r"[0-9]{1,6}", given):
        return response
    # One that leads nowhere leads nowhere afterwards either, though there may be more sources then.
    place = int(given)
    return response | {
        "source": SOURCE + (names[place] if place < len(names) else f"no. {place + 1}, which is missing")
    }


def _without_source(record: dict) -> Iterator[Conflict]:
    """A conflict for each response whose source one side took away while the other had the response name it."""
    if not (_is_items(record.get("sources") or []) and _is_items(record.get("responses"))):
        return
    names = _told_apart(record.get("sources") or [], RECORD["sources"].told_by)
    for key, response in _told_apart(record.get("responses") or [], RECORD["responses"].told_by).items():
        name = _name_of_source(response)
        if name is not None and name not in names:
            label = _called(RECORD["responses"].called(response, {}), "source")
            yield Conflict(("responses", key, "source"), label, name, "", name)


def _sources_by_place(record: dict, *, as_text: bool) -> dict:
    sources, responses = record.get("sources"), record.get("responses")
    if not (_is_items(sources or []) and _is_items(responses)):
        return record
    names = list(_told_apart(sources or [], RECORD["sources"].told_by))

    def led(response: dict) -> dict:
        name = _name_of_source(response)
        if name is None:
            return response
        place = names.index(name) if name in names else None
        return response | {"source": str(place) if as_text and place is not None else place}

    return record | {"responses": [led(response) for response in responses]}  # type: ignore[union-attr]


def _name_of_source(response: dict) -> str | None:
    source = response.get("source")
    return source.removeprefix(SOURCE) if isinstance(source, str) and source.startswith(SOURCE) else None


def _counts_in_text(record: dict) -> bool:
    responses = record.get("responses")
    return _is_items(responses) and any(isinstance(response.get("source"), str) for response in responses)  # type: ignore[union-attr]
