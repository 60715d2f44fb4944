import json

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Cast

from programmes.fields import FinancialYearField

from ..choices import (
    LINKS_TO_OUTER,
    MAY_INTRODUCE,
    MOST,
    WHOLE_LINKS,
    Additionality,
    Bound,
    ClaimMeasure,
    Effect,
    Instrument,
    LinkKind,
    Nature,
    Sector,
    Status,
    Terms,
)

KEY = r"^[a-z0-9]+(-[a-z0-9]+)*$"


class ClaimQuerySet(models.QuerySet):
    def published(self):
        return self.filter(announcement__status=Status.PUBLISHED)

    def naming_payer(self, names):
        """Those that name one of these among the funders, in small or capital letters."""
        # As text, which both engines can search; one writes what is not ASCII as it is, the other escaped.
        named = Q()
        for name in names:
            for written in {json.dumps(name), json.dumps(name, ensure_ascii=False)}:
                named |= Q(funders_as_text__icontains=written)
        return self.alias(funders_as_text=Cast("funders", models.TextField())).filter(named) if named else self.none()

    def in_order(self):
        """By the announcement's day, its id, and the claim's place in it."""
        return self.order_by("announcement__announced_on", "announcement__slug", "position", "pk")

    def latest_first(self):
        return self.order_by("-announcement__announced_on", "-announcement__slug", "position", "pk")


