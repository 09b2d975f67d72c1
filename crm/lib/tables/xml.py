"""XML of a workbook, streamed through expat; what no spreadsheet program writes is refused."""

import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO
from xml.parsers import expat
from zipfile import BadZipFile

from .parts import TableError

CHUNK = 1 << 16
MAX_DEPTH = 100
MAX_TOKEN = 4 << 20  # bytes of one tag with its attributes


class Handler:
    """What a parser of one kind of part does; names come without their namespace prefix."""

    watches_depth = False

    def start(self, name: str, attributes: dict[str, str]) -> None: ...

    def end(self, name: str) -> None: ...

    def text(self, text: str) -> None: ...


def feed(stream: BinaryIO, handler: Handler) -> Iterator[None]:
    """Parse `stream`, pausing after each chunk so that the caller can take what the handler has gathered.

    Raises TableError for a document type (entities, external or exponential, need one), for
    depth or tags beyond reason, and for what is not well-formed.
    """
    parser = guarded(handler)
    fed = 0
    try:
        while chunk := stream.read(CHUNK):
            parser.Parse(chunk, False)
            fed += len(chunk)
            if fed - max(parser.CurrentByteIndex, 0) > MAX_TOKEN:
                raise TableError("strange_xml")
            yield
        parser.Parse(b"", True)
        yield
    except (expat.ExpatError, BadZipFile, EOFError, zlib.error, ValueError) as problem:
        if isinstance(problem, TableError):
            raise
        raise TableError("damaged") from problem
    finally:
        stream.close()


def read(stream: BinaryIO, handler: Handler) -> None:
    for _ in feed(stream, handler):
        pass


def guarded(handler: Handler):
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.CharacterDataHandler = handler.text
    parser.StartDoctypeDeclHandler = refuse_doctype
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)

    def first(name: str, attributes: dict[str, str]) -> None:
        """The root shows whether names have a prefix; without one a fast handler takes the calls itself."""
        direct = handler.watches_depth and ":" not in name
        start, end = (handler.start, handler.end) if direct else bounded(handler.start, handler.end)
        parser.StartElementHandler, parser.EndElementHandler = start, end
        start(name, attributes)

    parser.StartElementHandler = first
    return parser


def bounded(start: Callable, end: Callable) -> tuple[Callable, Callable]:
    """The two handlers with namespace prefixes cut off and the depth of nesting watched."""
    depth = 0

    def bounded_start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise TableError("strange_xml")
        start(name.rpartition(":")[2], attributes)

    def bounded_end(name: str) -> None:
        nonlocal depth
        depth -= 1
        end(name.rpartition(":")[2])

    return bounded_start, bounded_end


def refuse_doctype(*_) -> None:
    raise TableError("dtd")


def attribute(attributes: dict[str, str], name: str) -> str | None:
    """The attribute of that name in whatever namespace."""
    for key, value in attributes.items():
        if key == name or key.endswith(":" + name):
            return value
    return None
