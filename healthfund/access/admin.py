"""Users with their roles, groups, and log-ins that are locked after too many tries."""

from allauth.account import admin as _of_addresses  # noqa: F401  registers what is taken back below
from allauth.account.models import EmailAddress
from allauth.mfa import admin as _of_authenticators  # noqa: F401
from allauth.mfa.models import Authenticator
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone
from django.utils.formats import date_format

from announcements import auditing
from announcements.admin.history import Historied, Noted
from announcements.choices import Did, Role

from . import second_factor, sessions

for model in (EmailAddress, Authenticator, User, Group):
    # Addresses are not confirmed here, authenticators hold secrets, and the others have pages of ours.
    admin.site.unregister(model)


def document(user):
    """What the audit log keeps of a user: what they may do, and whether they come in."""
    return {
        "roles": sorted(user.groups.values_list("name", flat=True)),
        "is_active": user.is_active,
        "is_staff": user.is_staff,
        "is_superuser": user.is_superuser,
        "name": user.get_full_name(),
        "email": user.email,
    }


def note(request, user, verb, why="", gone=False):
    auditing.note(
        *("user", user.get_username(), user.get_full_name() or user.get_username(), verb),
        by=request.user,
        at=timezone.now(),
        why=why,
        document=None if gone else document(user),
    )


class HasSecondFactor(admin.SimpleListFilter):
    title = "second factor"
    parameter_name = "second_factor"

    def lookups(self, request, model_admin):
        return [("yes", "Set up"), ("no", "Not set up")]

    def queryset(self, request, queryset):
        return queryset.filter(has_second_factor=self.value() == "yes") if self.value() else queryset


@admin.register(User)
class Users(Historied, UserAdmin):
    """Nobody gets above themselves here: what superusers are, and who is one, is for superusers."""

    list_display = ("username", "full_name", "roles", "is_staff", "is_active", "second_factor", "last_login")
    list_filter = ("groups", HasSecondFactor, "is_active", "is_staff")
    list_per_page = 100
    ordering = ("username",)
    filter_horizontal = ()
    readonly_fields = ("second_factor", "last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Who", {"fields": ("first_name", "last_name", "email")}),
        ("May do", {"fields": ("is_active", "is_staff", "groups")}),
        ("Log-in", {"fields": ("second_factor", "last_login", "date_joined")}),
    )
    for_superusers = (("Beyond roles", {"fields": ("is_superuser", "user_permissions"), "classes": ("collapse",)}),)
    add_fieldsets = (
        (None, {"fields": ("username", "usable_password", "password1", "password2")}),
        ("Who", {"fields": ("first_name", "last_name", "email")}),
        ("May do", {"fields": ("is_staff", "groups")}),
    )
    actions = ("start_second_factor_anew", "end_sessions")

    def get_queryset(self, request):
        factor = Authenticator.objects.filter(user=OuterRef("pk"), type=Authenticator.Type.TOTP)
        return super().get_queryset(request).prefetch_related("groups").annotate(has_second_factor=Exists(factor))

    @admin.display(description="name", ordering="last_name")
    def full_name(self, user):
        return user.get_full_name() or "–"

    @admin.display(description="roles")
    def roles(self, user):
        return ", ".join(sorted(group.name for group in user.groups.all())) or "–"

    @admin.display(description="second factor", boolean=True)
    def second_factor(self, user):
        return user.has_second_factor

    def get_fieldsets(self, request, obj=None):
        fieldsets = super().get_fieldsets(request, obj)
        return (*fieldsets, *self.for_superusers) if obj and request.user.is_superuser else fieldsets

    def get_changeform_initial_data(self, request):
        return {"is_staff": True, **super().get_changeform_initial_data(request)}

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "is_staff":
            field.help_text = "Whether they come into the newsroom at all."
        if db_field.name == "groups":
            field.help_text = "Their roles. " + " ".join(f"{role.label}." for role in Role)
        return field

    # Who may

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and _may_touch(request, obj)

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and _may_touch(request, obj)

    def get_actions(self, request):
        # Each is deleted by itself: what would go along is shown.
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    # Saving, and noting it

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        note(request, form.instance, Did.CHANGED if change else Did.CREATED)

    def delete_model(self, request, obj):
        note(request, obj, Did.DELETED, gone=True)
        super().delete_model(request, obj)

    @admin.action(description="Start the second factor anew: they lost the phone", permissions=["change"])
    def start_second_factor_anew(self, request, queryset):
        for user in self._touchable(request, queryset):
            had = second_factor.start_anew(user)
            sessions.end_all(user)
            note(request, user, Did.CHANGED, why="Second factor started anew.")
            self.log_change(request, user, "Second factor started anew.")
            said = (
                "sets up a new second factor at the next log-in"
                if had
                else "had none, and sets one up at the next log-in"
            )
            self.message_user(request, f"{user} {said}, and is logged out.", messages.SUCCESS)

    @admin.action(description="Log out wherever they are logged in", permissions=["change"])
    def end_sessions(self, request, queryset):
        for user in self._touchable(request, queryset):
            number = sessions.end_all(user)
            self.log_change(request, user, "Logged out.")
            self.message_user(request, f"{user}: {number} log-in{'' if number == 1 else 's'} ended.", messages.SUCCESS)

    def _touchable(self, request, queryset):
        for user in queryset.order_by("username"):
            if _may_touch(request, user):
                yield user
            else:
                self.message_user(request, f"{user} is a superuser, whom only superusers change.", messages.ERROR)


