"""What a file really is, by its first bytes; and the bytes of a text file, unpacked."""

import gzip
import io
import re
import struct
import zlib
from pathlib import PurePath
from typing import BinaryIO

from . import messages
from .limits import MAX_ENTRIES, MAX_ENTRY_SIZE, MAX_TEXT
from .parts import TableError

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP = b"PK\x03\x04"
GZIP = b"\x1f\x8b"
ZIP_END, LARGE_ZIP = b"PK\x05\x06", b"PK\x06\x07"
WORKBOOK_NAMES = {".xls", ".xlsx", ".xlsm", ".xlt", ".et"}

MAGIC = (
    (b"MZ", "exe"),
    (b"\x7fELF", "exe"),
    (b"%PDF", "pdf"),
    (b"\x89PNG", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF8", "image"),
    (b"BZh", "archive"),
    (b"\xfd7zXZ\x00", "archive"),
    (b"7z\xbc\xaf\x27\x1c", "archive"),
    (b"Rar!\x1a\x07", "archive"),
    (b"\x28\xb5\x2f\xfd", "archive"),
    (b"PK\x05\x06", "zip"),
    (b"SQLite format 3\x00", "database"),
    (b"PAR1", "parquet"),
)
ZIP_PARTS = (
    (b"xl/workbook.bin", "xlsb"),
    (b"xl/workbook", "xlsx"),
    (b"xl/worksheets/", "xlsx"),
    (b"word/document", "docx"),
    (b"ppt/presentation", "pptx"),
    (b"META-INF/manifest.xml", "ods"),
)
MARKUP = re.compile(rb"<(!doctype|html|head|body|meta|table|script|div|style)\b", re.IGNORECASE)
JSON = re.compile(rb'(\{\s*"|\[\s*[\[{"])')
CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
CARD = re.compile(rb"\s*begin\s*:\s*vcard", re.IGNORECASE)
XCARD = b"urn:ietf:params:xml:ns:vcard-4.0"
WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")


def kind_of(path, filename: str) -> str:
    """ "csv", "vcard", "xlsx" or "xls". Raises TableError for an empty file and for what is not a table.

    A text file may be packed with gzip. A workbook is taken for one only where its name says so:
    under another name it is a mistake a person should hear about.
    """
    with open(path, "rb") as file:
        head = file.read(4096)
    if not head:
        raise TableError("empty")
    named_workbook = PurePath(filename.lower()).suffix in WORKBOOK_NAMES
    if head.startswith(OLE):
        return "xls" if named_workbook else refuse("xls")
    if head.startswith(ZIP):
        return "xlsx" if named_workbook else refuse(kind_of_zip(path))
    if head.startswith(GZIP):
        head = unpacked_head(path)
        if head.startswith((OLE, ZIP, GZIP)):
            refuse("archive")
    if is_cards(head, filename):
        return "vcard"
    refuse_binary(head)
    return "csv"


def is_cards(head: bytes, filename: str) -> bool:
    """Whether the file begins as contact cards do, as text of whatever encoding or as XML, or is named so."""
    begin = head.replace(b"\0", b"").lstrip(b"\xff\xfe\xef\xbb\xbf")
    if CARD.match(begin) or (begin.lstrip().startswith(b"<") and XCARD in head):
        return True
    return PurePath(filename.lower().removesuffix(".gz")).suffix == ".vcf" and CARD.search(begin) is not None


def kind_of_zip(path) -> str:
    """Which of KIND a ZIP file is, by its list of contents. Raises TableError where it has none."""
    _, listing = zip_listing(path)
    for name, kind in ZIP_PARTS:
        if name in listing:
            return kind
    return "zip"


def zip_listing(path) -> tuple[int, bytes]:
    """How many entries a ZIP file claims, and its list of contents as far as a workbook's can be long."""
    with open(path, "rb") as file:
        length = file.seek(0, io.SEEK_END)
        start = max(0, length - 66_000)
        file.seek(start)
        tail = file.read()
        at = tail.rfind(ZIP_END)
        if at < 0 or len(tail) < at + 22:
            raise TableError("damaged")
        entries, size = struct.unpack_from("<HI", tail, at + 10)
        end = start + at
        if tail[max(at - 20, 0) :].startswith(LARGE_ZIP):
            end = struct.unpack_from("<Q", tail, at - 12)[0]
            file.seek(min(end, length))
            entries, size = struct.unpack("<32xQQ8x", file.read(56).ljust(56, b"\xff"))
        file.seek(max(0, min(end, length) - size))
        return entries, file.read(min(size, MAX_ENTRIES * MAX_ENTRY_SIZE + 1))


def refuse(kind: str):
    raise TableError("looks_like", kind=messages.KIND[kind])


def refuse_binary(head: bytes) -> None:
    for magic, kind in MAGIC:
        if head.startswith(magic):
            refuse(kind)
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if MARKUP.match(text):
        refuse("html")
    if text.startswith((b"<?xml", b"<!--")):
        refuse("html" if MARKUP.search(text) else "xml")
    if JSON.match(text):
        refuse("json")
    wide = head.startswith(WIDE_MARKS) or wide_order(head)
    if not wide and len(CONTROL.findall(head)) * 20 > len(head) + 40:
        raise TableError("binary")


def wide_order(head: bytes) -> str | None:
    """LE or BE where bytes without a mark are UTF-16: the zero halves of newlines stand on one side."""
    zeros, even = head.count(0), head[::2].count(0)
    if zeros < 4 or zeros * 50 < len(head) or len(head) % 2:
        return None
    lines = head.count(b"\n") + head.count(b"\r") or 1
    if even * 10 < zeros and 2 * (head.count(b"\n\0") + head.count(b"\r\0")) >= lines:
        return "LE"
    if even * 10 > zeros * 9 and 2 * (head.count(b"\0\n") + head.count(b"\0\r")) >= lines:
        return "BE"
    return None


def opened(path) -> BinaryIO:
    """The bytes of a text file, unpacked from gzip. Reading raises TableError where that is damaged."""
    with open(path, "rb") as file:
        packed = file.read(2) == GZIP
    return io.BufferedReader(Capped(gzip.open(path, "rb")), 1 << 17) if packed else open(path, "rb")


class Capped(io.RawIOBase):
    """An unpacked stream that ends in TableError where a small file unpacks to more than MAX_TEXT."""

    def __init__(self, stream: BinaryIO, limit: int = MAX_TEXT):
        self.stream = stream
        self.left = limit
        self.limit = limit

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        try:
            n = self.stream.readinto(buffer)
        except (EOFError, zlib.error, gzip.BadGzipFile) as problem:
            raise TableError("damaged") from problem
        self.left -= n
        if self.left < 0:
            raise TableError("too_big", limit=self.limit >> 20)
        return n

    def close(self) -> None:
        self.stream.close()
        super().close()


def unpacked_head(path) -> bytes:
    with opened(path) as file:
        return file.read(4096)
