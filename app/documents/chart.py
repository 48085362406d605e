"""The seats of a month as a step chart, in vectors."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.documents.content import SeatChart
from app.documents.formats import Formats
from app.documents.sheet import ACCENT, ALERT, FAINT, GREY, HATCH, MARGIN, SMALL, TINT, Sheet
from app.documents.words import WORDS

HEIGHT, LEAST_HEIGHT = 46.0, 30.0
"""Of the plot with the labels of its axis: as it is drawn where there is room, and the lowest that can be read."""
_LEFT, _RIGHT, _BELOW, _LABEL = 11.0, 27.0, 6.0, 3.4
_ABOVE, _OVER = 2.0, 4.0
"""Blank above the title, and between it and the plot, where suspended stretches are labelled."""
_HATCH = 1.6
COLUMNS = 600
"""As many places along the axis as print tells apart."""
_MOST_LABELS = 11


@dataclass(frozen=True, slots=True)
class _Plot:
    """Where on the page a chart's instants and seats are."""

    chart: SeatChart
    left: float
    right: float
    top: float
    bottom: float
    most: int

    def x(self, instant: datetime) -> float:
        share = (instant - self.chart.starts_at) / (self.chart.ends_at - self.chart.starts_at)
        return self.left + (self.right - self.left) * share

    def y(self, seats: float) -> float:
        return self.bottom - (self.bottom - self.top) * seats / self.most


def chart_height(sheet: Sheet, chart: SeatChart, formats: Formats, height: float) -> float:
    """What a chart whose plot is so high takes, with its title."""
    return _ABOVE + sheet.paragraph_height(_title(chart, formats), bold=True) + _OVER + height


def draw_chart(sheet: Sheet, chart: SeatChart, formats: Formats, height: float) -> None:
    """The steps of the month, the peak that is charged, what would be free and what was suspended, with its title."""
    sheet.ln(_ABOVE)
    sheet.paragraph(_title(chart, formats), bold=True)
    ticks = seat_ticks(max(chart.peak_seats, *(seats for _, seats in chart.steps)))
    top = sheet.y + _OVER
    plot = _Plot(chart, MARGIN + _LEFT, sheet.w - MARGIN - _RIGHT, top, top + height - _BELOW, ticks[-1])
    _draw_suspensions(sheet, plot, formats)
    _draw_axes(sheet, plot, ticks, formats)
    _draw_steps(sheet, plot)
    _draw_levels(sheet, plot, formats)
    sheet.set_y(top + height)


def _title(chart: SeatChart, formats: Formats) -> str:
    return WORDS[formats.language].chart.format(zone=chart.time_zone)


