"""Postal addresses of China taken apart: province, city, district of 2023, street, building, unit, room.

Nothing is guessed: a district that several cities have gives no city, and what is no Chinese address
(Latin letters, other countries) passes through with nothing found.
"""

import re
from dataclasses import dataclass

from crm.lib import text

from . import divisions, homes

LONGEST = 500  # characters that are read
HAN = re.compile(f"[{text.HAN}]")
SPACE_IN_CHINESE = re.compile(f"(?<=[{text.HAN}0-9,，]) (?=[{text.HAN}])|(?<=[{text.HAN},，]) (?=[0-9])")
# Zones and towns that stand before an estate's name, or do not.
BEFORE_ESTATE = re.compile("^(?:[^0-9]{0,8}?(?:高新|经开|开发|示范|工业园)区|[^0-9路街]{1,6}?街道)")


@dataclass(frozen=True, slots=True)
class Address:
    """`province`, `city` and `district` are the official names, `code` the six digits of the deepest one found.

    A district that several places have and that cannot be told is in `district` as written; `code` is then that
    of what is certain above it. A municipality is its own city; a county ruled by its province has none. `rest`
    is what is neither: the estate, a company, a note.
    """

    province: str = ""
    city: str = ""
    district: str = ""
    code: str = ""
    street: str = ""
    building: str = ""
    unit: str = ""
    room: str = ""
    rest: str = ""

    @property
    def key(self) -> str:
        """What all ways to write one home have in common, "" where building or room are not said.

        Estate (or street, where no estate is said), building and room: the unit and the divisions are often
        left out, so two homes of one key in different cities are not the same home.
        """
        place = text.name_key(self.rest or self.street).replace(" ", "")
        place = BEFORE_ESTATE.sub("", place) or place
        return f"{place}|{self.building}|{self.room}" if place and self.building and self.room else ""

    def __str__(self) -> str:
        """The address written in one way, which `parse` takes apart into the same divisions and the same home."""
        city = "" if self.city == self.province else self.city
        place = "".join((self.province, city, self.district, self.street, self.rest))
        home = (self.building and f"{self.building}号楼") + (self.unit and f"{self.unit}单元")
        return standard(f"{place} {home}{self.room and f'{self.room}室'}")


def standard(raw: str) -> str:
    """The address as it is shown: compatibility forms plain, single spaces, none between Chinese words."""
    cleaned = text.clean(raw)
    return SPACE_IN_CHINESE.sub("", cleaned)


def parse(raw: str) -> Address:
    """The parts of an address; what is beyond 500 characters is not read. Never raises."""
    written = standard(raw[:LONGEST])
    if not HAN.search(written):
        return Address(rest=written)
    plain = written.translate(text.SIMPLIFIED)
    place = divisions.locate(plain)
    shown = written if len(written) == len(plain) else plain
    home = homes.read(plain[place.end :], shown[place.end :])
    province, city, district = place.division.path if place.division else ("", "", "")
    return Address(
        province,
        city,
        place.ambiguous or district,
        place.division.adcode if place.division else "",
        home.street,
        home.building,
        home.unit,
        home.room,
        home.rest,
    )
