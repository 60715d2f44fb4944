from django.db import models
from django.db.models import Q

from programmes.fields import FinancialYearField
from programmes.money import grouped

from ..choices import Additionality, Measure, Sector


class AppendOnly(TypeError):
    """Raised where somebody would change or delete what the ledger holds. A correction posts the difference."""


class AppendOnlyQuerySet(models.QuerySet):
    """Refuses what the database's own triggers refuse too, with a clearer word."""

    def update(self, **kwargs):
        raise AppendOnly("The ledger is append-only: post the difference instead of changing an entry.")

    def delete(self):
        raise AppendOnly("The ledger is append-only: post the difference instead of deleting an entry.")


class Posting(models.Model):
    """One act of posting: the entries written in one transaction, and whether the roll-ups hold them yet."""

    posted_at = models.DateTimeField(db_index=True)
    run = models.PositiveBigIntegerField(
        null=True,
        editable=False,
        db_index=True,
        help_text="The roll-up run that applied it; empty until then.",
    )

    def __str__(self):
        return f"posting {self.pk} of {self.posted_at:%Y-%m-%d %H:%M}"


class LedgerQuerySet(AppendOnlyQuerySet):
    def as_at(self, day):
        """What had taken effect by the end of a day."""
        return self.filter(effective_on__lte=day)

    def known_at(self, moment):
        """What had been posted by a moment."""
        return self.filter(posted_at__lte=moment)

    def in_order(self):
        return self.order_by("effective_on", "pk")


class LedgerEntry(models.Model):
    """What a pot adds to the totals from a day on, in pence, signed. Derived by the rules, never typed in, never changed.

    Totals and roll-ups are sums of these and of nothing else.
    """

    posting = models.ForeignKey(Posting, models.PROTECT, related_name="entries")
    posted_at = models.DateTimeField()
    effective_on = models.DateField()
    pot = models.ForeignKey("announcements.Pot", models.PROTECT, related_name="entries")
    cause = models.CharField(
        max_length=240,
        help_text="The claim that caused it: the announcement's id, #, the claim's key.",
    )
    measure = models.CharField(max_length=10, choices=Measure)
    theme = models.ForeignKey("programmes.Theme", models.PROTECT, related_name="+")
    region = models.ForeignKey("programmes.Region", models.PROTECT, related_name="+")
    sector = models.CharField(max_length=20, choices=Sector)
    additionality = models.CharField(max_length=20, choices=Additionality)
    announced_year = FinancialYearField()
    money_year = FinancialYearField(null=True, help_text="Empty where the year of the money is not stated.")
    assumed = models.BooleanField(
        default=False,
        help_text="The year is one of an even split that no source states.",
    )
    firm = models.BigIntegerField(help_text="Pence.")
    ceiling = models.BigIntegerField(help_text="Pence.")

    objects = LedgerQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "ledger entries"
        indexes = [
            models.Index(fields=["measure", "effective_on"], name="entry_by_measure_and_day"),
            models.Index(fields=["pot", "measure"], name="entry_by_pot"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(measure__in=Measure.values), name="entry_measure_known"),
            models.CheckConstraint(condition=Q(sector__in=Sector.values), name="entry_sector_known"),
            models.CheckConstraint(
                condition=Q(additionality__in=Additionality.values),
                name="entry_additionality_known",
            ),
            models.CheckConstraint(condition=~Q(firm=0, ceiling=0), name="entry_moves_something"),
        ]

    def __str__(self):
        ends = dict.fromkeys(f"£{grouped(end)}".replace("£-", "-£") for end in (self.firm, self.ceiling))
        return f"{self.effective_on} {self.measure} {' to '.join(ends)}"

    def save(self, *args, **kwargs):
        if not self._state.adding:
            raise AppendOnly("The ledger is append-only: post the difference instead of changing an entry.")
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise AppendOnly("The ledger is append-only: post the difference instead of deleting an entry.")


