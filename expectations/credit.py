"""What should hold for persons beyond their contracts: each title has somebody, and each role counts once."""

from expectations import beliefs
from lakehouse.contracts.credit import BRIDGE_TITLE_PERSON, DIM_PERSON
from lakehouse.contracts.star import UNKNOWN_ID

RULES = {
    DIM_PERSON.name: [beliefs.has_unknown_member("person_id", UNKNOWN_ID)],
    BRIDGE_TITLE_PERSON.name: [
        beliefs.sums_to_one("weight_ratio", "media_type", "title_id", "role"),
        beliefs.every_title_has_a_row(),
    ],
}
