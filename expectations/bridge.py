"""What should hold for what titles have beyond its contracts: each title has something, and it counts once."""

from expectations import beliefs
from lakehouse.contracts.bridge import (
    BRIDGE_TITLE_COMPANY,
    BRIDGE_TITLE_COUNTRY,
    BRIDGE_TITLE_GENRE,
    BRIDGE_TITLE_LANGUAGE,
    DIM_COMPANY,
    DIM_COUNTRY,
    DIM_GENRE,
    DIM_LANGUAGE,
)
from lakehouse.contracts.star import UNKNOWN_COUNTRY, UNKNOWN_ID, UNKNOWN_LANGUAGE

_BRIDGES = (BRIDGE_TITLE_GENRE, BRIDGE_TITLE_COMPANY, BRIDGE_TITLE_COUNTRY, BRIDGE_TITLE_LANGUAGE)

RULES = {
    DIM_GENRE.name: [beliefs.has_unknown_member("genre_id", UNKNOWN_ID)],
    DIM_COMPANY.name: [beliefs.has_unknown_member("company_id", UNKNOWN_ID)],
    DIM_COUNTRY.name: [beliefs.has_unknown_member("country_code", f"'{UNKNOWN_COUNTRY}'")],
    DIM_LANGUAGE.name: [beliefs.has_unknown_member("language_code", f"'{UNKNOWN_LANGUAGE}'")],
} | {
    bridge.name: [beliefs.sums_to_one("weight_ratio", "media_type", "title_id"), beliefs.every_title_has_a_row()]
    for bridge in _BRIDGES
}