class Claim(models.Model):
    """One figure in an announcement, as worded, about one pot, with its effect on that pot.

    Amounts are whole hundredths of the claim's currency (pence, cents), as stated and before years and rate.
    What describes the pot (sector to splits) is empty where the claim leaves the pot as it is.
    """

    announcement = models.ForeignKey("announcements.Announcement", models.CASCADE, related_name="claims")
    position = models.PositiveSmallIntegerField(default=0, help_text="Place in the announcement, from 0.")
    key = models.CharField(
        max_length=80,
        validators=[RegexValidator(KEY, "Use small letters, digits and hyphens.")],
        help_text="Its short name in the announcement, such as total or prescribing.",
    )
    name = models.CharField(max_length=300, help_text="What the sum is.")
    # the figure
    as_stated = models.CharField(
        max_length=300,
        blank=True,
        help_text="The amount exactly as worded, such as up to £50m.",
    )
    amount = models.PositiveBigIntegerField(
        null=True,
        blank=True,
        help_text="In hundredths of the currency; empty for a range.",
    )
    low = models.PositiveBigIntegerField(null=True, blank=True, help_text="Low end of a range, in hundredths.")
    high = models.PositiveBigIntegerField(null=True, blank=True, help_text="High end of a range, in hundredths.")
    currency = models.CharField(
        max_length=3,
        default="GBP",
        validators=[RegexValidator(r"^[A-Z]{3}$", "An ISO 4217 code, such as GBP.")],
    )
    rate = models.DecimalField(
        max_digits=18,
        decimal_places=9,
        null=True,
        blank=True,
        help_text="Pounds for one unit of the currency.",
    )
    rate_on = models.DateField(null=True, blank=True)
    rate_source = models.CharField(max_length=300, blank=True)
    bound = models.CharField(max_length=10, choices=Bound, default=Bound.EXACT)
    measure = models.CharField(max_length=10, choices=ClaimMeasure, default=ClaimMeasure.TOTAL)
    terms = models.CharField(max_length=4, choices=Terms, default=Terms.CASH)
    price_year = FinancialYearField(null=True, blank=True, help_text="Of a real-terms figure, such as 2018-19.")
    # the pot
    effect = models.CharField(max_length=10, choices=Effect, default=Effect.INTRODUCES)
    pot = models.ForeignKey("announcements.Pot", models.PROTECT, related_name="claims")
    introduces_pot = models.BooleanField(default=True, help_text="Whether the pot is first spoken of here.")
    all_programmes = models.BooleanField(
        default=True, help_text="The claim is for every programme of its announcement."
    )
    programmes = models.ManyToManyField(
        "programmes.Programme",
        blank=True,
        related_name="claims",
        help_text="Where it is not for all: those that it is for.",
    )
    # what describes the pot
    sector = models.CharField("payer", max_length=20, choices=Sector, blank=True)
    funders = models.JSONField(default=list, blank=True)
    recipients = models.JSONField(default=list, blank=True)
    additionality = models.CharField("how new", max_length=20, choices=Additionality, blank=True)
    nature = models.CharField(max_length=12, choices=Nature, blank=True)
    instrument = models.CharField(max_length=20, choices=Instrument, blank=True)
    start_fy = FinancialYearField(
        "first year",
        null=True,
        blank=True,
        help_text="Financial year, such as 2018-19.",
    )
    end_fy = FinancialYearField("last year", null=True, blank=True, help_text="Financial year, such as 2020-21.")
    profile = models.JSONField(
        default=dict,
        blank=True,
        help_text="Pence by financial year, where the source gives them.",
    )
    theme = models.ForeignKey("programmes.Theme", models.PROTECT, null=True, blank=True, related_name="claims")
    tags = models.ManyToManyField(
        "programmes.Theme",
        blank=True,
        related_name="tagged_claims",
        help_text="For finding only.",
    )
    regions = models.ManyToManyField("programmes.Region", blank=True, related_name="claims")
    note = models.TextField(blank=True, help_text="Why it was judged so.")

    objects = ClaimQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["announcement", "key"],
                name="claim_key_once_an_announcement",
                violation_error_message="The announcement has a claim of this key already.",
            ),
            models.UniqueConstraint(
                fields=["pot"],
                condition=Q(introduces_pot=True),
                name="pot_introduced_once",
                violation_error_message="The pot is introduced by another claim already.",
            ),
            models.CheckConstraint(
                condition=Q(key__regex=KEY),
                name="claim_key_is_a_slug",
                violation_error_message="The key is small letters, digits and hyphens.",
            ),
            models.CheckConstraint(
                condition=Q(currency__regex=r"^[A-Z]{3}$"),
                name="claim_currency_is_a_code",
                violation_error_message="The currency is three capital letters, such as GBP.",
            ),
            models.CheckConstraint(
                condition=Q(
                    bound=Bound.RANGE,
                    amount__isnull=True,
                    low__isnull=False,
                    high__isnull=False,
                )
                | (~Q(bound=Bound.RANGE) & Q(low__isnull=True, high__isnull=True)),
                name="claim_range_has_two_ends",
                violation_error_message="A range has a low and a high end and no amount; any other claim has an amount at most.",
            ),
            models.CheckConstraint(
                condition=Q(low__isnull=True) | Q(low__lte=F("high")),
                name="claim_low_at_most_high",
                violation_error_message="The low figure cannot be above the high one.",
            ),
            models.CheckConstraint(
                condition=(Q(amount__isnull=True) | Q(amount__lte=MOST)) & (Q(high__isnull=True) | Q(high__lte=MOST)),
                name="claim_amount_plausible",
                violation_error_message="That is more than 10 trillion: check its scale.",
            ),
            models.CheckConstraint(
                condition=Q(rate__isnull=True, rate_on__isnull=True, rate_source="")
                | (Q(rate__gt=0, rate_on__isnull=False) & ~Q(rate_source="") & ~Q(currency="GBP")),
                name="claim_rate_has_day_and_source",
                violation_error_message="A rate needs its day and source, is above 0, and is not given for pounds.",
            ),
            models.CheckConstraint(
                condition=Q(price_year__isnull=True) | Q(terms=Terms.REAL),
                name="claim_price_year_is_of_real_terms",
                violation_error_message="Only a figure in real terms has a price year.",
            ),
            models.CheckConstraint(
                condition=Q(introduces_pot=True, effect__in=sorted(MAY_INTRODUCE))
                | (Q(introduces_pot=False) & ~Q(effect=Effect.INTRODUCES)),
                name="claim_effect_fits_its_pot",
                violation_error_message="Only a claim that introduces, allocates, spends or proposes can be the first about a pot.",
            ),
            models.CheckConstraint(
                condition=Q(introduces_pot=False) | (Q(theme__isnull=False) & ~Q(sector="") & ~Q(additionality="")),
                name="claim_that_introduces_describes",
                violation_error_message="A claim that introduces its pot gives theme, payer and how new the money is.",
            ),
            models.CheckConstraint(
                condition=Q(start_fy__isnull=True) | Q(end_fy__isnull=True) | Q(start_fy__lte=F("end_fy")),
                name="claim_years_in_order",
                violation_error_message="The last year is before the first.",
            ),
            *[
                models.CheckConstraint(
                    condition=Q(**{f"{field}__in": values}),
                    name=f"claim_{field}_known",
                    violation_error_message=f"The {field} is not one of the known ones.",
                )
                for field, values in [
                    ("bound", Bound.values),
                    ("measure", ClaimMeasure.values),
                    ("terms", Terms.values),
                    ("effect", Effect.values),
                    ("sector", ["", *Sector.values]),
                    ("additionality", ["", *Additionality.values]),
                    ("nature", ["", *Nature.values]),
                    ("instrument", ["", *Instrument.values]),
                ]
            ],
        ]

    def __str__(self):
        return f"{self.as_stated or 'no amount'}: {self.name}"


