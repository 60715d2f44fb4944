"""Small random announcement sets that press every counting rule, for comparing one counter with another.

`random_case(random.Random(seed), size)` gives announcements of the fact file (FACTS.md), valid by its rules: pots of
one or a few link families, told about by many claims. The same seed and size always give the same set.

Left out, because the rules are silent on them or they contradict themselves: two statements about the same two pots
in one claim; a link to a pot that is introduced on a later day; a cancellation without an amount that is a level, a
rise, a breakdown, in real terms or in another currency.
"""

from __future__ import annotations

from decimal import Decimal
from random import Random

TREE = {
    "uk": ("england", "scotland", "wales", "northern-ireland"),
    "england": ("north-of-england", "midlands", "east-of-england", "london", "south-east", "south-west"),
    "north-of-england": ("north-east", "north-west", "yorkshire-and-the-humber"),
    "midlands": ("east-midlands", "west-midlands"),
}
THEMES = ("digital", "ai", "estates", "research")
SECTORS = ("government", "devolved_government", "local_nhs", "industry", "charity", "mixed", "unknown", "foreign")
ADDITIONALITY = ("new", "moved", "restored", "already_announced", "partly_new", "unclear")
PROGRAMMES = ("Alpha", "Beta", "Gamma")
YEARS = ("2018-19", "2019-20", "2020-21", "2021-22", "2022-23")
# Either side of the end of a financial year, few enough that several announcements fall on one day.
DAYS = ("2018-03-31", "2018-04-01", "2019-05-05", "2019-05-06", "2020-02-29", "2021-11-30", "2023-04-05")
USUAL_BOUNDS = (("exact", 48), ("up_to", 23), ("range", 12), ("about", 9), ("at_least", 8))
PROMISES = (("exact", 45), ("up_to", 50), ("range", 5))
FOLLOWING = (
    ("repeats", 22),
    ("revises", 18),
    ("tops_up", 14),
    ("allocates", 16),
    ("spends", 9),
    ("cancels", 15),
    ("proposes", 6),
)


def to_document(announcements: list[dict]) -> dict:
    """A fact file of these announcements."""
    return {"format": "healthfund-facts/1", "announcements": announcements}


def random_case(rng: Random, size: int) -> list[dict]:
    """Announcements about some `size` pots, in no order. `rng` decides everything."""
    return Case(rng, max(1, size)).build()


def chance(rng: Random, percent: float) -> bool:
    return rng.random() * 100 < percent


def weighted(rng: Random, choices: tuple[tuple[object, int], ...]) -> object:
    return rng.choices([value for value, _ in choices], [weight for _, weight in choices])[0]


