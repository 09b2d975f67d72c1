"""Names of uploaded files that can be shown and stored."""

import re
import unicodedata

LONGEST = 100


def safe_name(filename: str) -> str:
    """The last part of a file's name, without control or direction characters, at most 100 characters long.

    The ending is kept. A name of which nothing is left becomes "file".
    """
    name = unicodedata.normalize("NFC", re.split(r"[/\\\\]", filename)[-1])
    name = "".join(character for character in name if unicodedata.category(character)[0] != "C")
    name = re.sub(r'[<>:"|?*]', "_", name).strip().lstrip(".").strip()
    stem, dot, ending = name.rpartition(".")
    if dot and stem and len(ending) <= 10:
        return f"{stem[: LONGEST - len(ending) - 1]}.{ending}"
    return name[:LONGEST] or "file"