def _may_touch(request, user):
    return user is None or request.user.is_superuser or not user.is_superuser


@admin.register(Group)
class Groups(Noted, GroupAdmin):
    """What a role may is given by migrations, so that it is the same everywhere; further groups are the portal's own."""

    list_display = ("name", "permissions_given", "users")
    readonly_fields = ("members",)
    fields = ("name", "members", "permissions")
    filter_horizontal = ()

    def get_queryset(self, request):
        return (
            super()
            .get_queryset(request)
            .annotate(
                members_count=Count("user", filter=Q(user__is_active=True), distinct=True),
                permissions_count=Count("permissions", distinct=True),
            )
        )

    @admin.display(description="permissions", ordering="permissions_count")
    def permissions_given(self, group):
        return group.permissions_count

    @admin.display(description="active users", ordering="members_count")
    def users(self, group):
        return group.members_count

    @admin.display(description="active users")
    def members(self, group):
        names = group.user_set.filter(is_active=True).order_by("username").values_list("username", flat=True)
        return ", ".join(names) or "–"

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and not _is_role(obj)

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and not _is_role(obj)

    def get_actions(self, request):
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions


def _is_role(group):
    return group is not None and group.name in Role.values


@admin.register(AccessAttempt)
class Guesses(admin.ModelAdmin):
    """Who typed wrong passwords or codes, from where; deleting such a row releases the log-in."""

    list_display = ("username", "ip_address", "failures", "locked", "attempt_time")
    search_fields = ("username", "ip_address")
    ordering = ("-attempt_time", "-pk")
    list_per_page = 100
    show_full_result_count = False
    fields = ("username", "ip_address", "failures", "locked", "attempt_time", "user_agent")
    actions = ("release",)

    @admin.display(description="wrong tries", ordering="failures_since_start")
    def failures(self, attempt):
        return attempt.failures_since_start

    @admin.display(description="locked until")
    def locked(self, attempt):
        until = attempt.attempt_time + settings.AXES_COOLOFF_TIME
        if attempt.failures_since_start < settings.AXES_FAILURE_LIMIT or until <= timezone.now():
            return "–"
        return date_format(timezone.localtime(until), "H:i")

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        # Only by the action, which says what it does.
        return obj is None and super().has_delete_permission(request)

    def get_actions(self, request):
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    @admin.action(description="Release: may be tried again at once", permissions=["delete"])
    def release(self, request, queryset):
        self.log_deletions(request, queryset)
        # The lock counts what was typed with any browser.
        for username, address in set(queryset.values_list("username", "ip_address")):
            AccessAttempt.objects.filter(username=username, ip_address=address).delete()
            self.message_user(request, f"Released: {username} from {address or 'no address'}.", messages.SUCCESS)