def text_of(pence: int) -> str:
    """Pence as the decimal text of the fact file, with and without decimals."""
    return f"{pence // 100}.{pence % 100:02d}" if pence % 100 else str(pence // 100)


class Case:
    """One set in the making. Pots are numbers; only a lower one may include a higher one, so there is no cycle."""

    def __init__(self, rng: Random, size: int):
        self.rng = rng
        self.size = size
        # Sums come from a small pool, so that shares and parts often equal their pots, and add up to them.
        self.unit = rng.choice([1, 1, 7, 100, 333, 10_000_000, 1_000_000_000])
        self.pool = [rng.randint(1, 9) for _ in range(2)] + [rng.randint(1, 40) for _ in range(3)] + [10, 20]
        self.plain = chance(rng, 35)  # a case without what is never counted, where the arithmetic can be seen
        self.bounds = rng.choice([USUAL_BOUNDS, USUAL_BOUNDS, PROMISES])
        self.whole_links = rng.choice([30, 50, 60, 100])  # in a hundred
        self.days = sorted(rng.sample(DAYS, rng.randint(1, min(len(DAYS), 2 + size))))
        self.announcements: list[dict] = []
        self.claims_about: list[list[tuple[dict, dict]]] = [[] for _ in range(size)]  # pot: (announcement, claim)
        self.introduced: list[tuple[dict, dict]] = []

    # -------------------------------------------------------------------------------------------- the whole

    def build(self) -> list[dict]:
        rng = self.rng
        for number in range(rng.randint(1, 2 * self.size)):
            self.announcements.append(self.announcement(number))
        for pot in range(self.size):
            announcement = rng.choice(self.announcements)
            self.introduced.append((announcement, self.introduction(pot, announcement)))
        for number in range(rng.randint(0, self.size if self.plain else 2 * self.size)):
            self.follow(number)
        for outer, inner in self.pairs():
            self.link(outer, inner)
        for announcement in self.announcements:
            rng.shuffle(announcement["claims"])
        rng.shuffle(self.announcements)
        return self.announcements

    def announcement(self, number: int) -> dict:
        rng = self.rng
        day = rng.choice(self.days)
        announcement = {
            "id": f"{day}-{rng.choice('abcxyz')}{number}",
            "announced_on": day,
            "title": "A made-up announcement",
            "summary": "Made up at random.",
            "announcer": {"organisation": "Nobody", "person": None, "role": None},
            "sources": [{"url": None, "publisher": "made up", "published_on": None, "kind": "report"}],
            "claims": [],
        }
        if chance(rng, 60):
            announcement["programmes"] = rng.sample(PROGRAMMES, rng.randint(0, 2))
        return announcement

    def pairs(self) -> list[tuple[int, int]]:
        """Which pots are linked: chains, stars, two wholes around a pot, triangles, and anything."""
        rng = self.rng
        shape = rng.choice(["chain", "star", "wholes", "triangles", "anything", "anything"])
        pairs = set()
        for inner in range(1, self.size):
            if shape == "chain":
                outers = [inner - 1] + ([rng.randrange(inner)] if chance(rng, 25) else [])
            elif shape == "star":
                outers = [0] if chance(rng, 85) else []
            elif shape == "triangles":  # a pot, one that holds it, and one that holds or is held by that one
                other = rng.randrange(inner)
                beside = [o if i == other else i for o, i in sorted(pairs) if other in (o, i)]
                outers = [other, *rng.sample(beside, min(len(beside), rng.randint(1, 2)))]
            elif shape == "wholes":
                outers = rng.sample(range(inner), min(inner, rng.randint(1, 3)))
            else:
                outers = rng.sample(range(inner), min(inner, rng.choice([0, 1, 1, 2])))
            pairs |= {(outer, inner) for outer in outers}
        return sorted(pairs)

    # -------------------------------------------------------------------------------------------- claims

    def introduction(self, pot: int, announcement: dict) -> dict:
        rng = self.rng
        effect = weighted(rng, (("introduces", 80), ("allocates", 11), ("spends", 6), ("proposes", 3)))
        claim = self.claim(f"pot-{pot}", effect, announcement)
        claim.setdefault("theme", rng.choice(THEMES))
        claim.setdefault("sector", rng.choice(SECTORS))
        claim.setdefault("additionality", rng.choice(ADDITIONALITY))
        if "regions" not in claim:
            self.give_places(claim)
        self.add(pot, announcement, claim)
        return claim

    def follow(self, number: int) -> None:
        """A later claim about a pot, on its own day or after, often by an announcement that has one already."""
        rng = self.rng
        pot = rng.randrange(self.size)
        first = self.introduced[pot][0]
        able = [a for a in self.announcements if a["announced_on"] >= first["announced_on"]]
        announcement = first if chance(rng, 15) else rng.choice(able)
        claim = self.claim(f"more-{number}", weighted(rng, FOLLOWING), announcement)
        claim["about"] = self.reference(announcement, rng.choice(self.claims_about[pot]))
        self.add(pot, announcement, claim)

    def add(self, pot: int, announcement: dict, claim: dict) -> None:
        announcement["claims"].append(claim)
        self.claims_about[pot].append((announcement, claim))

    def reference(self, announcement: dict, claim: tuple[dict, dict]) -> str:
        """A reference to a claim: by its bare key inside its announcement, if the dice say so."""
        other, record = claim
        bare = other is announcement and chance(self.rng, 60)
        return record["key"] if bare else f"{other['id']}#{record['key']}"

    def claim(self, key: str, effect: str, announcement: dict) -> dict:
        rng = self.rng
        claim = {"key": key, "name": key, "currency": "GBP", "effect": effect}
        self.give_amount(claim)
        following = key.startswith("more")
        if chance(rng, 15 if following else 50):
            claim["theme"] = rng.choice(THEMES)
        if chance(rng, 15 if following else 50):
            claim["sector"] = rng.choice(SECTORS)
        if chance(rng, 15 if following else 50):
            claim["additionality"] = rng.choice(ADDITIONALITY)
        if chance(rng, 15 if following else 50):
            self.give_places(claim)
        if chance(rng, 25 if following else 60):
            self.give_years(claim)
        if chance(rng, 40):
            of_announcement = announcement.get("programmes") or []
            claim["programmes"] = rng.choice([None, [], rng.sample(of_announcement, min(1, len(of_announcement)))])
        return claim

    # -------------------------------------------------------------------------------------------- amounts

    def money(self, zero: float = 2) -> int:
        """Pence, mostly out of the pool."""
        rng = self.rng
        if chance(rng, zero):
            return 0
        if chance(rng, 15):
            return rng.randint(1, 40 * self.unit)
        return rng.choice(self.pool) * self.unit

    def give_amount(self, claim: dict) -> None:
        rng = self.rng
        claim["bound"] = weighted(rng, self.bounds)
        claim["measure"] = "per_year" if chance(rng, 13) else "total"
        none = 45 if claim["effect"] == "cancels" else 2 if self.plain else 7
        if chance(rng, none):
            claim["bound"] = "exact"
            claim["measure"] = "total"
            claim["amount"] = None
            claim["as_stated"] = rng.choice([None, "no amount given"])
            return
        low, high = sorted([self.money(), self.money()])
        if claim["bound"] == "range":
            claim["amount"] = None
            claim["low"] = text_of(low if chance(rng, 80) else 0)
        else:
            claim["amount"] = text_of(high)
        if claim["bound"] == "range":
            claim["high"] = text_of(high)
        claim["as_stated"] = self.wording(claim, low, high)
        if not self.plain:
            self.make_uncounted(claim)

    def make_uncounted(self, claim: dict) -> None:
        """Now and then a level, a rise, a breakdown, real terms or another currency, with a rate or without."""
        rng = self.rng
        if chance(rng, 7):
            claim["measure"] = rng.choice(["level", "rise", "breakdown"])
        if chance(rng, 4):
            claim["terms"] = "real"
            claim["price_year"] = rng.choice([None, "2019-20"])
        elif chance(rng, 10):
            claim["terms"] = "cash"
        if chance(rng, 7):
            claim["currency"] = rng.choice(["USD", "EUR"])
            if chance(rng, 60):
                rate = rng.choice(["0.7525", "1.5", "0.333333", "0.85", "0.5", "2"])
                claim["rate"] = {"gbp_per_unit": rate, "on": "2019-05-05", "source": "made up"}

    def wording(self, claim: dict, low: int, high: int) -> str:
        """How the sum is printed: to the penny, in millions or billions, rounded to words, or beside other numbers."""
        rng = self.rng
        pounds = Decimal(high) / 100
        plain = f"£{pounds:,.2f}" if high % 100 else f"£{high // 100:,}"
        scaled = [f"£{short(pounds / 10**6)} million", f"£{short(pounds / 10**6)}m"]
        scaled += [f"£{short(pounds / 10**9)}bn", f"£{short(pounds / 10**9)} billion", f"£{short(pounds / 1000)}k"]
        styles = [plain, plain, *rng.sample(scaled, 2), "half a billion pounds", f"{plain} a year for 2 years"]
        styles += [f"$7.5m ({rng.choice(scaled)})", f"a further {rng.choice(scaled)}-plus", "£3 each for everybody"]
        if claim["bound"] == "range":
            styles += [f"£{short(Decimal(low) / 10**8)}-{short(pounds / 10**6)} million"] * 2
        return rng.choice(styles)

    # -------------------------------------------------------------------------------------------- descriptions

    def give_places(self, claim: dict) -> None:
        """One to three regions, none inside another, and now and then what goes to some of them or below."""
        rng = self.rng
        nodes = list(TREE) + [child for children in TREE.values() for child in children]
        regions: list[str] = []
        for region in rng.sample(sorted(set(nodes)), rng.choice([1, 1, 1, 2, 3])):
            if not any(region in below(other) or other in below(region) for other in regions):
                regions.append(region)
        claim["regions"] = regions
        if chance(rng, 45):
            common = min((node for node in set(nodes) if all(r in below(node) for r in regions)), key=depth_below)
            places = rng.sample(below(common), min(len(below(common)), rng.randint(1, 3)))
            small = self.small_money()
            claim["splits"] = [{"region": place, "amount": text_of(small())} for place in places]

    def give_years(self, claim: dict) -> None:
        rng = self.rng
        start, end = sorted([rng.choice(YEARS), rng.choice(YEARS)])
        kind = weighted(rng, (("both", 60), ("start", 9), ("end", 7), ("profile", 12), ("both and profile", 12)))
        if kind.startswith("both"):
            claim["start_fy"], claim["end_fy"] = start, end
        elif kind in ("start", "end"):
            claim[f"{kind}_fy"] = start
        if kind.endswith("profile"):
            years = list(YEARS[YEARS.index(start) : YEARS.index(end) + 1])
            if kind == "profile" and len(years) > 2 and claim["measure"] != "per_year" and chance(rng, 30):
                years.remove(rng.choice(years))
            small = self.small_money()
            claim["profile"] = {year: text_of(small()) for year in years}

    def small_money(self):
        """Sums that a pot's amount may hold several of, or not."""
        divisor = self.rng.choice([1, 3, 3, 5])
        return lambda: self.money() // divisor

    # -------------------------------------------------------------------------------------------- links

    def link(self, outer: int, inner: int) -> None:
        """State what two pots share, once or more: of several statements the latest holds."""
        rng = self.rng
        since = max(self.introduced[pot][0]["announced_on"] for pot in (outer, inner))
        able = [
            (pot, announcement, claim)
            for pot in (outer, inner)
            for announcement, claim in self.claims_about[pot]
            if announcement["announced_on"] >= since
        ]
        times = min(len(able), rng.choice([1, 1, 1, 2, 3]))
        for pot, announcement, claim in rng.sample(able, times):
            other = outer if pot == inner else inner
            said = [c for c in self.claims_about[other] if c[0]["announced_on"] <= announcement["announced_on"]]
            reference = self.reference(announcement, rng.choice(said))
            if chance(rng, self.whole_links):
                claim.setdefault("part_of" if pot == inner else "includes", []).append(reference)
            else:
                share = {"pot": reference, **self.share(inner)}
                claim.setdefault("partly_in" if pot == inner else "overlaps", []).append(share)

    def share(self, inner: int) -> dict:
        rng = self.rng
        kind = weighted(rng, (("unknown", 30), ("exact", 30), ("range", 25), ("all of it", 15)))
        if kind == "unknown":
            return {"low": None, "high": None}
        record = self.introduced[inner][1]
        whole = record["amount"] or record.get("high")
        if kind == "all of it" and whole:
            return {"low": rng.choice([whole, "0"]), "high": whole}
        low, high = sorted([self.money(zero=8), self.money()])
        return {"low": text_of(high if kind == "exact" else low), "high": text_of(high)}


def short(value: Decimal) -> str:
    """A number without needless zeros at its end."""
    text = f"{value:,.12f}".rstrip("0")
    return text.rstrip(".")


def below(node: str) -> list[str]:
    """A node and everything in it."""
    return [node] + [deeper for child in TREE.get(node, ()) for deeper in below(child)]


def depth_below(node: str) -> tuple[int, str]:
    return (len(below(node)), node)
