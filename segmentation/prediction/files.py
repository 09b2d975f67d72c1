"""Histories in a CSV file, as other tools write them, and the models that can be fitted to one."""

import csv
from functools import partial
from pathlib import Path

import numpy as np

from segmentation.prediction import buying, histories, lifetimes, spending
from segmentation.prediction.histories import Array

HISTORY = ("x", "t_x", "T")
COLUMNS = {"bg": HISTORY, "mbg": HISTORY, "pareto": HISTORY, "gg": ("x", "value")}
MODELS = {
    "bg": partial(buying.fit, early=False),
    "mbg": partial(buying.fit, early=True),
    "pareto": lifetimes.fit,
    "gg": spending.fit,
}
CHECKS = {HISTORY: histories.checked, COLUMNS["gg"]: spending.checked}
LONGEST = 10_000_000  # rows


class BadFile(ValueError):
    """The file cannot be read; the message names the line and the column."""


def read(path: Path, names: tuple[str, ...]) -> list[Array]:
    """The columns of these names. Raises BadFile, OSError."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return _columns(csv.reader(file, strict=True), names)
    except UnicodeDecodeError as problem:
        raise BadFile("this is not a text in UTF-8") from problem
    except csv.Error as problem:
        raise BadFile(f"this is not CSV: {problem}") from problem


def _columns(rows, names: tuple[str, ...]) -> list[Array]:
    header = [cell.strip() for cell in next(rows, [])]
    if missing := [name for name in names if name not in header]:
        told, wanted = ", ".join(header)[:100] or "nothing", ", ".join(names)
        raise BadFile(f"line 1: no column {', '.join(missing)}; the first line must name {wanted}, not {told}")
    places = [header.index(name) for name in names]
    found, lines = [], []
    for row in rows:
        if not any(cell.strip() for cell in row):
            continue
        if len(found) >= LONGEST:
            raise BadFile(f"more than {LONGEST} rows")
        found.append([_number(row, place, name, rows.line_num) for place, name in zip(places, names, strict=True)])
        lines.append(rows.line_num)
    columns = list(np.array(found, dtype=float).reshape(len(found), len(names)).T)
    _check(columns, lines, names)
    return columns


def _number(row: list[str], place: int, name: str, line: int) -> float:
    cell = row[place].strip() if place < len(row) else ""
    try:
        value = float(cell)
    except ValueError:
        value = float("nan")
    if not np.isfinite(value):
        raise BadFile(f"line {line}, column {name}: “{cell[:40]}” is not a number")
    return value


def _check(columns: list[Array], lines: list[int], names: tuple[str, ...]) -> None:
    """The first row that no customer can have is named."""
    check = CHECKS[names]
    try:
        check(*columns)
    except ValueError as problem:
        for line, *values in zip(lines, *columns, strict=True):
            try:
                check(*(np.array([value]) for value in values))
            except ValueError as found:
                raise BadFile(f"line {line}: {found}") from found
        raise BadFile(str(problem)) from problem
