"""Made-up announcements for measuring, shaped like the real ones. Pure: randomness comes in as a seeded Random.

An announcement belongs to a story: a sum is launched, in parts or whole, and later ones repeat it, draw on it, revise,
spend or cancel it. Stories share programmes and organisations but never money, so link families stay as small as real
ones, and few reach some forty pots. Many stories are told side by side, as in life, so that the parts of one are far
apart. Shares of effects, bounds, payers and places follow the real announcements in fixtures/facts, with more repeats.
Names are invented: nothing here says anything of a real body or programme. All money is in whole pounds.
"""

import datetime

FIRST = datetime.date(2010, 4, 6)
LAST = datetime.date(2026, 3, 31)
"""Fixed, so that a seed means the same on any day."""

GENERATED = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}-generated-s[0-9]+-[0-9]+$"
"""The ids of generated announcements, and of no others."""

OPEN = 200
"""How many stories are being told at once."""

LARGEST = 20_000_000_000
SMALLEST = 20_000

# ------------------------------------------------------------------------------------------------ what there is
# Each table: (value, how often it comes, in any unit).

YEARS = tuple(zip(range(2010, 2027), (2, 3, 3, 5, 4, 4, 4, 6, 12, 8, 7, 14, 12, 16, 10, 12, 2), strict=True))
SUBJECTS = {
    "digital": ("electronic records", "electronic prescribing", "cyber security"),
    "research": ("clinical trials", "biomedical research", "health data research"),
    "medicines": ("vaccine manufacture", "cell therapy", "medicines supply"),
    "social-care": ("care technology", "falls prevention", "digital care records"),
    "cancer": ("radiotherapy", "cancer screening", "proton beam"),
    "estates": ("hospital upgrades", "smart hospitals", "equipment renewal"),
    "life-sciences": ("science park", "life sciences scale-up", "biomanufacturing"),
    "urgent-care": ("ambulance telephony", "virtual wards", "emergency triage"),
    "diagnostics": ("community diagnostics", "pathology networks", "imaging scanners"),
    "mental-health": ("digital therapy", "crisis lines", "dementia research"),
    "ai": ("imaging algorithms", "ambient scribing", "decision support"),
    "whole-system": ("shared care records", "productivity", "system transformation"),
    "genomics": ("genome sequencing", "newborn genomes", "rare disease testing"),
    "medtech": ("robotic surgery", "wearable devices", "assistive technology"),
    "primary-care": ("online consultation", "cloud telephony", "pharmacy systems"),
    "prevention": ("health checks", "weight management apps", "early detection"),
    "workforce": ("digital skills", "staff rostering", "clinical informatics training"),
}
THEMES = tuple(
    zip(SUBJECTS, (112, 85, 62, 50, 45, 42, 40, 36, 34, 33, 30, 28, 27, 27, 15, 14, 11), strict=True)
)  # in the order of SUBJECTS
CODE_NAMES = ("Kestrel", "Heron", "Plover", "Curlew", "Avocet", "Dunlin", "Merlin", "Osprey", "Fulmar")
KINDS = ("programme", "fund", "accelerator", "partnership", "initiative", "network", "challenge")
PROGRAMMES = {
    (theme, subject): tuple(
        f"{code} {subject} {KINDS[(place + n) % len(KINDS)]}" for place, code in enumerate(CODE_NAMES)
    )
    for theme, subjects in SUBJECTS.items()
    for n, subject in enumerate(subjects)
}

ENGLISH = {
    "north-east": "the North East",
    "north-west": "the North West",
    "yorkshire-and-the-humber": "Yorkshire and the Humber",
    "east-midlands": "the East Midlands",
    "west-midlands": "the West Midlands",
    "east-of-england": "the East of England",
    "london": "London",
    "south-east": "the South East",
    "south-west": "the South West",
}
NATIONS = {"england": "England", "scotland": "Scotland", "wales": "Wales", "northern-ireland": "Northern Ireland"}
PLACES = {"uk": "the United Kingdom", **NATIONS, "north-of-england": "the North", "midlands": "the Midlands", **ENGLISH}
REGIONS = (
    (("england",), 42),
    (("uk",), 20),
    (("scotland",), 6),
    (("wales",), 4),
    (("northern-ireland",), 2.5),
    (("north-of-england",), 1),
    (("midlands",), 1),
    *(((region,), 2.2) for region in ENGLISH),
    (None, 4),  # several, drawn anew each time
)
DIVISIONS = {"uk": tuple(NATIONS), "england": tuple(ENGLISH)}
"""Between which places the money of a region is split where it is."""

