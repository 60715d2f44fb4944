"""What records say once two pots, two announcements or two organisations are one. Pure: records in, records out.

Records are of the interchange format, with full references, or as they are typed, where anything may be missing.
"""

from collections.abc import Callable, Mapping
from typing import Any

from ..choices import Effect

DESCRIBES = ("theme", "sector", "additionality", "regions", "splits")
"""What a claim about a pot says of the pot; it holds from the claim's day on, instead of what was said before."""

STAYS = frozenset({Effect.ALLOCATES, Effect.SPENDS, Effect.PROPOSES})
"""Effects that a claim keeps when the pot that it introduced is found to be another."""


def led(record: dict, leads: Mapping[str, str]) -> dict:
    """The record with each reference to one of these pots leading to what it is now, and no pot lying in itself."""
    if not isinstance(record.get("claims"), list):
        return record
    return record | {"claims": [_led_claim(record, claim, leads) for claim in record["claims"]]}


def _led_claim(record: dict, claim: dict, leads: Mapping[str, str]) -> dict:
    out = dict(claim)
    if claim.get("about"):
        out["about"] = leads.get(_full(record, claim["about"]), claim["about"])
    mine = _full(record, out.get("about") or claim.get("key") or "")

    def other(pot: str) -> str:
        return leads.get(_full(record, pot), pot)

    def elsewhere(pot: str) -> bool:
        return _full(record, pot) != mine

    for key in ("part_of", "includes"):
        if key in claim:
            out[key] = [pot for pot in dict.fromkeys(map(other, claim[key] or ())) if elsewhere(pot)]
    whole = {pot for key in ("part_of", "includes") for pot in out.get(key) or ()}
    for key in ("partly_in", "overlaps", "links", "looked"):
        if key in claim:
            rows = _once(claim[key] or (), other)
            kept = whole if key in ("partly_in", "overlaps") else ()
            out[key] = [row for row in rows if elsewhere(row.get("pot") or "#") and row.get("pot") not in kept]
    return {key: value for key, value in out.items() if value != [] or claim.get(key) == []}


def _once(rows, other: Callable[[str], str]) -> list[dict]:
    """The rows led on; of two that come to be about one pot, in one way, what was said of that pot before holds."""
    found: dict[Any, dict] = {}
    for number, row in enumerate(rows):
        pot = row.get("pot") or ""
        place = (row.get("kind"), other(pot)) if pot else number
        if place not in found or other(pot) == pot:
            found[place] = row | {"pot": other(pot)} if pot else row
    return list(found.values())


def _full(record: dict, reference: str) -> str:
    return reference if "#" in reference else f"{record.get('id') or ''}#{reference}"


def one_pot(record: dict, gone: str, kept: str, effect: str = "") -> dict:
    """The record where the pot `gone` is the pot `kept`: its claims and links are about that.

    The claim that introduced it repeats the other, or has this effect on it, and describes it no more.
    """
    announcement, _, key = gone.partition("#")
    if record.get("id") == announcement:
        record = record | {
            "claims": [
                _not_introducing(claim, kept, effect) if claim.get("key") == key and not claim.get("about") else claim
                for claim in record.get("claims") or ()
            ]
        }
    return led(record, {gone: kept})


def _not_introducing(claim: dict, kept: str, effect: str) -> dict:
    same = claim.get("effect") if claim.get("effect") in STAYS else Effect.REPEATS
    left = {key: value for key, value in claim.items() if key not in DESCRIBES}
    return left | {"about": kept, "effect": str(effect or same)}


def one_announcement(kept: dict, gone: dict, same: Mapping[str, str]) -> tuple[dict, dict[str, str]]:
    """What `kept` says once all that `gone` says has moved to it, and where the pots that gone introduced are now.

    same: {key of a claim of gone: key of the claim of kept that says the same}; each other claim moves over, under a
    key that is free there. Sources, figures, targets and responses that kept has already come once.
    """
    keys = {claim["key"] for claim in kept["claims"]}
    now, moving = dict(same), []
    for claim in gone["claims"]:
        if claim["key"] not in same:
            now[claim["key"]] = _free(claim["key"], keys)
            moving.append(claim)
    pot_of = {claim["key"]: claim.get("about") or f"{kept['id']}#{claim['key']}" for claim in kept["claims"]}
    leads = {
        f"{gone['id']}#{claim['key']}": pot_of.get(now[claim["key"]], f"{kept['id']}#{now[claim['key']]}")
        for claim in gone["claims"]
        if not claim.get("about")
    }
    programmes = sorted({*(kept.get("programmes") or ()), *(gone.get("programmes") or ())})
    claims = [_for_programmes(claim, kept, programmes) for claim in kept["claims"]]
    claims += [_for_programmes(claim, gone, programmes) | {"key": now[claim["key"]]} for claim in moving]
    sources, place = _sources(kept.get("sources") or [], gone.get("sources") or [])
    responses = [_moved_response(response, now, place) for response in gone.get("responses") or ()]
    out = kept | {"programmes": programmes, "claims": claims, "sources": sources}
    for key, added in [
        ("figures", gone.get("figures") or []),
        ("targets", _without_same(kept, gone)),
        ("responses", responses),
    ]:
        out[key] = [*(kept.get(key) or []), *(each for each in added if each not in (kept.get(key) or []))]
    return led(out, leads), leads


def _free(key: str, taken: set[str]) -> str:
    free, number = key, 1
    while free in taken:
        number += 1
        free = f"{key}-{number}"
    taken.add(free)
    return free


def _for_programmes(claim: dict, record: dict, programmes: list[str]) -> dict:
    """A claim for all programmes of its announcement stays for those, though the announcement has more now."""
    mine = sorted(record.get("programmes") or ())
    return claim if "programmes" in claim or mine == programmes else claim | {"programmes": mine}


def _sources(kept: list[dict], gone: list[dict]) -> tuple[list[dict], dict[int, int]]:
    """All sources, each once, and the places of gone's among them."""
    out, place = list(kept), {}
    for number, source in enumerate(gone):
        alike = (
            index
            for index, other in enumerate(out)
            if other == source or (source.get("url") and other.get("url") == source["url"])
        )
        place[number] = next(alike, len(out))
        if place[number] == len(out):
            out.append(source)
    return out, place


def _moved_response(response: dict, claims: Mapping[str, str], sources: Mapping[int, int]) -> dict:
    out = dict(response)
    if response.get("claim") in claims:
        out["claim"] = claims[response["claim"]]
    if response.get("source") is not None:
        out["source"] = sources.get(response["source"])
    return out


def _without_same(kept: dict, gone: dict) -> list[dict]:
    promised = {(target["metric"], target.get("due")) for target in kept.get("targets") or ()}
    return [target for target in gone.get("targets") or () if (target["metric"], target.get("due")) not in promised]


def renamed(record: dict, names: Mapping[str, str]) -> dict:
    """The record with organisations by these names called otherwise, wherever it names one.

    names: {a name in small letters: the name now}.
    """

    def now(name: str) -> str:
        return names.get(name.lower(), name)

    def speaker(who: Any) -> Any:
        given = isinstance(who, dict) and who.get("organisation")
        return who | {"organisation": now(who["organisation"])} if given else who

    out = dict(record)
    if "announcer" in record:
        out["announcer"] = speaker(record["announcer"])
    if record.get("responses"):
        out["responses"] = [speaker(response) for response in record["responses"]]
    if record.get("claims"):
        out["claims"] = [
            claim
            | {key: list(dict.fromkeys(map(now, claim[key]))) for key in ("funders", "recipients") if claim.get(key)}
            for claim in record["claims"]
        ]
    return out
