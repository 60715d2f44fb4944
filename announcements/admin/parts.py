"""The fields of the entry page: what was typed in, each beside what is wrong with it out. They hold no rule.

Names of fields are places in what was typed, with hyphens between: ``claims-0-links-1-pot``.
"""

from django import forms

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

DAY = {"placeholder": "20/07/2018", "inputmode": "numeric"}
MONEY = {"inputmode": "decimal", "class": "money"}
POT = {
    "list": "pots",
    "hx-get": "../../pots/",
    "hx-trigger": "input changed delay:250ms",
    "hx-target": "#pots",
    "hx-select": "unset",
    "hx-swap": "innerHTML",
    "placeholder": "Type its name, programme or amount",
}


def text(label, help_text="", **attrs):
    attrs = {key.replace("_", "-"): value for key, value in attrs.items()}
    return forms.CharField(
        label=label,
        help_text=help_text,
        widget=forms.TextInput(attrs={"autocomplete": "off"} | attrs),
    )


def words(label, help_text="", rows=3):
    return forms.CharField(label=label, help_text=help_text, widget=forms.Textarea(attrs={"rows": rows}))


def choice(label, choices, empty, help_text=""):
    return forms.ChoiceField(
        label=label, help_text=help_text, choices=[("", empty), *getattr(choices, "choices", choices)]
    )


class Part(forms.Form):
    """Some of what was typed, at a place.

    faults: (path, message) of what is wrong anywhere; choices: options by name of field; pots: what tells a pot, by its
    reference.
    """

    use_required_attribute = False

    def __init__(self, typed, *place, faults=(), choices=None, pots=None):
        self.place = place
        super().__init__(initial=typed, prefix="-".join(map(str, place)) or None, auto_id="id_%s", label_suffix="")
        for name, options in (choices or {}).items():
            if name in self.fields:
                self.fields[name].choices = options
        for name in self.fields:
            wrong = [message for path, message in faults if path[: len(place) + 1] == (*place, name)]
            self[name].faults = wrong
            self[name].told = (pots or {}).get(typed.get(name)) if name in ("about", "pot") else None
            if wrong:
                help_id = f"{self[name].auto_id}_helptext " if self.fields[name].help_text else ""
                self.fields[name].widget.attrs |= {
                    "aria-invalid": "true",
                    "aria-describedby": f"{help_id}{self[name].auto_id}_fault",
                }


class AnnouncementPart(Part):
    announced_on = text("Day", "The day of the announcement itself, not of a report about it.", **DAY)
    title = text("Title", "In our own words.")
    id = text("Id", "Its name in addresses. Empty: made of day and title.")
    summary = words("Summary", "What was said, in our own words.")
    note = words("Note for readers", "What a reader should know about how it was judged.", rows=2)


class SpeakerPart(Part):
    organisation = text("Organisation", "Who announced it.", list="organisations")
    person = text("Person", "Where somebody is named.")
    role = text("Role")


class SourcePart(Part):
    url = text("Address", "Of the page itself.", inputmode="url")
    publisher = text("Publisher", "Such as GOV.UK.", list="publishers")
    published_on = text("Published on", **DAY)
    kind = choice("Kind", SourceKind, "Press release")


class ClaimPart(Part):
    name = text("What the money is for", "What the sum is, such as “The technology fund”.")
    as_stated = text("Amount as worded", "Such as £412m, up to £50 million over three years, £1.2-1.5bn.")
    sector = choice("Who pays", Sector, "Choose…")
    theme = choice("Theme", [], "Choose…")
    additionality = choice("How new the money is", Additionality, "Choose…", "Unclear unless the source shows it.")
    regions = forms.MultipleChoiceField(label="Where it is for", widget=forms.CheckboxSelectMultiple)
    start_fy = text("First financial year", placeholder="2018-19")
    end_fy = text("Last financial year", placeholder="2020-21")
    # the amount by hand
    amount = text("Amount", "Where the wording cannot be read: 412000000 or 412m.", **MONEY)
    low = text("Low end", "Of a range only.", **MONEY)
    high = text("High end", "Of a range only.", **MONEY)
    bound = choice("Bound", Bound, "As worded")
    currency = text("Currency", "Three letters. Empty: as worded, else GBP.", maxlength="3")
    measure = choice("Measure", ClaimMeasure, "As worded", "Only sums and yearly sums are counted.")
    terms = choice("Terms", Terms, "Cash", "Real-terms amounts are shown and never counted.")
    price_year = text("In prices of", "Of real terms: a financial year.")
    # what it does
    about = text("About an earlier pot", "Empty where the money is announced for the first time.", **POT)
    effect = choice("What it does", Effect, "Introduces it, or repeats the pot named")
    # more
    key = text("Key", "Its name in addresses. Empty: made of what the money is for.")
    programmes_are = choice("For which programmes", [("these", "Those named here")], "Those of the announcement")
    nature = choice("Nature", Nature, "Not said")
    instrument = choice("Instrument", Instrument, "Not said")
    tags = forms.MultipleChoiceField(label="Also touches", widget=forms.CheckboxSelectMultiple)
    note = words("Note", "What a reader should know about how it was judged.", rows=2)


class RatePart(Part):
    gbp_per_unit = text("Pounds for one unit", **MONEY)
    on = text("Day of the rate", **DAY)
    source = text("Where it was read")


class LinkPart(Part):
    kind = choice("Its pot", LinkKind, "Choose…")
    pot = text("The other pot", **POT)
    low = text("Share, low end", "Empty: unknown, or whole.", **MONEY)
    high = text("Share, high end", **MONEY)


class ProfilePart(Part):
    year = text("Financial year", placeholder="2018-19")
    amount = text("Amount", **MONEY)


class SplitPart(Part):
    region = choice("Place", [], "Choose…")
    amount = text("Amount", **MONEY)


class FigurePart(Part):
    as_stated = text("As worded")
    what = text("What it is a number of")
    kind = choice("Kind", FigureKind, "Choose…")
    note = text("Note")


class TargetPart(Part):
    metric = text("What is promised", "Such as new hospitals.")
    value = text("Number", inputmode="decimal")
    unit = text("Unit")
    due = text("Due", "2030, 2030-03 or 2030-03-31.")
    wording = text("The promise in our own words")
    note = text("Note")


class ResponsePart(Part):
    organisation = text("Organisation", list="organisations")
    person = text("Person")
    role = text("Role")
    stance = choice("Stance", Stance, "Choose…")
    summary = words("What they said", "In our own words.", rows=2)
    source = choice("Read in", [], "Not among the sources")
    claim = choice("Answers", [], "The whole announcement")
    note = text("Note")


ROWS = {
    "sources": SourcePart,
    "figures": FigurePart,
    "targets": TargetPart,
    "responses": ResponsePart,
    "links": LinkPart,
    "profile": ProfilePart,
    "splits": SplitPart,
}
"""The part that each list of rows is entered with."""