SECTORS = (
    ("government", 64),
    ("devolved_government", 10),
    ("industry", 9),
    ("mixed", 6),
    ("charity", 5),
    ("local_nhs", 3),
    ("foreign", 1.5),
    ("unknown", 1.5),
)
PAYERS = {
    "government": ("Example Department of Health", "Example Treasury", "Example Department for Science"),
    "devolved_government": ("Northmoor Government", "Westmarch Government", "Eastholm Executive"),
    "industry": ("Larkfield Pharma", "Tarn Devices", "Beacon Diagnostics", "Quillon Software"),
    "mixed": ("Example Health Partnership", "Joint Programme for Health Technology"),
    "charity": ("Example Cancer Trust", "The Alder Foundation", "Example Heart Appeal"),
    "local_nhs": ("Brackenford Hospitals", "Wexmouth Integrated Care Board", "Sampleton Council"),
    "foreign": ("Continental Research Programme", "Overseas Health Endowment"),
    "unknown": ("Example Health Gazette",),
}
RECIPIENTS = (
    *(f"{town} {kind}" for town in ("Brackenford", "Wexmouth", "Sampleton") for kind in ("Hospitals", "University")),
    "NHS trusts",
    "general practices",
    "small companies",
    "care homes",
)
STAKEHOLDERS = tuple(
    f"{whose} {kind}"
    for whose in ("Example", "National", "Alder", "Brackenford", "Northmoor", "Wexmouth", "United", "Independent")
    for kind in (
        "Patients' Council",
        "Hospitals' Confederation",
        "College of Clinicians",
        "Health Think Tank",
        "Carers' Union",
        "Industry Association",
        "Nurses' Forum",
        "Audit Watch",
    )
)
PEOPLE = (
    ("Alex Marlow", "Health minister"),
    ("Sam Ashdown", "Science minister"),
    ("Robin Penhale", "Chief executive"),
    ("Jo Carrick", "Finance minister"),
    ("Chris Tolland", "Director of technology"),
)
PUBLISHERS = (
    ("Example Health Gazette", "gazette.example"),
    ("Trust Technology Weekly", "weekly.example"),
    ("The Wexmouth Courier", "courier.example"),
    ("Care Computing News", "computing.example"),
)
KINDS_OF_SOURCE = (
    ("news_article", 60),
    ("written_answer", 8),
    ("speech", 7),
    ("strategy", 8),
    ("blog", 9),
    ("report", 8),
)

BOUNDS = (("exact", 78), ("up_to", 9), ("at_least", 6), ("about", 5.5), ("range", 1.5))
BEFORE = {
    "exact": (("", 92), ("a further ", 5), ("an extra ", 3)),
    "up_to": (("up to ", 90), ("as much as ", 10)),
    "at_least": (("at least ", 40), ("more than ", 40), ("over ", 20)),
    "about": (("about ", 40), ("around ", 45), ("nearly ", 15)),
}
ADDITIONALITY = (
    ("new", 55),
    ("unclear", 17),
    ("partly_new", 14),
    ("already_announced", 8),
    ("moved", 5),
    ("restored", 1),
)
ADDITIONALITY_OF_PARTS = (("already_announced", 70), ("unclear", 15), ("new", 10), ("partly_new", 5))
NATURES = (
    (None, 24),
    ("research", 22),
    ("capital", 20),
    ("revenue", 17),
    ("unspecified", 11),
    ("mixed", 6),
)
INSTRUMENTS = (
    (None, 29),
    ("unspecified", 44),
    ("grant", 17),
    ("private_investment", 4),
    ("procurement", 2),
    ("equity", 1),
    ("loan", 1),
    ("guarantee", 0.4),
    ("tax_relief", 0.4),
    ("rebate", 0.7),
    ("in_kind", 0.5),
)
FOLLOWING = (
    ("repeats", 36),
    ("draws", 36),
    ("introduces", 9),
    ("revises", 10),
    ("spends", 6),
    ("launches", 6),
    ("tops_up", 3),
    ("cancels", 2.5),
    ("proposes", 2.5),
)
STANCES = (("welcomes", 51), ("critical", 26), ("mixed", 20), ("neutral", 3))
ANSWERS = {
    "welcomes": "Welcomed the money and asked that it arrive quickly.",
    "critical": "Said that it was money announced before, and too little.",
    "mixed": "Welcomed the aim, and asked where the running costs would come from.",
    "neutral": "Set out what it would mean for its members.",
}
FIGURES = (
    ("jobs", "{n:,} jobs", "jobs that it is said to create"),
    ("saving", "£{n:,} a day", "saved, once it works"),
    ("beneficiaries", "{n:,} patients", "patients who are to benefit each year"),
    ("performance", "{n:,} scans", "scans done since it began"),
    ("demand", "{n:,} on waiting lists", "people who wait for it"),
)
TARGETS = (
    ("Trusts that use it", "trusts", "{n} trusts will use it"),
    ("Share of sites covered", "per cent of sites", "{n}% of sites covered"),
    ("People trained", "people", "{n} people trained"),
)


