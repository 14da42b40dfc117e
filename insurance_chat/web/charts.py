"""Charts drawn by the browser from what the page has; the same figures stand in a table below."""

from __future__ import annotations

from collections.abc import Sequence

from nicegui import ui

_COLOURS = ["#4d86e0", "#2f9e63", "#d18a1f", "#b3568f"]
_SOFT = "#7d8896"  # readable on light and on dark
_TURNED = 10  # names from which they are written aslant


def bars(title: str, names: Sequence[str], series: Sequence[tuple[str, Sequence[int]]]) -> None:
    """Groups of columns.

    Args:
        title: what is shown, for the legend's screen reader text.
        names: names of the groups.
        series: a name and one number for each group.
    """
    labels = {"color": _SOFT, "rotate": 40 if len(names) > _TURNED else 0}
    options = {
        "aria": {
            "enabled": True,
            "label": {"description": f"{title}. Те же числа — в таблице ниже."},
        },
        "color": _COLOURS,
        "tooltip": {"trigger": "axis", "confine": True},
        "legend": {"top": 0, "textStyle": {"color": _SOFT}, "type": "scroll"},
        "grid": {"left": 8, "right": 8, "top": 40, "bottom": 8, "containLabel": True},
        "xAxis": {"type": "category", "data": list(names), "axisLabel": labels},
        "yAxis": {
            "type": "value",
            "minInterval": 1,
            "axisLabel": {"color": _SOFT},
            "splitLine": {"lineStyle": {"color": _SOFT, "opacity": 0.25}},
        },
        "series": [
            {"name": name, "type": "bar", "barMaxWidth": 28, "data": list(values)}
            for name, values in series
        ],
    }
    chart = ui.echart(options, renderer="svg").classes("chart")
    chart.props('role="img"')
    chart.props["aria-label"] = f"{title}. Те же числа — в таблице ниже."
