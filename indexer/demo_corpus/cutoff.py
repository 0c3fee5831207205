"""Does "good matches end here" keep its promise? Measured on the demo corpus, written as a page."""

from __future__ import annotations

import argparse
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from indexer.calibration import Calibration
from indexer.cutoff import ALPHA
from indexer.demo_corpus.check import DemoQuery, Searchable, load_queries
from indexer.types import Hit, Modality

QUESTIONS = Path(__file__).with_name("cutoff.toml")
DEPTH = 10
SHARES = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5)
WIDTH, HEIGHT, MARGIN = 560, 420, 56
COLOURS = ("#c2410c", "#1d4ed8", "#15803d")


@dataclass(frozen=True, slots=True)
class Series:
    """Questions of one sort: for each the chance of the hit that counts, 1 where there is none."""

    name: str
    chances: tuple[float, ...]

    def share(self, alpha: float) -> float:
        """Return the share of the questions whose hit is above the line for this alpha."""
        return sum(chance <= alpha for chance in self.chances) / len(self.chances)

    def count(self, alpha: float) -> str:
        above = sum(chance <= alpha for chance in self.chances)
        return f"{above} of {len(self.chances)}"


def load_nothing(name: str, path: Path = QUESTIONS) -> tuple[str, ...]:
    """Read questions that nothing in the demo corpus answers: `seen` or `unseen`."""
    return tuple(tomllib.loads(path.read_text(encoding="utf-8"))[name])


def measure_nothing(index: Searchable, name: str, questions: Sequence[str]) -> Series:
    """Ask questions without a match; what counts is the best chance of any hit."""
    found = [index.search(question, limit=DEPTH) for question in questions]
    return Series(name, tuple(_best(hits) for hits in found))


def measure_matches(index: Searchable, name: str, queries: Sequence[DemoQuery]) -> Series:
    """Ask questions with a match; what counts is the chance of the right unit."""
    chances = []
    for query in queries:
        hits = index.search(query.text, limit=DEPTH)
        right = [hit for hit in hits if any(unit.is_found_in(hit) for unit in query.accepted)]
        chances.append(_best(right))
    return Series(name, tuple(chances))


def _best(hits: Sequence[Hit]) -> float:
    return min((hit.chance for hit in hits if hit.chance is not None), default=1.0)


def to_markdown(
    series: Sequence[Series], calibration: Calibration, *, model: str, command: str, plot: str
) -> str:
    """Show what was promised and what was seen."""
    first = series[0]
    lines = [
        "# Where good matches end",
        "",
        f"Written by `{command}` with the model `{model}`, on the demo corpus of",
        f"{calibration.units} units. The line is drawn where a question without a match would show",
        f"as good a hit in {ALPHA:.0%} of the cases. `indexer/calibration.py` says how that is",
        "learned, from generated questions and none of those below, which stand in",
        "`indexer/demo_corpus/cutoff.toml`.",
        "",
        f"**Of questions without a match, never looked at before, {first.count(ALPHA)} show a hit",
        f"above the line: {first.share(ALPHA):.0%}, where at most {ALPHA:.0%} was stated.**",
        "",
        f"![Stated against observed share]({plot})",
        "",
        "| stated share | " + " | ".join(one.name for one in series) + " |",
        "|---" * (len(series) + 1) + "|",
        *(
            f"| {alpha:.0%} | " + " | ".join(f"{one.share(alpha):.0%}" for one in series) + " |"
            for alpha in SHARES
        ),
        "",
        "The first two columns should be at most the stated share. The others should be high:",
        f"there the right unit must be among the first {DEPTH} hits and above the line. "
        + "; ".join(f"{one.name}: {one.count(ALPHA)}" for one in series)
        + ".",
        "",
        f"The line at {ALPHA:.0%}, for one leg alone (cosines; for words the weighted share of the",
        "question's words that a unit holds):",
        "",
        "| kind | leg | median of the best hits of strangers | the line |",
        "|---|---|---|---|",
        *_lines(calibration),
    ]
    return "\n".join(lines) + "\n"