# ------------------------------------------------------------------------------------------------ making them


def announcements(rng, seed):
    """Announcements as fact files write them, one after another without end; each leans only on those before it.

    rng: a random.Random made from the seed (a whole number, not below 0), which the ids carry. The same Random gives
    the same announcements, so more of them begin with the same ones.
    """
    stories, number = [Story(rng) for _ in range(OPEN)], 0
    while True:
        place = rng.randrange(OPEN)
        story = stories[place]
        yield story.next(f"{story.day}-generated-s{seed}-{number}")
        number += 1
        if story.is_over:
            stories[place] = Story(rng)


def weighted(rng, table):
    return rng.choices([value for value, _ in table], [weight for _, weight in table])[0]


def rounded(pounds, digits):
    """Pounds rounded to so many significant digits."""
    scale = 10 ** max(0, len(str(int(pounds))) - digits)
    return round(pounds / scale) * scale


def a_sum(rng):
    """Pounds: most near £8m, log-normal, and one in twelve from a Pareto tail above £100m."""
    pounds = 100_000_000 * rng.paretovariate(1.15) if rng.random() < 1 / 12 else rng.lognormvariate(15.9, 1.7)
    return rounded(min(max(pounds, SMALLEST), LARGEST), rng.choice((1, 2, 2, 2, 2, 3, 3)))


def worded(rng, pounds):
    """Pounds as people print them: `£412m`, `£1.2 billion`, `£900,000`."""
    for scale, units in ((10**9, ("bn", "bn", " billion", "billion")), (10**6, ("m", "m", " million", "million"))):
        if pounds >= scale and pounds * 1000 % scale == 0:
            return f"£{pounds / scale:.3f}".rstrip("0").rstrip(".") + rng.choice(units)
    return f"£{pounds:,}"


def financial_year(year):
    return f"{year}-{(year + 1) % 100:02d}"


class Pot:
    """A sum as the story knows it: pounds, how they are hedged, what is still to be handed out or spent."""

    def __init__(self, reference, name, pounds, bound, said):
        self.reference = reference
        self.name = name
        self.pounds = pounds
        self.bound = bound
        self.said = said
        """What the claim that introduced it said of its payer, theme, place and years."""
        self.undrawn = self.unspent = pounds
        self.is_cancelled = False