class RegionSplit(models.Model):
    """The part of a pot that its source gives to one place, in pence."""

    claim = models.ForeignKey(Claim, models.CASCADE, related_name="splits")
    region = models.ForeignKey("programmes.Region", models.PROTECT, related_name="splits")
    amount = models.PositiveBigIntegerField(help_text="In pence.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["claim", "region"],
                name="split_once_a_region",
                violation_error_message="The claim gives this region an amount already.",
            ),
            models.CheckConstraint(
                condition=Q(amount__lte=MOST),
                name="split_amount_plausible",
                violation_error_message="That is more than £10 trillion: check its scale.",
            ),
        ]

    def __str__(self):
        return f"{self.region_id}: {self.amount}"


class ClaimLinkQuerySet(models.QuerySet):
    def published(self):
        return self.filter(claim__announcement__status=Status.PUBLISHED)

    def in_order(self):
        """As they were stated: of two about the same pots the later one holds."""
        return self.order_by(
            "claim__announcement__announced_on", "claim__announcement__slug", "claim__position", "position", "pk"
        )


class ClaimLink(models.Model):
    """Money that the claim's pot shares with another pot, as the claim states it. Shares are in pence."""

    claim = models.ForeignKey(Claim, models.CASCADE, related_name="links")
    kind = models.CharField(
        max_length=10,
        choices=LinkKind,
        help_text="How the claim's pot stands to the other one.",
    )
    pot = models.ForeignKey(
        "announcements.Pot",
        models.PROTECT,
        related_name="links",
        help_text="The other pot.",
    )
    low = models.PositiveBigIntegerField(
        null=True,
        blank=True,
        help_text="Low end of the share in pence; empty when unknown.",
    )
    high = models.PositiveBigIntegerField(
        null=True,
        blank=True,
        help_text="High end of the share in pence; empty when unknown.",
    )
    position = models.PositiveSmallIntegerField(default=0)

    objects = ClaimLinkQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=LinkKind.values),
                name="link_kind_known",
                violation_error_message="The kind is not one of the known ones.",
            ),
            models.CheckConstraint(
                condition=Q(low__isnull=True, high__isnull=True)
                | Q(low__isnull=False, high__isnull=False, low__lte=F("high")),
                name="link_share_has_two_ends",
                violation_error_message="Give both ends of the share, the low one not above the high one, or neither.",
            ),
            models.CheckConstraint(
                condition=Q(high__isnull=True) | Q(high__lte=MOST),
                name="link_share_plausible",
                violation_error_message="That is more than £10 trillion: check its scale.",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=sorted(WHOLE_LINKS)) | Q(low__isnull=True, high__isnull=True),
                name="link_whole_has_no_share",
                violation_error_message="A pot that lies whole in another one has no share to state.",
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} “{self.pot.name}”"

    @property
    def whole(self):
        return self.kind in WHOLE_LINKS

    @property
    def to_outer(self):
        """Whether the other pot is the outer one."""
        return self.kind in LINKS_TO_OUTER
