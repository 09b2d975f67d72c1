"""The container of .xls files (MS-CFB): the names of its streams and the bytes of one."""

import struct
from dataclasses import dataclass

from .parts import TableError

FREE = 0xFFFFFFFA  # this and above are markers, not sectors
ENTRY = 128


@dataclass
class Container:
    """An OLE container held in memory."""

    content: bytes

    def __post_init__(self):
        try:
            shift, small_shift = struct.unpack_from("<HH", self.content, 30)
            (self.first_directory,) = struct.unpack_from("<I", self.content, 48)
            self.small_limit, self.first_small = struct.unpack_from("<II", self.content, 56)
            if not 7 <= shift <= 16 or not 4 <= small_shift < shift:
                raise TableError("damaged")
            self.size, self.small_size = 1 << shift, 1 << small_shift
            self.table = self.allocation_table()
            self.entries = dict(self.directory())
        except struct.error as problem:
            raise TableError("damaged") from problem

    def sector(self, number: int) -> bytes:
        return self.content[(number + 1) * self.size : (number + 2) * self.size]

    def allocation_table(self) -> list[int]:
        """Which sector follows each sector."""
        sectors = list(struct.unpack_from("<109I", self.content, 76))
        more, left = struct.unpack_from("<I", self.content, 68)[0], len(self.content) // self.size
        while more < FREE and left > 0:
            numbers = words(self.sector(more))
            sectors += numbers[:-1]
            more, left = numbers[-1] if numbers else FREE, left - 1
        return [word for number in sectors if number < FREE for word in words(self.sector(number))]

    def chain(self, first: int, table: list[int]) -> list[int]:
        found: list[int] = []
        while first < len(table):
            found.append(first)
            if len(found) > len(table):
                raise TableError("damaged")
            first = table[first]
        return found

    def joined(self, first: int) -> bytes:
        return b"".join(self.sector(number) for number in self.chain(first, self.table))

    def directory(self):
        """(name, (first sector, size)) of each stream and storage."""
        listing = self.joined(self.first_directory)
        for at in range(0, len(listing) - ENTRY + 1, ENTRY):
            length = struct.unpack_from("<H", listing, at + 64)[0]
            if 2 <= length <= 64:
                name = listing[at : at + length - 2].decode("utf-16-le", "replace")
                yield name, struct.unpack_from("<II", listing, at + 116)

    def stream(self, name: str) -> bytes:
        first, size = self.entries[name]
        if size >= self.small_limit:
            return self.joined(first)[:size]
        table = words(self.joined(self.first_small))
        small = self.joined(self.entries.get("Root Entry", (FREE, 0))[0])
        n = self.small_size
        return b"".join(small[i * n : (i + 1) * n] for i in self.chain(first, table))[:size]


def words(sector: bytes) -> list[int]:
    return [word for (word,) in struct.iter_unpack("<I", sector[: len(sector) & ~3])]