def _lines(calibration: Calibration) -> list[str]:
    rows = []
    for kind, leg in sorted(calibration.best):
        scores = sorted(calibration.best[kind, leg].tolist())
        line = calibration.cutoff(kind, leg, alpha=ALPHA)
        rows.append(f"| {kind.value} | {leg} | {scores[len(scores) // 2]:.3f} | {line:.3f} |")
    return rows


def to_svg(series: Sequence[Series]) -> str:
    """Plot the observed share against the stated one; the diagonal is the promise."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<path d="M{_x(0):.1f} {_y(0):.1f}L{_x(0.5):.1f} {_y(0.5):.1f}" stroke="#6b7280" '
        'stroke-dasharray="5 4" fill="none"/>',
        _text(_x(0.43), _y(0.38), "as stated", "#6b7280"),
    ]
    for step in range(6):
        share = step / 10
        parts.append(_rule(_x(share), _y(0), _x(share), _y(1)))
        parts.append(_text(_x(share), _y(0) + 18, f"{share:.0%}", "#374151", anchor="middle"))
    for step in range(0, 11, 2):
        share = step / 10
        parts.append(_rule(_x(0), _y(share), _x(0.5), _y(share)))
        parts.append(_text(_x(0) - 8, _y(share) + 4, f"{share:.0%}", "#374151", anchor="end"))
    for place, one in enumerate(series):
        colour = COLOURS[place % len(COLOURS)]
        steps = [n / 100 for n in range(51)]
        points = " ".join(f"{_x(alpha):.1f},{_y(one.share(alpha)):.1f}" for alpha in steps)
        column, row = divmod(place, len(COLOURS))
        dash, mark = (' stroke-dasharray="2 3"', "····") if column else ("", "—")
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>'
        )
        label = f"{mark} {one.name} ({one.count(ALPHA)} at {ALPHA:.0%})"
        parts.append(_text(_x(0.25 * column), 18 + 16 * row, label, colour))
    foot = "stated share of questions without a match"
    parts.append(_text(_x(0.25), HEIGHT - 8, foot, "#374151", anchor="middle"))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _x(share: float) -> float:
    return MARGIN + share / 0.5 * (WIDTH - 2 * MARGIN)


def _y(share: float) -> float:
    top = MARGIN + 30
    return HEIGHT - 50 - share * (HEIGHT - 50 - top)


def _rule(x0: float, y0: float, x1: float, y1: float) -> str:
    return f'<path d="M{x0:.1f} {y0:.1f}L{x1:.1f} {y1:.1f}" stroke="#e5e7eb" fill="none"/>'


def _text(x: float, y: float, text: str, colour: str, *, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" text-anchor="{anchor}">{text}</text>'


def main() -> None:
    """Ask the index that the settings name, and write the page with its plot."""
    from indexer import Index

    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--write", type=Path, required=True, help="the page; the plot lies beside")
    page: Path = parser.parse_args().write
    plot = page.with_suffix(".svg")
    with Index.open() as index:
        calibration = index.calibrate()
        if calibration is None:
            raise SystemExit("nothing is indexed that could be calibrated: ingest the demo corpus")
        tuned = load_queries(QUESTIONS)
        series = [
            measure_nothing(index, "no match, unseen", load_nothing("unseen")),
            measure_nothing(index, "no match, seen", load_nothing("seen")),
            measure_matches(index, "the 20 demo queries", load_queries()),
            *(
                measure_matches(
                    index, f"tuning, {kind.value}", [one for one in tuned if one.kind == kind]
                )
                for kind in Modality
            ),
        ]
        model = index.status().model
    command = "make cutoff"
    text = to_markdown(series, calibration, model=model, command=command, plot=plot.name)
    page.write_text(text, encoding="utf-8")
    plot.write_text(to_svg(series), encoding="utf-8")
    print(f"{series[0].name}: {series[0].count(ALPHA)} above the line: {page}")


if __name__ == "__main__":
    main()