class Membership(models.Model):
    """A pot joins a programme, or leaves it, from a day on. Append-only like the entries, and posted with them.

    A pot belongs to a programme as at a day when the changes up to that day add up to one.
    """

    posting = models.ForeignKey(Posting, models.PROTECT, related_name="memberships")
    posted_at = models.DateTimeField()
    effective_on = models.DateField()
    pot = models.ForeignKey("announcements.Pot", models.PROTECT, related_name="memberships")
    programme = models.ForeignKey("programmes.Programme", models.PROTECT, related_name="memberships")
    change = models.SmallIntegerField(help_text="1 where the pot joins, -1 where it leaves.")

    objects = LedgerQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["programme", "effective_on"], name="membership_by_programme")]
        constraints = [models.CheckConstraint(condition=~Q(change=0), name="membership_changes_something")]

    def __str__(self):
        return f"{self.effective_on} {self.pot_id} {self.change:+d} {self.programme_id}"


class LedgerHead(models.Model):
    """The one row that whoever posts to the ledger locks first, so that one does at a time.

    Postings therefore become visible in the order of their ids.
    """

    posted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="ledger_head_is_one_row")]

    def __str__(self):
        return f"posted at {self.posted_at}"


class RollupState(models.Model):
    """The one row that says which roll-up is live. Whoever changes roll-ups locks it first, so one does at a time."""

    run = models.PositiveBigIntegerField(default=0, help_text="Counts the runs that applied postings.")
    generation = models.PositiveBigIntegerField(default=0, help_text="The generation of cells that is read.")
    begun = models.PositiveBigIntegerField(default=0, help_text="The last generation that a rebuild began.")
    rolled_up_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="rollup_state_is_one_row")]

    def __str__(self):
        return f"generation {self.generation}, run {self.run}"


class RollupCell(models.Model):
    """A stored sum of ledger entries, in pence, for one combination of every dimension that an entry carries."""

    generation = models.PositiveBigIntegerField()
    measure = models.CharField(max_length=10, choices=Measure)
    theme = models.ForeignKey("programmes.Theme", models.PROTECT, related_name="+")
    region = models.ForeignKey("programmes.Region", models.PROTECT, related_name="+")
    sector = models.CharField(max_length=20, choices=Sector)
    additionality = models.CharField(max_length=20, choices=Additionality)
    announced_year = FinancialYearField()
    money_year = FinancialYearField(null=True)
    firm = models.BigIntegerField(default=0)
    ceiling = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "generation",
                    "measure",
                    "theme",
                    "region",
                    "sector",
                    "additionality",
                    "announced_year",
                    "money_year",
                ],
                condition=Q(money_year__isnull=False),
                name="cell_once_with_money_year",
            ),
            models.UniqueConstraint(
                fields=[
                    "generation",
                    "measure",
                    "theme",
                    "region",
                    "sector",
                    "additionality",
                    "announced_year",
                ],
                condition=Q(money_year__isnull=True),
                name="cell_once_without_money_year",
            ),
        ]

    def __str__(self):
        return f"{self.measure} {self.theme_id} {self.region_id}: {self.firm} to {self.ceiling} p"


class RollupSum(models.Model):
    """A stored sum of cells, in pence, for one combination of three dimensions: those of its level (`ledger.levels`).

    `first` to `third` are their values in the order of the level; a year is the calendar year in which it starts, and
    empty where it is not stated.
    """

    generation = models.PositiveBigIntegerField()
    measure = models.CharField(max_length=10, choices=Measure)
    level = models.CharField(max_length=60)
    first = models.CharField(max_length=50)
    second = models.CharField(max_length=50)
    third = models.CharField(max_length=50)
    firm = models.BigIntegerField(default=0)
    ceiling = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["generation", "measure", "level", "first", "second", "third"], name="rollup_sum_once"
            )
        ]

    def __str__(self):
        return f"{self.measure} {self.first} {self.second} {self.third}: {self.firm} to {self.ceiling} p"


class Rehearsal(models.Model):
    """While a row stands here the ledger may be emptied. Only ever written in a transaction that is rolled back."""

    objects = models.Manager()

    def __str__(self):
        return "rehearsal"
