"""Where a pot's own money lies, by place and by financial year, in whole pence at every step. Pure.

Source: COUNTING.md beside this file. A layout is {place: pence} or {year: pence}; no year is None.
"""

from dataclasses import dataclass


class Tree:
    """The tree of regions. parents: {region: parent or None} in the order of the tree."""

    def __init__(self, parents):
        self.parents = dict(parents)
        self.rank = {region: n for n, region in enumerate(self.parents)}

    def upwards(self, region):
        """The region and those that hold it, lowest first."""
        path = []
        while region is not None:
            path.append(region)
            region = self.parents[region]
        return path

    def topmost(self, regions):
        """Those of the regions that lie in none of the others, in the order of the tree."""
        among = set(regions)
        return [region for region in self.parents if region in among and not among & set(self.upwards(region)[1:])]

    def lowest_common(self, regions):
        """The lowest node that holds all of these regions. Raises ValueError where there is none."""
        paths = [self.upwards(region) for region in regions]
        for node in paths[0] if paths else ():
            if all(node in path for path in paths):
                return node
        raise ValueError(f"no region holds {', '.join(regions)}")


def spread(amount, weights, rank):
    """Spread pence over keys by weight; the odd pence go to the largest remainders, equal ones in order of rank.

    Weights below 0 are none. Returns {key: pence}, which sums to the amount; the amount may be spread over nothing
    only if it is 0.
    """
    keys = sorted((key for key, weight in weights.items() if weight > 0), key=rank)
    total = sum(weights[key] for key in keys)
    if not amount:
        return {}
    parts = {key: amount * weights[key] // total for key in keys}
    odd = amount - sum(parts.values())
    for key in sorted(keys, key=lambda key: -(amount * weights[key] % total))[:odd]:
        parts[key] += 1
    return parts


def in_time(year):
    """Years in order, no year last."""
    return (year is None, year or 0)


@dataclass(frozen=True, slots=True)
class Lay:
    """How the whole of a pot lies: node and splits (pence by place), stated years and their profile (pence by year)."""

    node: str
    splits: tuple = ()
    years: tuple = ()
    profile: tuple = ()

    def by_place(self, amount, tree):
        """The whole amount by place: splits as stated, the rest at the node."""
        return stated_then_rest(amount, dict(self.splits), self.node, tree.rank.__getitem__)

    def by_year(self, amount):
        """The whole amount by year: the profile as stated and the rest without a year, else evenly, else without."""
        if self.profile:
            return stated_then_rest(amount, dict(self.profile), None, in_time)
        if self.years:
            return dict.fromkeys(self.years, 0) | spread(amount, dict.fromkeys(self.years, 1), in_time)
        return {None: amount}

    @property
    def assumed(self):
        """Whether an even split over several years, which no source states, decides the years."""
        return not self.profile and len(self.years) > 1


def stated_then_rest(amount, stated, rest_at, rank):
    total = sum(stated.values())
    if total > amount:
        return dict.fromkeys(stated, 0) | spread(amount, stated, rank)
    return stated | ({rest_at: stated.get(rest_at, 0) + amount - total} if amount > total else {})


def cells(own, amount, lay, taken, tree):
    """A pot's own money by place and year, as {(place, year): pence}.

    own and amount are pence; lay is how its whole amount lies; taken lists what it shares with each other pot, as
    ({place: pence}, {year: pence}).
    """
    if not own:
        return {}
    places, years = lay.by_place(amount, tree), lay.by_year(amount)
    places_left, years_left = dict(places), dict(years)
    for by_place, by_year in taken:
        for place, pence in by_place.items():
            at = next((node for node in tree.upwards(place) if node in places), lay.node)
            places_left[at] = places_left.get(at, 0) - pence
        for year, pence in by_year.items():
            at = year if year in years else None
            if at in years:
                years_left[at] -= pence
    found = {}
    for place, pence in spread(own, places_left, tree.rank.__getitem__).items():
        for year, part in spread(pence, years_left, in_time).items():
            found[place, year] = part
    return found
