"""Files for the tests: shared data where they are there, workbooks made by hand, the memory of a child."""

import json
import struct
import subprocess
import sys
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from crm.lib import tables

REPOSITORY = Path(__file__).resolve().parents[2]
SHARED = REPOSITORY.parent / "shared" / "data"

NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def shared(path: str) -> Path:
    """A file or folder of the shared data; without it the test is skipped and says so."""
    found = SHARED / path
    if not found.exists():
        pytest.skip(f"the shared data are not beside the repository ({found})")
    return found


def sheet_xml(rows: list[list], after: str = "") -> str:
    """A worksheet of inline texts and numbers; a cell that begins with < is taken as it is."""
    lines = []
    for number, cells in enumerate(rows, 1):
        line = "".join(cell_xml(f"{chr(65 + place)}{number}", cell) for place, cell in enumerate(cells))
        lines.append(f'<row r="{number}">{line}</row>')
    return f"<worksheet {NS}><sheetData>{''.join(lines)}</sheetData>{after}</worksheet>"


def cell_xml(reference: str, cell) -> str:
    if isinstance(cell, str) and cell.startswith("<"):
        return cell
    if isinstance(cell, str):
        return f'<c r="{reference}" t="inlineStr"><is><t xml:space="preserve">{escape(cell)}</t></is></c>'
    return f'<c r="{reference}"><v>{cell}</v></c>'


def workbook(path: Path, sheets: dict[str, str], *, states: dict[str, str] | None = None, more=(), **parts) -> Path:
    """An .xlsx of the sheets' XML by name, with further (name, content) entries."""
    names = "".join(
        f'<sheet name="{name}" sheetId="{n}" r:id="rId{n}" state="{(states or {}).get(name, "visible")}"/>'
        for n, name in enumerate(sheets, 1)
    )
    links = "".join(
        f'<Relationship Id="rId{n}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, len(sheets) + 1)
    )
    for kind in parts:
        links += f'<Relationship Id="{kind}" Type="{OFFICE}/{kind}" Target="{kind}.xml"/>'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "_rels/.rels",
            relations(f'<Relationship Id="r" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/>'),
        )
        archive.writestr("xl/workbook.xml", f'<workbook {NS} xmlns:r="{OFFICE}"><sheets>{names}</sheets></workbook>')
        archive.writestr("xl/_rels/workbook.xml.rels", relations(links))
        for n, xml in enumerate(sheets.values(), 1):
            archive.writestr(f"xl/worksheets/sheet{n}.xml", xml)
        for kind, xml in parts.items():
            archive.writestr(f"xl/{kind}.xml", xml)
        for name, content in more:
            archive.writestr(name, content)
    return path


def relations(inside: str) -> str:
    return f'<Relationships xmlns="{PACKAGE}">{inside}</Relationships>'


READ = """
import json, sys, time
from django.conf import settings
settings.configure(USE_I18N=False)
from crm.lib import tables
begin, path, name = time.monotonic(), sys.argv[1], sys.argv[2]
result = {"rows": 0, "bad": []}
try:
    profile = tables.profile(path, filename=name)
    for row in tables.rows(path, profile):
        if isinstance(row, tables.BadRow):
            result["bad"].append([row.number, row.column, row.code, row.message])
        else:
            result["rows"] += 1
except tables.TableError as problem:
    result["refused"], result["message"] = problem.code, str(problem)
result["seconds"] = time.monotonic() - begin
for line in open("/proc/self/status"):
    if line.startswith("VmHWM"):
        result["mb"] = int(line.split()[1]) // 1024
print(json.dumps(result))
"""


def read_in_child(path: Path, filename: str | None = None) -> dict:
    """What reading the file gives in a process of its own, with its peak memory in MB and its seconds."""
    if not Path("/proc/self/status").exists():
        pytest.skip("peak memory is read from /proc")
    done = subprocess.run(
        [sys.executable, "-c", READ, str(path), filename or path.name],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


MOST_MB, MOST_SECONDS = 300, 30


def write(tmp_path: Path, content: bytes | str, name: str = "orders.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def read(path: Path, **options) -> tuple[tables.Profile, list[tables.Row], list[tables.BadRow]]:
    """The profile, the rows and the rows that were left out."""
    profile = tables.profile(path, filename=path.name, **options)
    rows = list(tables.rows(path, profile))
    good = [row for row in rows if isinstance(row, tables.Row)]
    return profile, good, [row for row in rows if isinstance(row, tables.BadRow)]


def refused(path: Path, **options) -> tables.TableError:
    with pytest.raises(tables.TableError) as caught:
        read(path, **options)
    assert str(caught.value)
    return caught.value


def questions(profile: tables.Profile) -> list[str]:
    return [question.code for question in profile.questions]


def within_bounds(result: dict) -> dict:
    assert result["mb"] <= MOST_MB, result
    assert result["seconds"] <= MOST_SECONDS, result
    return result


def ole(name: str, content: bytes = b"") -> bytes:
    """An OLE container with one stream of at least 4,096 bytes."""
    content = content.ljust(4096, b"\0")
    sectors = -(-len(content) // 512)
    end, free = 0xFFFFFFFE, 0xFFFFFFFF
    header = struct.pack("<8s16x5H6x", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<9I", 0, 1, 1, 0, 4096, end, 0, end, 0) + struct.pack("<109I", 0, *[free] * 108)
    table = struct.pack(f"<{sectors + 2}I", free - 2, end, *range(3, 2 + sectors), end).ljust(512, b"\xff")
    assert (len(header), len(table)) == (512, 512)
    directory = entry("Root Entry", 5, end, 0) + entry(name, 2, 2, len(content)) + bytes(256)
    return header + table + directory + content.ljust(sectors * 512, b"\0")


def entry(name: str, kind: int, first: int, size: int) -> bytes:
    text, free = name.encode("utf-16-le") + b"\0\0", 0xFFFFFFFF
    child = 1 if kind == 5 else free
    return struct.pack("<64sHBB3I36xIQ", text, len(text), kind, 1, free, free, child, first, size)


def records(*records: tuple[int, bytes]) -> bytes:
    return b"".join(struct.pack("<HH", kind, len(content)) + content for kind, content in records)
