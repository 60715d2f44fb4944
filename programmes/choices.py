"""The words this app chooses from. Imports nothing of ours."""

from django.db.models import TextChoices


class RegionLevel(TextChoices):
    COUNTRY = "country", "Country"
    NATION = "nation", "Nation"
    GROUPING = "grouping", "Grouping of regions"
    REGION = "region", "Region (ITL1)"


class OrganisationStatus(TextChoices):
    ACTIVE = "active", "Active"
    MERGED = "merged", "Merged into its successor"
    CLOSED = "closed", "Closed"


class OrganisationKind(TextChoices):
    GOVERNMENT_DEPARTMENT = "government_department", "Government department"
    DEVOLVED_GOVERNMENT = "devolved_government", "Devolved government"
    GOVERNMENT_UNIT = "government_unit", "Government unit"
    EXECUTIVE_AGENCY = "executive_agency", "Executive agency"
    ARMS_LENGTH_BODY = "arms_length_body", "Arm's-length body"
    GOVERNMENT_COMPANY = "government_company", "Government company"
    INNOVATION_AGENCY = "innovation_agency", "Innovation agency"
    RESEARCH_FUNDER = "research_funder", "Research funder"
    RESEARCH_COUNCIL = "research_council", "Research council"
    RESEARCH_INSTITUTE = "research_institute", "Research institute"
    REGULATOR = "regulator", "Regulator"
    PROGRAMME = "programme", "Programme"
    NETWORK = "network", "Network"
    CHARITY = "charity", "Charity"
    THINK_TANK = "think_tank", "Think tank"
    TRADE_ASSOCIATION = "trade_association", "Trade association"
    TRADE_UNION = "trade_union", "Trade union"
    MEMBERSHIP_BODY = "membership_body", "Membership body"
    ROYAL_COLLEGE = "royal_college", "Royal college"
    OTHER = "other", "Other, or not yet looked up"
