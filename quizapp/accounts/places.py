"""Time zones to choose from."""

from zoneinfo import available_timezones

COMMON_ZONES = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "Pacific/Honolulu",
    "America/Puerto_Rico",
)
_REGIONS = ("Africa", "America", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
OTHER_ZONES = tuple(
    sorted(
        name
        for name in available_timezones()
        if name.partition("/")[0] in _REGIONS and name not in COMMON_ZONES
    )
)
ZONES = frozenset((*COMMON_ZONES, *OTHER_ZONES))
