"""Charts as SVG: geometry here, looks in charts.css, markup in `_components/`."""

from math import ceil, floor, log10

from babel.numbers import format_compact_decimal
from django.template import Library
from django.utils.translation import get_language, to_locale

from crm.templatetags import figures

register = Library()

HEIGHT = 180  # of the plot, in pixels
SQUARE = 260  # height of a chart of shares by shares
CHARACTER = 7  # width of one at the scale, in pixels
SPARK_WIDTH, SPARK_HEIGHT = 120, 28
PLOT_WIDTH = 1000  # of a line, before it is drawn out to the page


def scale(low: float, high: float, steps: int = 4) -> list[float]:
    """Round numbers at equal distances that span [low, high] and 0, about `steps` distances of them."""
    low, high = min(low, 0), max(high, 0)
    rough = (high - low) / steps or 1
    power = 10 ** floor(log10(rough))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough * 0.999)
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    return [i * step for i in range(first, max(last, first + 1) + 1)]


@register.inclusion_tag("_components/bar_chart.html")
def bar_chart(points, title: str, unit: str = "", currency: str = "", decimals: int = 0, label: str = ""):
    """Bars over a scale from zero.

    `points` are mappings of label and value and, if wanted, url and note. `unit` stands at the scale; with
    `currency` the values are money. `label` says what the bars stand for, at the head of the table behind.
    """
    values = [float(point["value"] or 0) for point in points]
    ticks = scale(min(values, default=0), max(values, default=0))
    labels = [_compact(tick) for tick in ticks]

    def written(value):
        return figures.money(value, currency) if currency else figures.number(value, decimals)

    return {
        "points": [
            {
                **point,
                **_bar(i, value, count=len(values), ticks=ticks),
                "text": written(point["value"]),
            }
            for i, (point, value) in enumerate(zip(points, values, strict=True))
        ],
        "ticks": [
            {"label": text, "y": _y(tick, ticks), "zero": tick == 0} for tick, text in zip(ticks, labels, strict=True)
        ],
        "gutter": CHARACTER * max(sum(2 if ord(c) > 0x2E80 else 1 for c in text) for text in labels) + 12,
        "links": any("url" in point for point in points),
        "height": HEIGHT,
        "title": title,
        "unit": unit,
        "label": label,
    }


def _compact(value: float) -> str:
    """1.5万 or 15K: what fits at a scale."""
    if abs(value) < 10_000:
        return f"{value:,g}"
    return format_compact_decimal(value, locale=to_locale(get_language() or "en"), fraction_digits=1)


def _y(value: float, ticks: list[float]) -> float:
    return round(HEIGHT * (ticks[-1] - value) / (ticks[-1] - ticks[0]), 1)


def _bar(i: int, value: float, *, count: int, ticks: list[float]) -> dict:
    """Across in percent, so that the chart follows the page and letters keep their size; down in pixels."""
    slot, top, zero = 100 / count, _y(max(value, 0), ticks), _y(min(value, 0), ticks)
    return {
        "x": f"{(i + 0.14) * slot:.3f}%",
        "width": f"{0.72 * slot:.3f}%",
        "middle": f"{(i + 0.5) * slot:.3f}%",
        "slot_x": f"{i * slot:.3f}%",
        "slot_width": f"{slot:.3f}%",
        "y": top,
        "height": round(zero - top, 1),
        "below": value < 0,
        "minor": count > 7 and i % 2 == 1,
        "rare": count > 14 and i % 4 != 0,
    }


@register.inclusion_tag("_components/calibration_chart.html")
def calibration_chart(points, title: str) -> dict:
    """How often came true what was said: mappings of p (said), share (came true) and customers, as dots that should
    lie on the diagonal; a dot's area follows the customers."""
    most = max((point["customers"] for point in points), default=1)
    return {
        "points": [
            {
                **point,
                "x": f"{100 * point['p']:.2f}%",
                "y": round(SQUARE * (1 - point["share"]), 1),
                "radius": round(3 + 6 * (point["customers"] / most) ** 0.5, 1),
            }
            for point in points
        ],
        "ticks": [
            {"label": f"{step}%", "x": f"{step}%", "y": round(SQUARE * (1 - step / 100), 1)}
            for step in range(0, 101, 25)
        ],
        "height": SQUARE,
        "title": title,
    }


@register.inclusion_tag("_components/share_bar.html")
def share_bar(parts, title: str) -> dict:
    """One bar of parts of a whole, and the key to it: mappings of label, value, tone and, if wanted, url."""
    total = sum(part["value"] for part in parts)
    shown, x = [], 0.0
    for part in parts:
        width = 100 * part["value"] / total if total else 0
        shown.append({**part, "x": f"{x:.3f}%", "width": f"{width:.3f}%", "percent": f"{width:.0f}"})
        x += width
    return {"parts": shown, "title": title}


