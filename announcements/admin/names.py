"""What the pages of organisations, programmes and targets lack: announcements tell their names."""

from django.contrib import admin
from django.utils import timezone

from programmes.admin import OrganisationAdmin, ProgrammeAdmin, TargetAdmin
from programmes.models import Organisation, Programme, Target

from .. import readside

admin.site.unregister([Organisation, Programme, Target])


class Told(admin.ModelAdmin):
    """Whoever changes a name changes every document that tells it, in the same transaction."""

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        if change:
            readside.renamed(form.instance, at=timezone.now())


@admin.register(Organisation)
class ToldOrganisationAdmin(Told, OrganisationAdmin):
    pass


@admin.register(Programme)
class ToldProgrammeAdmin(Told, ProgrammeAdmin):
    pass


@admin.register(Target)
class ToldTargetAdmin(Told, TargetAdmin):
    pass
