"""Charts for the documents, in one quiet style."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import cos, pi, sin
from typing import Any

from reportlab.graphics.charts.barcharts import VerticalBarChart
from reportlab.graphics.charts.legends import Legend
from reportlab.graphics.charts.linecharts import HorizontalLineChart
from reportlab.graphics.charts.piecharts import Pie
from reportlab.graphics.shapes import Circle, Drawing, Line, Polygon, String
from reportlab.lib.colors import HexColor, white
from reportlab.lib.units import mm

COLOURS = [HexColor(c) for c in ("#2f7bb0", "#e8833a", "#4f9a5f", "#b5517a", "#d9a93c", "#6a5fb0")]
GREY, LINE = HexColor("#62707c"), HexColor("#d5dde3")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
Series = Mapping[str, Sequence[float]]


def bars(
    names: Sequence[str], series: Series, *, unit: str, width_mm: float = 166, height_mm: float = 86
) -> Drawing:
    """Draw columns, one colour per series, with the unit above the axis."""
    sheet, chart = _axes(VerticalBarChart(), names, series, unit, width_mm, height_mm)
    chart.groupSpacing, chart.barSpacing = 8, 1
    for i in range(len(series)):
        chart.bars[i].fillColor = COLOURS[i]
        chart.bars[i].strokeColor = None
    return sheet


def lines(
    names: Sequence[str], series: Series, *, unit: str, width_mm: float = 166, height_mm: float = 86
) -> Drawing:
    """Draw one line per series over the names."""
    sheet, chart = _axes(HorizontalLineChart(), names, series, unit, width_mm, height_mm)
    for i in range(len(series)):
        chart.lines[i].strokeColor = COLOURS[i]
        chart.lines[i].strokeWidth = 2.2
    return sheet


def _axes(
    chart: Any, names: Sequence[str], series: Series, unit: str, width_mm: float, height_mm: float
) -> tuple[Drawing, Any]:
    """Place a chart in a drawing: quiet grid, unit, legend when there is more than one series."""
    sheet = Drawing(width_mm * mm, height_mm * mm)
    chart.x, chart.y = 34, 20
    chart.width, chart.height = sheet.width - 44, sheet.height - 48
    chart.data = [list(values) for values in series.values()]
    chart.categoryAxis.categoryNames = list(names)
    lowest = min(min(values) for values in series.values())
    chart.valueAxis.valueMin = min(0, lowest)
    chart.valueAxis.visibleGrid, chart.valueAxis.gridStrokeColor = 1, LINE
    chart.valueAxis.strokeColor = None
    chart.categoryAxis.strokeColor = GREY
    for axis in (chart.categoryAxis, chart.valueAxis):
        axis.labels.fontName, axis.labels.fontSize, axis.labels.fillColor = "Helvetica", 10, GREY
        axis.visibleTicks = 0
    sheet.add(chart)
    sheet.add(String(0, sheet.height - 10, unit, fontName="Helvetica", fontSize=10, fillColor=GREY))
    if len(series) > 1:
        sheet.add(_legend(list(series), sheet.width - 10, sheet.height - 4))
    return sheet, chart


def _legend(names: Sequence[str], x: float, y: float) -> Legend:
    legend = Legend()
    legend.boxAnchor, legend.x, legend.y = "ne", x, y
    legend.columnMaximum, legend.alignment = 1, "right"
    legend.fontName, legend.fontSize, legend.deltax = "Helvetica", 10, 84
    legend.strokeWidth, legend.dxTextSpace = 0, 5
    legend.dx = legend.dy = 9
    legend.colorNamePairs = list(zip(COLOURS, names, strict=False))
    return legend


def pie(shares: Mapping[str, float], *, width_mm: float = 166, height_mm: float = 70) -> Drawing:
    """Draw a pie with its legend to the right; shares are in percent."""
    sheet = Drawing(width_mm * mm, height_mm * mm)
    chart = Pie()
    chart.width = chart.height = sheet.height - 16
    chart.x, chart.y = 20, 8
    chart.data = list(shares.values())
    chart.labels = None
    chart.slices.strokeColor, chart.slices.strokeWidth = white, 1.5
    for i in range(len(shares)):
        chart.slices[i].fillColor = COLOURS[i]
    legend = _legend([f"{name}  {share:g} %" for name, share in shares.items()], 0, 0)
    legend.boxAnchor, legend.x, legend.y = "w", chart.x + chart.width + 40, sheet.height / 2
    legend.columnMaximum, legend.fontSize, legend.deltay = 8, 12, 22
    sheet.add(chart)
    sheet.add(legend)
    return sheet


def rose(days: Mapping[str, float], *, size_mm: float = 100) -> Drawing:
    """Draw a wind rose: one petal per direction, clockwise from north, as long as its days."""
    sheet = Drawing(size_mm * mm, size_mm * mm)
    middle, reach, most = sheet.width / 2, sheet.width * 0.4, max(days.values())
    for share in (1 / 3, 2 / 3, 1):
        sheet.add(Circle(middle, middle, reach * share, fillColor=None, strokeColor=LINE))
    for i, (name, count) in enumerate(days.items()):
        angle = pi / 2 - 2 * pi * i / len(days)
        length, half = reach * count / most, pi / len(days) * 0.8
        sheet.add(
            Line(
                middle,
                middle,
                middle + reach * cos(angle),
                middle + reach * sin(angle),
                strokeColor=LINE,
            )
        )
        tips = [
            c
            for a in (angle - half, angle + half)
            for c in (middle + length * cos(a), middle + length * sin(a))
        ]
        sheet.add(Polygon([middle, middle, *tips], fillColor=COLOURS[0], strokeColor=white))
        x, y = middle + reach * 1.13 * cos(angle), middle + reach * 1.13 * sin(angle)
        sheet.add(
            String(
                x,
                y - 3,
                f"{name} {count:g}",
                textAnchor="middle",
                fontName="Helvetica-Bold",
                fontSize=9,
                fillColor=GREY,
            )
        )
    return sheet