def seat_ticks(most: int) -> list[int]:
    """From 0 up in even, round steps, at most six of them, to `most` or just above."""
    step = 1
    while step * 5 < most:
        step = step * 5 // 2 if str(step)[0] == "2" else step * 2
    return list(range(0, max(-(-most // step), 1) * step + 1, step))


def thin_steps(chart: SeatChart, columns: int) -> list[tuple[datetime, int]]:
    """No more than four steps for each of so many columns: its first, lowest, highest and last.

    What is left out lies between these, at the same place on paper.
    """
    width = (chart.ends_at - chart.starts_at) / columns
    kept: list[tuple[datetime, int]] = []
    column: list[tuple[datetime, int]] = []
    place = 0
    for step in chart.steps:
        here = int((step[0] - chart.starts_at) / width)
        if here != place:
            kept += _telling(column)
            column, place = [], here
        column.append(step)
    return kept + _telling(column)


def _telling(column: Sequence[tuple[datetime, int]]) -> list[tuple[datetime, int]]:
    if not column:
        return []
    low, high = (of(column, key=lambda step: step[1]) for of in (min, max))
    return sorted({column[0], low, high, column[-1]}, key=column.index)


def _draw_axes(sheet: Sheet, plot: _Plot, ticks: Sequence[int], formats: Formats) -> None:
    sheet.set_line_width(0.15)
    sheet.set_draw_color(FAINT)
    sheet.type(SMALL, color=GREY)
    for tick in ticks:
        height = plot.y(tick)
        sheet.line(plot.left, height, plot.right, height)
        sheet.set_xy(MARGIN, height - _LABEL / 2)
        sheet.cell(_LEFT - 1, _LABEL, formats.count(tick), align="R")
    for day in _axis_days(plot.chart):
        at = plot.x(_midnight(day, plot.chart.time_zone))
        sheet.line(at, plot.bottom, at, plot.bottom + 1)
        sheet.set_xy(at - 10, plot.bottom + 1.4)
        sheet.cell(20, _LABEL, formats.short_day(day), align="C")


def _draw_suspensions(sheet: Sheet, plot: _Plot, formats: Formats) -> None:
    """Hatched from top to bottom, and named above as far as the names have room beside each other."""
    said = WORDS[formats.language].chart_suspended
    sheet.type(SMALL, color=GREY)
    width, taken = sheet.get_string_width(said) + 1, plot.left
    for since, until in plot.chart.suspended:
        left, right = plot.x(since), plot.x(until)
        _hatch(sheet, left, right, plot)
        label = min(max((left + right - width) / 2, plot.left), plot.right - width)
        if label >= taken:
            sheet.set_xy(label, plot.top - _LABEL - 0.2)
            sheet.cell(width, _LABEL, said, align="C")
            taken = label + width


def _hatch(sheet: Sheet, left: float, right: float, plot: _Plot) -> None:
    height = plot.bottom - plot.top
    sheet.set_draw_color(HATCH)
    sheet.set_line_width(0.15)
    with sheet.rect_clip(left, plot.top, right - left, height):
        for place in range(int((right - left + height) / _HATCH) + 1):
            start = left - height + place * _HATCH
            sheet.line(start, plot.bottom, start + height, plot.top)


def _draw_steps(sheet: Sheet, plot: _Plot) -> None:
    points: list[tuple[float, float]] = []
    height = plot.y(0)
    for instant, seats in thin_steps(plot.chart, COLUMNS):
        if points:
            points.append((plot.x(instant), height))
        height = plot.y(seats)
        points.append((plot.x(instant), height))
    points.append((plot.right, height))
    sheet.set_fill_color(TINT)
    sheet.polygon([(plot.left, plot.bottom), *points, (plot.right, plot.bottom)], style="F")
    sheet.set_draw_color(ACCENT)
    sheet.set_line_width(0.35)
    sheet.polyline(points)


def _draw_levels(sheet: Sheet, plot: _Plot, formats: Formats) -> None:
    """Lines across at the peak and at the free threshold, said at the right, and a dot at the peak's instant."""
    words, chart = WORDS[formats.language], plot.chart
    levels = [(chart.peak_seats, words.chart_peak, ALERT)]
    if 0 < chart.free_threshold <= plot.most:
        levels.append((chart.free_threshold, words.chart_free, GREY))
    labels = _apart([plot.y(seats) for seats, _, _ in levels])
    for (seats, said, color), label in zip(levels, labels, strict=True):
        sheet.set_draw_color(color)
        sheet.set_line_width(0.2)
        sheet.set_dash_pattern(dash=0.8, gap=0.8)
        sheet.line(plot.left, plot.y(seats), plot.right, plot.y(seats))
        sheet.set_dash_pattern()
        sheet.type(SMALL, color=color)
        sheet.set_xy(plot.right + 1, label - _LABEL / 2)
        sheet.cell(_RIGHT - 1, _LABEL, said.format(seats=formats.count(seats)))
    sheet.set_fill_color(ALERT)
    at = min(max(chart.peak_at, chart.starts_at), chart.ends_at)
    sheet.circle(plot.x(at), plot.y(chart.peak_seats), 0.9, style="F")
    sheet.set_draw_color(FAINT)


def _apart(heights: Sequence[float]) -> list[float]:
    """The labels' heights, from the top down, the later ones moved so that no two touch."""
    moved: list[float] = []
    for height in heights:
        moved.append(max(height, moved[-1] + _LABEL) if moved else height)
    return moved


def _axis_days(chart: SeatChart) -> list[date]:
    """Days that begin within the period, evenly apart, as many as can be read."""
    zone = ZoneInfo(chart.time_zone)
    first, last = chart.starts_at.astimezone(zone).date(), chart.ends_at.astimezone(zone).date()
    every = -(-((last - first).days + 1) // _MOST_LABELS)
    days = [first + timedelta(days=day) for day in range(0, (last - first).days + 1, every)]
    return [day for day in days if chart.starts_at <= _midnight(day, chart.time_zone) <= chart.ends_at]


def _midnight(day: date, time_zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(time_zone)).astimezone(UTC)
