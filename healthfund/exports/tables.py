"""The tables of the data package: what each holds, the type and meaning of its columns, and its rows from the database.

Only what is public: published announcements and what hangs on them, every ledger entry, and the reference data. Ids are
those of the API; a thing without one is named by its announcement and its place there (2018-07-20-some-package/1).
"""

from collections.abc import Callable
from decimal import Decimal
from itertools import chain
from typing import NamedTuple

from django.db.models import CharField, Count, Exists, OuterRef, Q, Subquery, Value
from django.db.models.functions import Concat

from announcements import choices
from announcements.documents import pounds
from announcements.models import (
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
from programmes.choices import OrganisationKind, OrganisationStatus, RegionLevel
from programmes.financial_years import FinancialYear
from programmes.models import (
    Deflator,
    DeflatorSeries,
    ExchangeRate,
    Organisation,
    Population,
    Programme,
    Region,
    Target,
    Theme,
)

from .columns import joined
from .snapshots import CHUNK

YEAR = r"^\d{4}-\d{2}$"


class Field(NamedTuple):
    """A column: `type` is one of Table Schema's, `values` all words that may stand in it, `needed` that it is never
    empty, `pattern` what its text matches. `read` makes of what the database holds what the file holds."""

    name: str
    type: str
    description: str
    needed: bool = False
    values: tuple = ()
    pattern: str | None = None
    read: Callable = lambda value: value


class Reference(NamedTuple):
    """That a column, where it is not empty, names a row of a table by one of its columns."""

    field: str
    table: str
    to: str = "id"


class Table(NamedTuple):
    """A table of the package. `rows` gives an iterable of tuples, in the order of `fields` and before their `read`."""

    name: str
    description: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    rows: Callable
    references: tuple[Reference, ...] = ()

    def cells(self):
        """The rows as the file has them."""
        readers = [field.read for field in self.fields]
        for row in self.rows():
            yield [read(value) for read, value in zip(readers, row, strict=True)]

    def schema(self):
        """The table's schema, as Table Schema has it."""
        return {
            "fields": [field_as_json(field) for field in self.fields],
            "primaryKey": list(self.key),
            "foreignKeys": [
                {
                    "fields": [reference.field],
                    # A table's own name is written as nothing there.
                    "reference": {
                        "resource": "" if reference.table == self.name else reference.table,
                        "fields": [reference.to],
                    },
                }
                for reference in self.references
            ],
            "missingValues": [""],
        }


def field_as_json(field):
    constraints = {"required": field.needed} if field.needed else {}
    if field.values:
        constraints["enum"] = list(field.values)
    if field.pattern:
        constraints["pattern"] = field.pattern
    found = {"name": field.name, "type": field.type, "description": field.description}
    return found | ({"constraints": constraints} if constraints else {})


# Kinds of columns


def text(name, description, needed=False):
    return Field(name, "string", description, needed, read=lambda value: value or None)


def word(name, description, known, needed=True):
    return Field(name, "string", description, needed, tuple(known.values), read=lambda value: value or None)


def words(name, description):
    return Field(name, "string", f"{description} Joined with “; ”.", read=joined)


def exact(hundredths):
    """A Decimal with two places; None stays."""
    return None if hundredths is None else Decimal(hundredths).scaleb(-2)


def money(name, description, needed=False):
    return Field(name, "number", f"{description} Pounds, exact to the penny.", needed, read=exact)


def number(name, description):
    return Field(name, "number", description)


def whole(name, description, needed=True):
    return Field(name, "integer", description, needed)


def flag(name, description):
    return Field(name, "boolean", description, True)


def day(name, description, needed=True):
    return Field(name, "date", description, needed)


def moment(name, description):
    return Field(name, "datetime", f"{description} UTC.", True)


def year(name, description, needed=False):
    return Field(
        name,
        "string",
        description,
        needed,
        pattern=YEAR,
        read=lambda value: None if value is None else str(FinancialYear(value)),
    )


def values(queryset, *names):
    """A maker of the queryset's rows as tuples, read as they come."""
    return lambda: queryset().values_list(*names).iterator(chunk_size=CHUNK)


def numbered(queryset, *names):
    """The same of rows that belong to something (the first name) in their order, each begun with its id: something/1."""

    def rows():
        last, place = None, 0
        for row in values(queryset, *names)():
            last, place = row[0], place + 1 if row[0] == last else 1
            yield (f"{row[0]}/{place}", *row)

    return rows


# Which rows


def published(model, *order):
    return lambda: model.objects.filter(announcement__status=choices.Status.PUBLISHED).order_by(
        "announcement__announced_on", "announcement__slug", *order
    )


def of_claims(model, *order):
    return lambda: model.objects.filter(claim__announcement__status=choices.Status.PUBLISHED).order_by(
        "claim__announcement__announced_on", "claim__announcement__slug", "claim__position", "claim", *order
    )


def announcements():
    return Announcement.objects.published().in_order()


def pots():
    """Those that anything published speaks of, and those that ever had an entry."""
    claims = Claim.objects.published().filter(pot=OuterRef("pk"))
    links = ClaimLink.objects.filter(pot=OuterRef("pk"), claim__announcement__status=choices.Status.PUBLISHED)
    return (
        Pot.objects.annotate(introduced=Exists(claims.filter(introduces_pot=True)))
        .filter(
            Q(Exists(claims))
            | Q(Exists(links))
            | Q(Exists(LedgerEntry.objects.filter(pot=OuterRef("pk"))))
            | Q(Exists(Membership.objects.filter(pot=OuterRef("pk"))))
        )
        .in_order()
    )


def claim_id(claim=""):
    """The id of a claim or a response: its announcement's, #, its key."""
    return Concat(f"{claim}announcement__slug", Value("#"), f"{claim}key", output_field=CharField())


def of_pots():
    for reference, name, introduced, low, high, flags in values(
        pots, "reference", "name", "introduced", "low", "high", "flags"
    )():
        yield reference, name, reference.partition("#")[0] if introduced else None, introduced, low, high, flags


def source_id():
    """The id of a response's source: the announcement's, /, its place among the announcement's sources."""
    before = Source.objects.filter(announcement=OuterRef("announcement")).filter(
        Q(position__lt=OuterRef("source__position"))
        | Q(position=OuterRef("source__position"), pk__lte=OuterRef("source"))
    )
    places = before.order_by().values("announcement").annotate(n=Count("pk")).values("n")
    return Concat("announcement__slug", Value("/"), Subquery(places), output_field=CharField())


def responses():
    rows = published(Response, "position", "pk")().annotate(
        id_=claim_id(), source_id_=source_id(), claim_id_=claim_id("claim__")
    )
    said = ("id_", "announcement__slug", "organisation__slug", "person", "role", "stance", "summary", "note")
    found = values(lambda: rows, "source", "source_id_", "claim", "claim_id_", *said)
    for source, source_id_, claim, claim_id_, *told, note in found():
        yield *told, source and source_id_, claim and claim_id_, note


def claim_programmes():
    """Those that each claim is for: its own, or all of its announcement's."""
    own = (
        Claim.programmes.through.objects.filter(
            claim__announcement__status=choices.Status.PUBLISHED, claim__all_programmes=False
        )
        .annotate(id_=claim_id("claim__"))
        .order_by("claim", "programme__slug")
    )
    shared = (
        Claim.objects.published()
        .filter(all_programmes=True, announcement__programmes__isnull=False)
        .annotate(id_=claim_id())
        .order_by("pk", "announcement__programmes__slug")
    )
    return chain(
        values(lambda: own, "id_", "programme__slug")(),
        values(lambda: shared, "id_", "announcement__programmes__slug")(),
    )


def of_claim(through, name, description, table):
    """A table of what claims name many of."""
    column = f"{table[:-1]}__{'key' if table in ('themes', 'regions') else 'slug'}"
    return Table(
        name,
        description,
        (text("claim", "The claim.", True), text(table[:-1], f"One of its {table}.", True)),
        ("claim", table[:-1]),
        values(lambda: of_claims(through, column)().annotate(id_=claim_id("claim__")), "id_", column),
        (Reference("claim", "claims"), Reference(table[:-1], table)),
    )


# The tables, each after those that it names, but for itself

TABLES = (
    Table(
        "themes",
        "What money is for. A pot has one main theme, so themes add up.",
        (text("id", "Its key.", True), text("name", "Its name.", True), text("description", "What belongs here.")),
        ("id",),
        values(Theme.objects.by_name, "key", "name", "description"),
    ),
    Table(
        "regions",
        "The tree of places: the United Kingdom, its nations, groupings in England, the nine regions.",
        (
            text("id", "Its key.", True),
            text("name", "Its name.", True),
            word("level", "What kind of place it is.", RegionLevel),
            text("parent", "The place that it lies in; empty for the whole."),
            Field("codes", "string", "Codes by scheme, as JSON.", read=joined),
        ),
        ("id",),
        values(Region.objects.in_tree_order, "key", "name", "level", "parent_id", "codes"),
        (Reference("parent", "regions"),),
    ),
    Table(
        "populations",
        "How many people live in a region.",
        (
            text("region", "The region.", True),
            whole("year", "Of the mid-year estimate."),
            whole("people", "How many."),
            text("source", "Where it was read."),
            flag("confirmed", "That it was read in the source that is named."),
        ),
        ("region", "year"),
        values(
            lambda: Population.objects.order_by("region__position", "year"),
            *("region_id", "year", "people", "source", "confirmed"),
        ),
        (Reference("region", "regions"),),
    ),
    Table(
        "price_series",
        "Releases of price series.",
        (
            text("release", "Its name.", True),
            text("series", "What it is a release of.", True),
            text("unit", "What the index is of."),
            text("forecast_by", "Who forecast the years to come."),
        ),
        ("release",),
        values(lambda: DeflatorSeries.objects.order_by("release"), "release", "series", "unit", "forecast_by"),
    ),
    Table(
        "deflators",
        "The price level of a financial year. Sums of year A in prices of year B are times B / A.",
        (
            text("release", "The release of the series.", True),
            year("year", "The financial year.", True),
            number("index", "The price level."),
            flag("forecast", "That it is a forecast."),
            flag("confirmed", "That it was read in the source that is named."),
        ),
        ("release", "year"),
        values(
            lambda: Deflator.objects.order_by("series__release", "year"),
            *("series__release", "year", "index", "forecast", "confirmed"),
        ),
        (Reference("release", "price_series", "release"),),
    ),
    Table(
        "exchange_rates",
        "Published average rates, for reference: claims count by the rate that they state themselves.",
        (
            text("currency", "ISO 4217.", True),
            whole("year", "Calendar year."),
            number("gbp_per_unit", "Pounds for one unit."),
            text("basis", "What it is an average of."),
            text("source", "Where it was read."),
            flag("confirmed", "That it was read in the source that is named."),
        ),
        ("currency", "year"),
        values(
            lambda: ExchangeRate.objects.order_by("currency", "year"),
            *("currency", "year", "gbp_per_unit", "basis", "source", "confirmed"),
        ),
    ),
    Table(
        "organisations",
        "Who announces, pays or answers.",
        (
            text("id", "Its slug.", True),
            text("name", "Its full present name.", True),
            text("short_name", "What it is called in short."),
            words("other_names", "Earlier and other names."),
            word("kind", "What kind of body it is.", OrganisationKind),
            text("website", "Its address."),
            flag("website_confirmed", "That the address was opened and is theirs."),
            Field("identifiers", "string", "Public identifiers with their schemes, as JSON.", read=joined),
            word("status", "Whether it still exists.", OrganisationStatus),
            text("successor", "Who took over its work."),
        ),
        ("id",),
        values(
            Organisation.objects.by_name,
            *("slug", "name", "short_name", "other_names", "kind", "website", "website_confirmed", "identifiers"),
            *("status", "successor__slug"),
        ),
        (Reference("successor", "organisations"),),
    ),
    Table(
        "organisation_places",
        "The places that organisations work for.",
        (text("organisation", "The organisation.", True), text("region", "The place.", True)),
        ("organisation", "region"),
        values(
            lambda: Organisation.covers.through.objects.order_by("organisation__slug", "region__position"),
            *("organisation__slug", "region_id"),
        ),
        (Reference("organisation", "organisations"), Reference("region", "regions")),
    ),
    Table(
        "programmes",
        "Named undertakings that announcements speak of.",
        (text("id", "Its slug.", True), text("name", "Its name.", True), text("description", "What it is.")),
        ("id",),
        values(Programme.objects.by_name, "slug", "name", "description"),
    ),
    Table(
        "announcements",
        "Somebody said something on a day. It adds nothing to any total by itself: its claims do.",
        (
            text("id", "Its public name, which begins with the day.", True),
            day("announced_on", "The day of the announcement itself."),
            text("title", "In our own words.", True),
            text("summary", "What was said, in our own words.", True),
            text("organisation", "Who announced it.", True),
            text("person", "Who spoke."),
            text("role", "In which office."),
            text("note", "What a reader should know about how it was judged."),
            moment("published_at", "When it was published here."),
            moment("updated_at", "When it was last changed here."),
        ),
        ("id",),
        values(
            announcements,
            *("slug", "announced_on", "title", "summary", "announcer__slug", "person", "role", "note"),
            *("published_at", "updated_at"),
        ),
        (Reference("organisation", "organisations"),),
    ),
    Table(
        "announcement_programmes",
        "The programmes that an announcement speaks of.",
        (text("announcement", "The announcement.", True), text("programme", "The programme.", True)),
        ("announcement", "programme"),
        values(published(Announcement.programmes.through, "programme__slug"), "announcement__slug", "programme__slug"),
        (Reference("announcement", "announcements"), Reference("programme", "programmes")),
    ),
    Table(
        "sources",
        "Where an announcement can be read.",
        (
            text("id", "Its announcement and its place there.", True),
            text("announcement", "The announcement.", True),
            text("address", "Its address."),
            text("publisher", "Who published it.", True),
            day("published_on", "When.", False),
            word("kind", "What it is.", choices.SourceKind),
        ),
        ("id",),
        numbered(published(Source, "position", "pk"), "announcement__slug", "url", "publisher", "published_on", "kind"),
        (Reference("announcement", "announcements"),),
    ),
    Table(
        "pots",
        "One distinct sum of money each, however often it is announced.",
        (
            text("id", "The claim that introduces it.", True),
            text("name", "What it is.", True),
            text("announcement", "The announcement that introduces it; empty where that is no longer published."),
            flag("introduced", "That a published announcement introduces it; of others only past entries are left."),
            money("low", "The announced amount now, low end; empty where none was stated."),
            money("high", "The announced amount now, high end."),
            words("flags", "What a reader should know about its amount."),
        ),
        ("id",),
        of_pots,
        (Reference("announcement", "announcements"),),
    ),
    Table(
        "claims",
        "One figure in an announcement each, as worded, about one pot, with its effect on that pot. What describes the "
        "pot is empty where the claim leaves it as it is.",
        (
            text("id", "Its announcement, #, its key.", True),
            text("announcement", "The announcement.", True),
            whole("position", "Its place there, from 0."),
            text("name", "What the sum is.", True),
            text("as_stated", "The amount exactly as worded."),
            Field("amount", "number", "In the claim's own currency.", read=exact),
            Field("low", "number", "Low end of a range, in the claim's own currency.", read=exact),
            Field("high", "number", "High end of a range, in the claim's own currency.", read=exact),
            Field("currency", "string", "ISO 4217.", True, pattern="^[A-Z]{3}$"),
            number("gbp_per_unit", "Pounds for one unit of the currency."),
            day("rate_on", "The day of that rate.", False),
            text("rate_source", "Where that rate was read."),
            word("bound", "How the amount is bound.", choices.Bound),
            word("measure", "What the amount measures.", choices.ClaimMeasure),
            word("terms", "Cash or real terms.", choices.Terms),
            year("price_year", "Of a real-terms figure."),
            word("effect", "What it does to its pot.", choices.Effect),
            text("pot", "The pot that it is about.", True),
            flag("introduces_pot", "That the pot is first spoken of here."),
            word("sector", "Who pays.", choices.Sector, False),
            words("funders", "Who pays, as named."),
            words("recipients", "Who receives, as named."),
            word("additionality", "How new the money is.", choices.Additionality, False),
            word("nature", "What kind of money it is.", choices.Nature, False),
            word("instrument", "How it is paid.", choices.Instrument, False),
            year("start_fy", "First financial year."),
            year("end_fy", "Last financial year."),
            Field(
                "profile",
                "string",
                "Pounds by financial year where the source gives them, as JSON.",
                read=lambda by: joined({name: pounds(pence) for name, pence in sorted(by.items())}),
            ),
            text("theme", "What the money is for."),
            text("note", "Why it was judged so."),
        ),
        ("id",),
        values(
            lambda: Claim.objects.published().in_order().annotate(id_=claim_id()),
            *(
                "id_",
                "announcement__slug",
                "position",
                "name",
                "as_stated",
                "amount",
                "low",
                "high",
                "currency",
                "rate",
            ),
            *("rate_on", "rate_source", "bound", "measure", "terms", "price_year", "effect", "pot__reference"),
            *("introduces_pot", "sector", "funders", "recipients", "additionality", "nature", "instrument"),
            *("start_fy", "end_fy", "profile", "theme_id", "note"),
        ),
        (Reference("announcement", "announcements"), Reference("pot", "pots"), Reference("theme", "themes")),
    ),
    Table(
        "claim_programmes",
        "The programmes that a claim is for.",
        (text("claim", "The claim.", True), text("programme", "The programme.", True)),
        ("claim", "programme"),
        claim_programmes,
        (Reference("claim", "claims"), Reference("programme", "programmes")),
    ),
    of_claim(Claim.regions.through, "claim_regions", "The places that a claim's money is for.", "regions"),
    of_claim(
        Claim.tags.through, "claim_tags", "Further themes by which a claim is found; they count nothing.", "themes"
    ),
    Table(
        "splits",
        "What a claim's source gives to one place.",
        (
            text("claim", "The claim.", True),
            text("region", "The place.", True),
            money("amount", "How much.", True),
        ),
        ("claim", "region"),
        values(
            lambda: of_claims(RegionSplit, "region__position")().annotate(id_=claim_id("claim__")),
            *("id_", "region_id", "amount"),
        ),
        (Reference("claim", "claims"), Reference("region", "regions")),
    ),
    Table(
        "links",
        "Money that a claim's pot shares with another pot, as the claim states it.",
        (
            text("id", "Its claim and its place there.", True),
            text("claim", "The claim.", True),
            word("kind", "How the claim's pot stands to the other one.", choices.LinkKind),
            text("pot", "The other pot.", True),
            money("low", "The share, low end; empty where it is whole or unknown."),
            money("high", "The share, high end."),
        ),
        ("id",),
        numbered(
            lambda: of_claims(ClaimLink, "position", "pk")().annotate(id_=claim_id("claim__")),
            *("id_", "kind", "pot__reference", "low", "high"),
        ),
        (Reference("claim", "claims"), Reference("pot", "pots")),
    ),
    Table(
        "entries",
        "The ledger: what a pot adds to the totals from a day on. Every total is a sum of these: of one measure, with "
        "effective_on up to the day asked for and posted_at up to the moment asked for. Measures are stages of the same "
        "money and never added to each other.",
        (
            whole("id", "Its number in the ledger."),
            text("pot", "The pot.", True),
            word("measure", "What it adds to.", choices.Measure),
            day("effective_on", "From which day on."),
            moment("posted_at", "When it was posted."),
            text("claim", "The claim that caused it, which may since have been withdrawn.", True),
            text("theme", "What the money is for.", True),
            text("region", "Where it sits.", True),
            word("sector", "Who pays.", choices.Sector),
            word("additionality", "How new it is.", choices.Additionality),
            year("announced_year", "The financial year that it was announced in.", True),
            year("money_year", "The financial year that it is for; empty where none was stated."),
            flag("assumed", "That the year is one of an even split that no source states."),
            money("firm", "What is certain, signed.", True),
            money("ceiling", "The most that it may come to, signed.", True),
        ),
        ("id",),
        values(
            lambda: LedgerEntry.objects.order_by("pk"),
            *(
                "pk",
                "pot__reference",
                "measure",
                "effective_on",
                "posted_at",
                "cause",
                "theme_id",
                "region_id",
                "sector",
            ),
            *("additionality", "announced_year", "money_year", "assumed", "firm", "ceiling"),
        ),
        (Reference("pot", "pots"), Reference("theme", "themes"), Reference("region", "regions")),
    ),
    Table(
        "memberships",
        "Pots joining programmes and leaving them. A pot belongs to a programme as at a day when the changes up to it "
        "add up to more than nothing.",
        (
            whole("id", "Its number in the ledger."),
            text("pot", "The pot.", True),
            text("programme", "The programme.", True),
            day("effective_on", "From which day on."),
            moment("posted_at", "When it was posted."),
            whole("change", "1 where the pot joins, -1 where it leaves."),
        ),
        ("id",),
        values(
            lambda: Membership.objects.order_by("pk"),
            *("pk", "pot__reference", "programme__slug", "effective_on", "posted_at", "change"),
        ),
        (Reference("pot", "pots"), Reference("programme", "programmes")),
    ),
    Table(
        "figures",
        "Numbers in announcements that are not money announced: savings, jobs, markets.",
        (
            text("id", "Its announcement and its place there.", True),
            text("announcement", "The announcement.", True),
            text("as_stated", "The number as it was worded.", True),
            text("what", "What it is of.", True),
            word("kind", "What kind of number it is.", choices.FigureKind),
            text("note", "What a reader should know."),
        ),
        ("id",),
        numbered(published(Figure, "position", "pk"), "announcement__slug", "as_stated", "what", "kind", "note"),
        (Reference("announcement", "announcements"),),
    ),
    Table(
        "targets",
        "Measurable promises.",
        (
            text("id", "Its slug.", True),
            text("metric", "What is measured.", True),
            number("value", "How much of it; empty where no number was given."),
            text("unit", "What the number counts.", True),
            text("due", "By when, as precise as it was promised: a year, a month or a day."),
            text("wording", "The promise in our own words.", True),
            text("note", "What a reader should know."),
        ),
        ("id",),
        values(
            lambda: Target.objects.by_due().filter(pk__in=AnnouncedTarget.objects.of_published().values("target")),
            *("slug", "metric", "value", "unit", "due", "wording", "note"),
        ),
    ),
    Table(
        "announced_targets",
        "Which announcement makes which promise; several may make the same.",
        (text("announcement", "The announcement.", True), text("target", "The promise.", True)),
        ("announcement", "target"),
        values(published(AnnouncedTarget, "position", "pk"), "announcement__slug", "target__slug"),
        (Reference("announcement", "announcements"), Reference("target", "targets")),
    ),
    Table(
        "target_programmes",
        "The programmes that a promise belongs to.",
        (text("target", "The promise.", True), text("programme", "The programme.", True)),
        ("target", "programme"),
        values(
            lambda: Target.programmes.through.objects.filter(
                target__in=AnnouncedTarget.objects.of_published().values("target")
            ).order_by("target__slug", "programme__slug"),
            *("target__slug", "programme__slug"),
        ),
        (Reference("target", "targets"), Reference("programme", "programmes")),
    ),
    Table(
        "responses",
        "What stakeholders said about announcements.",
        (
            text("id", "Its announcement, #, its key.", True),
            text("announcement", "The announcement.", True),
            text("organisation", "Who answered.", True),
            text("person", "Who spoke."),
            text("role", "In which office."),
            word("stance", "What they think of it.", choices.Stance),
            text("summary", "What was said, in our own words.", True),
            text("source", "Where it was read."),
            text("claim", "The claim that it answers."),
            text("note", "What a reader should know."),
        ),
        ("id",),
        responses,
        (
            Reference("announcement", "announcements"),
            Reference("organisation", "organisations"),
            Reference("source", "sources"),
            Reference("claim", "claims"),
        ),
    ),
)
