"""The message catalogue, without the gettext programs: `python -m ops.messages extract|compile|check`.

The texts in code and templates are English; locale/zh_Hans holds what a Chinese reader sees. `extract` brings
the catalogue in step with the code and keeps what is translated, `compile` writes what Django reads, `check`
lists what is missing, doubtful, left over or broken, and then exits 1. Two runs write the same bytes.
"""

import re
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = ROOT / "locale/zh_Hans/LC_MESSAGES/django.po"
APPS = (
    "crm", "customers", "feedback", "interactions", "loyalty", "privacy", "sales", "segmentation", "tenancy",
    "webhooks",
)  # fmt: skip
TEMPLATES = ("*.html", "*.txt")
LAZY = ("gettext", "ngettext", "pgettext", "npgettext")
KEYWORDS = DEFAULT_KEYWORDS | {f"{name}_lazy": DEFAULT_KEYWORDS[name] for name in LAZY} | {"gettext_noop": None}
HEADER = """\
msgid ""
msgstr ""
"Project-Id-Version: Tongke CRM\\n"
"Language: zh_Hans\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"

"""
PLACEHOLDER = re.compile(r"%\(\w+\)[#0 +-]*[\d.]*[a-z]|%[a-z%]|\{\w*[^{}]*\}")


def sources() -> Iterator[tuple[Path, bytes]]:
    """Each file that may hold texts, as Python that Babel reads."""
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path, path.read_bytes()
    for folder in (ROOT / "templates", *(ROOT / app / "templates" for app in APPS)):
        for path in sorted(path for pattern in TEMPLATES for path in folder.rglob(pattern)):
            yield path, as_python(path.read_text("utf-8"), origin=str(path))


def as_python(template: str, *, origin: str = "") -> bytes:
    """A template as calls of gettext, one to a line; the rest of it is gone."""
    calls = (line.strip() for line in templatize(template, origin=origin).splitlines())
    return "\n".join(line for line in calls if "gettext(" in line or "_(" in line or line.startswith("#")).encode()


def extracted() -> Catalog:
    """All texts of the code and the templates, untranslated."""
    catalogue = new_catalogue()
    for path, source in sources():
        found = extract("python", BytesIO(source), keywords=KEYWORDS, options={"encoding": "utf-8"})
        for _, text, comments, context in found:
            location = path.relative_to(ROOT).as_posix()
            catalogue.add(text, locations=[(location, 1)], auto_comments=comments, context=context)
    return catalogue


def new_catalogue() -> Catalog:
    return Catalog(locale="zh_Hans", fuzzy=False, charset="utf-8")


def written(path: Path = CATALOGUE) -> Catalog:
    """The catalogue as it stands in its file."""
    if not path.exists():
        return new_catalogue()
    with path.open("rb") as file:
        return read_po(file, locale="zh_Hans")


def merged(found: Catalog, known: Catalog) -> Catalog:
    """What was found, with the translations that are known."""
    for message in found:
        old = known.get(message.id, message.context) if message.id else None
        if old is None:
            continue
        message.string = as_plural(old.string) if message.pluralizable else as_singular(old.string)
        message.flags |= {"fuzzy"} & old.flags
        message.user_comments = old.user_comments
    return found


def as_plural(text: str | tuple[str, ...] | None) -> tuple[str, ...]:
    return (text or "",) if isinstance(text, str | None) else tuple(text[:1])


def as_singular(text: str | tuple[str, ...] | None) -> str:
    return as_plural(text)[0]


def render(catalogue: Catalog) -> bytes:
    """The catalogue as a file: sorted, without dates and line numbers."""
    file = BytesIO()
    write_po(
        file,
        catalogue,
        omit_header=True,
        sort_output=True,
        include_lineno=False,
        ignore_obsolete=True,
        width=0,
    )
    return HEADER.encode() + file.getvalue().lstrip()


def problems(found: Catalog, known: Catalog) -> list[str]:
    """Why the catalogue cannot be shipped, a line for each reason."""
    keys = {key(message) for message in found if message.id}
    stale = [f"no longer used: {name(message)}" for message in known if message.id and key(message) not in keys]
    return stale + [line for message in found if message.id for line in faults(message, known)]


def faults(message: Message, known: Catalog) -> Iterator[str]:
    translated = known.get(message.id, message.context)
    if translated is None:
        yield f"not in the catalogue: {name(message)}"
        return
    texts = as_plural(translated.string)
    if not all(texts):
        yield f"not translated: {name(message)}"
        return
    if translated.fuzzy:
        yield f"fuzzy: {name(message)}"
    if message.pluralizable != translated.pluralizable:
        yield f"plural in one place only: {name(message)}"
    if set(PLACEHOLDER.findall(as_plural_id(message)[-1])) != set(PLACEHOLDER.findall(texts[0])):
        yield f"other placeholders: {name(message)}"


def as_plural_id(message: Message) -> tuple[str, ...]:
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def key(message: Message) -> tuple[str, str | None]:
    return as_plural_id(message)[0], message.context


def name(message: Message) -> str:
    context = f" ({message.context})" if message.context else ""
    return f"{as_plural_id(message)[0]!r}{context}"


def extract_all() -> None:
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    CATALOGUE.write_bytes(render(merged(extracted(), written())))


def compile_all() -> None:
    """Beside the catalogue, so that Django finds it; a program that reads never sees half of it."""
    target = CATALOGUE.with_suffix(".mo")
    part = target.with_suffix(".mo.part")
    with part.open("wb") as file:
        write_mo(file, written())
    part.replace(target)


def check() -> int:
    found = problems(extracted(), written())
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


def main(arguments: list[str]) -> int:
    actions = {"extract": extract_all, "compile": compile_all, "check": check}
    if len(arguments) != 1 or arguments[0] not in actions:
        print(__doc__)
        return 2
    return actions[arguments[0]]() or 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
