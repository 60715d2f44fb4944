import pytest

from tests.factories import OrganisationFactory, RegionFactory, ThemeFactory


@pytest.fixture
def places(db):
    """Themes and regions that the samples speak of, and the department with its earlier name."""
    for key in ["digital", "ai", "genomics", "cancer"]:
        ThemeFactory(key=key)
    for key in ["north-east", "north-west", "london", "scotland"]:
        RegionFactory(key=key)
    OrganisationFactory(name="Department of Health and Social Care", slug="dhsc", other_names=["Department of Health"])
