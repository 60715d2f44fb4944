from .organisation import Organisation
from .programme import Programme
from .reference import Deflator, DeflatorSeries, ExchangeRate, Population
from .region import Region
from .target import Target
from .theme import Theme

__all__ = [
    "Deflator",
    "DeflatorSeries",
    "ExchangeRate",
    "Organisation",
    "Population",
    "Programme",
    "Region",
    "Target",
    "Theme",
]