class Story:
    """Announcements about sums that may share money, from one day on."""

    def __init__(self, rng):
        self.rng = rng
        self.is_large = rng.random() < 0.008
        if self.is_large:
            self.left, self.most_pots = rng.randint(11, 18), rng.randint(32, 42)
        else:
            self.left = weighted(rng, ((1, 50), (2, 20), (3, 11), (4, 8), (5, 5), (6, 3), (8, 2), (10, 1)))
            self.most_pots = 14
        year = weighted(rng, YEARS)
        first = max(FIRST, datetime.date(year, 1, 1))
        last = min(LAST, datetime.date(year, 12, 31))
        self.day = first + datetime.timedelta(days=rng.randrange((last - first).days + 1))
        if self.is_large:
            # Long enough ago for its many announcements.
            self.day = self.day.replace(year=min(self.day.year, 2019), day=min(self.day.day, 28))
        self.theme = weighted(rng, THEMES)
        self.subject = rng.choice(SUBJECTS[self.theme])
        self.sector = weighted(rng, SECTORS)
        self.payer = rng.choice(PAYERS[self.sector])
        self.regions = self.some_regions()
        names = PROGRAMMES[self.theme, self.subject]
        # Of the programmes of one subject the first is spoken of most.
        several = rng.choices(names, [1 / (place + 1) for place in range(len(names))], k=rng.choice((1, 1, 1, 1, 2)))
        self.programmes = sorted(set(several)) if rng.random() > 0.09 else []
        self.pots = []

    @property
    def is_over(self):
        return not self.left

    def next(self, reference):
        """The story's next announcement, under this id, which starts with the story's day."""
        self.id, self.claims, self.spoken_of = reference, [], set()
        if self.rng.random() > 0.02:
            self.speak()
        announcement = self.around()
        self.left -= 1
        self.day += datetime.timedelta(days=int(self.rng.expovariate(1 / (120 if self.is_large else 260))))
        if self.day > LAST:
            self.left = 0
        return announcement

    def chance(self, percent):
        return self.rng.random() * 100 < percent

    # -------------------------------------------------------------------------------------------- claims

    def speak(self):
        if not self.pots:
            self.launches()
            return
        for _ in range(self.rng.randint(3, 6) if self.is_large else weighted(self.rng, ((1, 60), (2, 28), (3, 12)))):
            effect = weighted(self.rng, FOLLOWING)
            if self.is_large and effect == "repeats" and self.chance(50):
                effect = "draws"
            getattr(self, effect)()

    def claim(self, key, name, effect, pounds, bound, **more):
        """Say a figure; pounds None where no amount is given."""
        stated = self.stated(pounds, bound)
        claim = {"key": f"{key}-{len(self.claims) + 1}", "name": name, **stated, "currency": "GBP"}
        claim |= {"measure": "total", "effect": effect} | more
        if len(self.programmes) > 1 and self.chance(40):
            claim["programmes"] = [self.rng.choice(self.programmes)]
        elif self.chance(2):
            claim["programmes"] = []
        self.claims.append(claim)
        return claim

    def stated(self, pounds, bound):
        rng = self.rng
        if pounds is None:
            return {"as_stated": rng.choice((None, "no amount given")), "amount": None, "bound": "exact"}
        if bound == "range":
            low = rounded(pounds * rng.choice((0.5, 0.6, 0.75, 0.8)), 2)
            words = f"{worded(rng, low)} to {worded(rng, pounds)}"
            return {"as_stated": words, "amount": None, "low": str(low), "high": str(pounds), "bound": bound}
        words = weighted(rng, BEFORE[bound]) + worded(rng, pounds)
        return {"as_stated": words, "amount": str(pounds), "bound": bound}

    def introduce(self, name, pounds, *, inside=None, effect="introduces", **links):
        """A claim with a pot of its own, described like the pot that it lies in where there is one."""
        rng = self.rng
        said = self.described(inside)
        bound = weighted(rng, BOUNDS)
        key = {"introduces": "sum", "allocates": "award", "proposes": "demand"}[effect]
        claim = self.claim(key, name, effect, pounds, bound, **said, **links)
        if pounds is not None:
            self.lay_out(claim, pounds)
            if effect == "introduces" and inside is None:
                self.set_apart(claim)
        pot = Pot(f"{self.id}#{claim['key']}", name, pounds or 0, bound, said)
        if effect != "proposes":
            self.pots.append(pot)
            self.spoken_of.add(pot.reference)
        return pot

    def described(self, inside):
        rng = self.rng
        if inside:
            said = {key: inside.said[key] for key in ("sector", "theme", "regions")}
            said["additionality"] = weighted(rng, ADDITIONALITY_OF_PARTS)
            if self.chance(25):
                said["theme"] = weighted(rng, THEMES)
            if self.chance(30):
                said["regions"] = self.regions_below(said["regions"])
            if self.chance(6):
                said["sector"] = weighted(rng, SECTORS)
        else:
            said = {
                "sector": self.sector,
                "theme": self.theme,
                "regions": list(self.regions),
                "additionality": weighted(rng, ADDITIONALITY),
            }
        if self.chance(70):
            said["funders"] = [self.payer]
        if self.chance(65):
            said["recipients"] = sorted(set(rng.choices(RECIPIENTS, k=rng.choice((1, 1, 2)))))
        if nature := weighted(rng, NATURES):
            said["nature"] = nature
        if instrument := weighted(rng, INSTRUMENTS):
            said["instrument"] = instrument
        if self.chance(40):
            said["tags"] = [tag for tag in (weighted(rng, THEMES),) if tag != said["theme"]]
        return said

    def lay_out(self, claim, pounds):
        """By year and by place, where the source says so."""
        rng = self.rng
        if self.chance(42):
            start = self.day.year - (self.day.month < 4) + rng.choice((0, 0, 1, 1, 2))
            years = range(start, start + weighted(rng, ((1, 26), (2, 16), (3, 28), (4, 12), (5, 14), (10, 4))))
            claim["start_fy"], claim["end_fy"] = financial_year(years[0]), financial_year(years[-1])
            if len(years) > 1 and self.chance(6):
                each = [rounded(pounds * part, 2) for part in self.parts_of_one(len(years))]
                claim["profile"] = {
                    financial_year(year): str(part) for year, part in zip(years, each, strict=True) if part
                }
        places = claim["regions"] if len(claim["regions"]) > 1 else DIVISIONS.get(claim["regions"][0], ())
        if places and self.chance(50 if len(claim["regions"]) > 1 else 3):
            some = places if len(claim["regions"]) > 1 else rng.sample(places, rng.randint(2, len(places)))
            given = pounds * rng.choice((0.5, 0.9, 1))
            each = [int(given * part) for part in self.parts_of_one(len(some))]
            claim["splits"] = [{"region": place, "amount": str(part)} for place, part in zip(some, each, strict=True)]

    def parts_of_one(self, count):
        weights = [self.rng.uniform(1, 4) for _ in range(count)]
        return [weight / sum(weights) for weight in weights]

    def set_apart(self, claim):
        """Now and then a yearly sum, a figure that is never added, or another currency."""
        rng = self.rng
        if self.chance(2):
            claim["measure"] = "per_year"
            claim.pop("profile", None)
            claim.pop("splits", None)
        elif self.chance(3):
            claim["measure"] = weighted(rng, (("breakdown", 10), ("rise", 10), ("level", 2)))
        elif self.chance(1):
            claim["terms"] = "real"
            if "start_fy" in claim:
                claim["price_year"] = claim["start_fy"]
        elif self.chance(1) and claim["amount"]:
            claim["currency"] = rng.choice(("USD", "EUR"))
            claim["as_stated"] = claim["as_stated"].replace("£", {"USD": "$", "EUR": "€"}[claim["currency"]])
            if self.chance(70):
                rate = f"{rng.uniform(0.6, 0.9):.4f}"
                claim["rate"] = {"gbp_per_unit": rate, "on": self.day.isoformat(), "source": "Made-up rate"}

    # -------------------------------------------------------------------------------------------- effects

    def launches(self):
        """A new sum and often its parts; now and then one that holds, or overlaps, what was announced before.

        Towards the pots before it a new one either holds or lies inside, never both, so nothing lies in itself.
        """
        rng = self.rng
        pounds = a_sum(rng) * (rng.choice((5, 10, 20)) if self.is_large else 1)
        pounds = None if self.chance(1.5) else min(pounds, LARGEST)
        links, held = {}, None
        if self.pots and pounds and len(self.pots) < self.most_pots:
            held = rng.choice(self.pots)
            link = weighted(rng, (("includes", 30), ("overlaps", 20), ("partly_in", 20), ("none", 30)))
            if link == "includes":
                pounds = max(pounds, rounded(held.pounds * rng.uniform(1.2, 3), 2) + 1000)
                links["includes"] = [held.reference]
            elif link in ("overlaps", "partly_in"):
                links[link] = [{"pot": held.reference, **self.share(min(pounds, held.pounds))}]
        pot = self.introduce(f"{self.subject.capitalize()} {rng.choice(KINDS)}", pounds, **links)
        if links or pounds is None:
            return
        count = (
            rng.randint(5, 9) if self.is_large else weighted(rng, ((0, 46), (1, 17), (2, 17), (3, 12), (4, 5), (6, 3)))
        )
        for _ in range(count):
            self.introduces(pot)
        if count and self.chance(40):
            self.introduces(pot, all_that_is_left=True)

    def share(self, most):
        """What two pots have in common, in pounds, which often nobody says."""
        if self.chance(40):
            return {"low": None, "high": None}
        high = max(1, rounded(most * self.rng.uniform(0.1, 0.9), 2))
        high = min(high, most)
        return {"low": str(high if self.chance(60) else high // 2), "high": str(high)}

    def introduces(self, whole=None, *, all_that_is_left=False):
        """A part, beside the whole or after it."""
        whole = whole or self.some_pot(lambda pot: pot.undrawn)
        pounds = whole and self.slice_of(whole.undrawn, all_that_is_left)
        if not pounds or len(self.pots) >= self.most_pots:
            return
        whole.undrawn -= pounds
        name = f"{self.rng.choice(SUBJECTS[self.theme]).capitalize()} {self.rng.choice(('strand', 'pilots', 'sites'))}"
        self.introduce(name, pounds, inside=whole, part_of=[self.seen(whole)])

    def draws(self):
        """Money handed out of a pot: mostly as a sum of its own inside it, else said of the pot itself."""
        whole = self.some_pot(lambda pot: pot.undrawn)
        pounds = whole and self.slice_of(whole.undrawn, self.chance(8))
        if not pounds:
            return
        # Some hand out more than is left: their parts exceed the whole.
        pounds = rounded(pounds * 3, 2) if self.chance(3) else pounds
        whole.undrawn = max(0, whole.undrawn - pounds)
        if self.chance(65) and len(self.pots) < self.most_pots:
            recipient = self.rng.choice(RECIPIENTS)
            self.introduce(
                f"Award to {recipient}", pounds, inside=whole, effect="allocates", part_of=[self.seen(whole)]
            )
        else:
            self.about(whole, "allocates", pounds, "exact")

    def slice_of(self, left, whole=False):
        """Pounds of what is left, as large as sums are that somebody would name; 0 where nothing is left."""
        pounds = left if whole else rounded(left * self.rng.uniform(0.05, 0.6), 2)
        return pounds if SMALLEST / 4 <= pounds <= left else 0

    def about(self, pot, effect, pounds, bound, **more):
        self.spoken_of.add(pot.reference)
        return self.claim(
            {"allocates": "award", "tops_up": "more"}.get(effect, effect.rstrip("s")),
            pot.name,
            effect,
            pounds,
            bound,
            about=self.seen(pot),
            **more,
        )

    def seen(self, pot):
        """A reference to a pot from this announcement: by its bare key where it is of this one."""
        announcement, _, key = pot.reference.partition("#")
        return key if announcement == self.id else pot.reference

    def some_pot(self, wanted=lambda pot: True):
        """A pot that this announcement has not spoken of yet and that is not cancelled; rather one of the first."""
        pots = [
            pot
            for pot in self.pots
            if pot.pounds and not pot.is_cancelled and pot.reference not in self.spoken_of and wanted(pot)
        ]
        return pots[int(len(pots) * self.rng.random() ** 2)] if pots else None

    def repeats(self):
        if pot := self.some_pot():
            self.about(pot, "repeats", pot.pounds, pot.bound)

    def revises(self):
        if pot := self.some_pot():
            before, pot.pounds = pot.pounds, max(1000, rounded(pot.pounds * self.rng.uniform(0.5, 1.5), 2))
            pot.undrawn = max(0, pot.undrawn + pot.pounds - before)
            pot.unspent = max(0, pot.unspent + pot.pounds - before)
            more = {"theme": weighted(self.rng, THEMES)} if self.chance(4) else {}
            self.about(pot, "revises", pot.pounds, pot.bound, **more)

    def tops_up(self):
        if pot := self.some_pot():
            pounds = max(1000, rounded(pot.pounds * self.rng.uniform(0.05, 0.4), 2))
            pot.pounds += pounds
            pot.undrawn += pounds
            pot.unspent += pounds
            self.about(pot, "tops_up", pounds, "exact")

    def spends(self):
        pot = self.some_pot(lambda pot: pot.unspent)
        if pot and (pounds := self.slice_of(pot.unspent)):
            pot.unspent -= pounds
            self.about(pot, "spends", pounds, weighted(self.rng, (("exact", 80), ("about", 20))))

    def cancels(self):
        if pot := self.some_pot():
            if self.chance(60):
                pot.is_cancelled = True
                self.about(pot, "cancels", None, "exact")
            elif pounds := self.slice_of(pot.undrawn):
                pot.pounds -= pounds
                pot.undrawn -= pounds
                self.about(pot, "cancels", pounds, "exact")

    def proposes(self):
        self.introduce(f"Call for more {self.subject}", a_sum(self.rng), effect="proposes")

    # -------------------------------------------------------------------------------------------- places

    def some_regions(self):
        if self.sector == "devolved_government" and self.chance(95):
            return (self.rng.choice(("scotland", "scotland", "wales", "northern-ireland")),)
        return weighted(self.rng, REGIONS) or tuple(self.rng.sample(tuple(ENGLISH), self.rng.randint(2, 4)))

    def regions_below(self, regions):
        """One place in these."""
        if regions[0] in DIVISIONS and len(regions) == 1:
            return [self.rng.choice(DIVISIONS[regions[0]])]
        return [self.rng.choice(regions)]

    # -------------------------------------------------------------------------------------------- the rest

    def around(self):
        """The announcement: who said it, where it stands, what was answered, beside the claims made above."""
        rng = self.rng
        person, role = rng.choice(PEOPLE) if self.chance(45) else (None, None)
        sources = self.sources()
        place = " and ".join(PLACES[region] for region in self.regions)
        heading = next((claim["as_stated"] for claim in self.claims if claim["as_stated"]), None)
        what = self.claims[0]["name"] if self.claims else f"Progress on {self.subject}"
        announcement = {
            "id": self.id,
            "announced_on": self.day.isoformat(),
            "title": f"{what}: {heading} for {place}" if heading else f"{what} in {place}",
            "summary": f"Made up for measuring. {what} is about {self.subject} in {place}; "
            f"{len(self.claims) or 'no'} sums were named.",
            "announcer": {"organisation": self.payer, "person": person, "role": role},
            "programmes": self.programmes,
            "sources": sources,
            "claims": self.claims,
        }
        if figures := self.figures():
            announcement["figures"] = figures
        if targets := self.targets():
            announcement["targets"] = targets
        if responses := self.responses(len(sources)):
            announcement["responses"] = responses
        return announcement

    def sources(self):
        first = {
            "url": f"https://press.example/{self.id}",
            "publisher": self.payer,
            "published_on": self.day.isoformat(),
            "kind": "press_release",
        }
        sources = [first]
        for number in range(weighted(self.rng, ((0, 15), (1, 30), (2, 32), (3, 23)))):
            publisher, host = self.rng.choice(PUBLISHERS)
            url = f"https://{host}/{self.day.year}/{self.id}-{number}" if self.chance(97) else None
            day = self.day.isoformat() if self.chance(70) else None
            kind = weighted(self.rng, KINDS_OF_SOURCE)
            sources.append({"url": url, "publisher": publisher, "published_on": day, "kind": kind})
        return sources

    def figures(self):
        figures = []
        for _ in range(weighted(self.rng, ((0, 45), (1, 30), (2, 17), (4, 8)))):
            kind, words, what = self.rng.choice(FIGURES)
            number = rounded(self.rng.lognormvariate(7, 1.5) + 10, 2)
            figures.append({"as_stated": words.format(n=number), "what": what, "kind": kind})
        return figures

    def targets(self):
        targets = []
        for _ in range(weighted(self.rng, ((0, 72), (1, 19), (2, 9)))):
            metric, unit, words = self.rng.choice(TARGETS)
            number = self.rng.choice((10, 25, 50, 75, 90, 95, 100))
            due = self.day.year + self.rng.randint(1, 6)
            due = self.rng.choice((str(due), f"{due}-03", f"{due}-03-31", None))
            targets.append(
                {"metric": metric, "value": number, "unit": unit, "due": due, "wording": words.format(n=number)}
            )
        return targets

    def responses(self, sources):
        responses = []
        for _ in range(weighted(self.rng, ((0, 50), (1, 32), (2, 11), (3, 4), (5, 3)))):
            stance = weighted(self.rng, STANCES)
            response = {
                "organisation": self.rng.choice(STAKEHOLDERS),
                "stance": stance,
                "summary": ANSWERS[stance],
                "source": self.rng.randrange(sources) if self.chance(75) else None,
            }
            if self.claims and self.chance(70):
                response["claim"] = self.rng.choice(self.claims)["key"]
            responses.append(response)
        return responses