@register.inclusion_tag("_components/sparkline.html")
def sparkline(values, title: str) -> dict:
    """The course of some values as one small line; `title` says it in words."""
    values = [float(value or 0) for value in values]
    low, high = min(values, default=0), max(values, default=0)
    across, down = SPARK_WIDTH / max(len(values) - 1, 1), (SPARK_HEIGHT - 4) / ((high - low) or 1)
    return {
        "line": " ".join(f"{i * across:.1f},{2 + (high - v) * down:.1f}" for i, v in enumerate(values)),
        "title": title,
        "width": SPARK_WIDTH,
        "height": SPARK_HEIGHT,
    }


@register.inclusion_tag("_components/line_chart.html")
def line_chart(points, title: str, now: str, before: str = "", unit: str = "", currency: str = "", label: str = ""):
    """The course of a value as an area, and beside it that of a time `before` as a dashed line.

    `points` are mappings of label, value and before, None where there was none. `now` and `before` name the two;
    `label` says what the points stand for, at the head of the table behind.
    """
    values = [float(point["value"] or 0) for point in points]
    former = [None if point.get("before") is None else float(point["before"]) for point in points]
    ticks = scale(min([*values, *(v for v in former if v is not None)], default=0),
                  max([*values, *(v for v in former if v is not None)], default=0))  # fmt: skip

    def written(value):
        return "" if value is None else figures.money(value, currency) if currency else figures.number(value)

    step = PLOT_WIDTH / max(len(points), 1)
    line = [(round((i + 0.5) * step, 1), _y(value, ticks)) for i, value in enumerate(values)]
    earlier = [(round((i + 0.5) * step, 1), _y(value, ticks)) for i, value in enumerate(former) if value is not None]
    zero = _y(0, ticks)
    return {
        "points": [
            {**_place(i, len(points)), "label": point["label"], "text": written(point["value"]),
             "text_before": written(point.get("before")), "y": line[i][1]}
            for i, point in enumerate(points)
        ],
        "line": _line(line),
        "area": _line([(line[0][0], zero), *line, (line[-1][0], zero)]) if line else "",
        "earlier": _line(earlier),
        "now": now, "before": before, "title": title, "unit": unit, "label": label,
        "width": PLOT_WIDTH, "height": HEIGHT,
        **_scale_beside(ticks),
    }  # fmt: skip


@register.inclusion_tag("_components/stacked_bars.html")
def stacked_bars(points, series, title: str, unit: str = "", label: str = ""):
    """Bars of several parts, one on the other: `points` are mappings of label, values (one of each of the `series`,
    which are their names) and, if wanted, url."""
    totals = [sum(point["values"]) for point in points]
    ticks = scale(0, max(totals, default=0))

    def parts(point, place: int) -> list[dict]:
        found, below = [], 0
        for number, value in enumerate(point["values"], start=1):
            top, bottom = _y(below + value, ticks), _y(below, ticks)
            found.append({"series": number, "y": top, "height": round(bottom - top, 1)})
            below += value
        return found

    return {
        "points": [
            {**point, **_place(i, len(points)), "parts": parts(point, i),
             "texts": [figures.number(value) for value in point["values"]], "text": figures.number(total)}
            for i, (point, total) in enumerate(zip(points, totals, strict=True))
        ],
        "series": [{"number": number, "name": name} for number, name in enumerate(series, start=1)],
        "title": title, "unit": unit, "label": label, "height": HEIGHT,
        "links": any("url" in point for point in points),
        **_scale_beside(ticks),
    }  # fmt: skip


def _place(i: int, count: int) -> dict:
    """Where the i-th of many stands, in percent of the plot's width, and whether its label may go."""
    slot = 100 / count
    return {
        "slot_x": f"{i * slot:.3f}%",
        "slot_width": f"{slot:.3f}%",
        "x": f"{(i + 0.14) * slot:.3f}%",
        "width": f"{0.72 * slot:.3f}%",
        "middle": f"{(i + 0.5) * slot:.3f}%",
        "minor": count > 7 and i % 2 == 1,
        "rare": count > 14 and i % 4 != 0,
        "nameless": count > 20 and i % 2 == 1,
    }


def _scale_beside(ticks: list[float]) -> dict:
    labels = [_compact(tick) for tick in ticks]
    return {
        "ticks": [
            {"label": text, "y": _y(tick, ticks), "zero": tick == 0} for tick, text in zip(ticks, labels, strict=True)
        ],
        "gutter": CHARACTER * max(sum(2 if ord(c) > 0x2E80 else 1 for c in text) for text in labels) + 12,
    }


def _line(points: list[tuple[float, float]]) -> str:
    return " ".join(f"{x},{y}" for x, y in points)
