"""The summary drawn on one page; the same content gives the same bytes."""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import cast

from fpdf import FPDF
from fpdf.enums import MethodReturnValue, XPos, YPos

from courses.curves.rules import Curve, Point
from courses.summary.content import DoseLine, Summary

MARGIN, FOOT = 15.0, 20.0
LINE = 4.4
SMALL, NORMAL, LARGE, TITLE = 7.5, 9.0, 10.5, 16.0
INK, SOFT, BRAND, RULE = (27, 43, 44), (77, 93, 92), (14, 106, 104), (214, 210, 200)
FILL, GOOD = (226, 240, 238), (31, 111, 67)
COLUMNS = 6
# So much of each has a place on the one page; the latest are kept.
MOST_SCORES, MOST_DOSES, MOST_EVENTS, MOST_PLANS = 30, 24, 7, 5
# With more scores than this, the other instruments have one line each.
ROOM_FOR_OTHERS = 18


def draw(summary: Summary, *, font: Path, bold: Path) -> bytes:
    """The page as a PDF; what has no place on it is said in words."""
    paper = _Paper(summary, font, bold)
    for part in (_head, _who, _response, _scores, _doses, _events_and_plan, _foot):
        part(paper, summary)
    return bytes(paper.output())


class _Paper(FPDF):
    """A page in the product's type and colours."""

    def __init__(self, summary: Summary, font: Path, bold: Path) -> None:
        super().__init__(format="letter" if summary.head.is_letter_size else "a4")
        self.add_font("Sans", "", font)
        self.add_font("Sans", "B", bold)
        self.set_auto_page_break(False)
        self.set_margins(MARGIN, 13, MARGIN)
        self.set_creation_date(summary.made_at)
        self.set_title("Summary of a course of treatment")
        self.set_producer("Courseline")
        self.set_lang("en")
        self.add_page()

    def say(
        self,
        text: str,
        *,
        size: float = NORMAL,
        bold: bool = False,
        colour: tuple[int, int, int] = INK,
        width: float = 0,
        next_line: bool = True,
    ) -> None:
        """Words where the pen is; as wide as the page unless said otherwise."""
        self.set_font("Sans", "B" if bold else "", size)
        self.set_text_color(*colour)
        x, y = (XPos.LMARGIN, YPos.NEXT) if next_line else (XPos.RIGHT, YPos.TOP)
        self.cell(width, LINE * size / NORMAL, text, new_x=x, new_y=y)

    @property
    def is_full(self) -> bool:
        """Whether two more lines would come into the foot."""
        return self.get_y() + 2 * LINE > self.h - FOOT

    def paragraph(self, text: str, *, most_lines: int, width: float = 0) -> None:
        """Words over several lines, cut with an ellipsis where there are too many."""
        self.set_font("Sans", "", NORMAL)
        self.set_text_color(*INK)
        found = self.multi_cell(width, LINE, text, dry_run=True, output=MethodReturnValue.LINES)
        lines = [str(line) for line in cast(list[str], found)]
        shown = lines[:most_lines]
        if len(lines) > most_lines:
            shown[-1] = f"{shown[-1].rstrip()} …"
        for line in shown:
            self.cell(width, LINE, line, new_x=XPos.LEFT, new_y=YPos.NEXT)

    def heading(self, text: str) -> None:
        """A part of the page begins."""
        self.ln(2.2)
        self.say(text, size=LARGE, bold=True, colour=BRAND)
        self.set_draw_color(*RULE)
        self.set_line_width(0.2)
        self.line(MARGIN, self.get_y() + 0.3, self.w - MARGIN, self.get_y() + 0.3)
        self.ln(1.4)


def day(on: date) -> str:
    """`4 Mar 2026`."""
    return f"{on.day} {on:%b %Y}"


def figure(value: Decimal) -> str:
    """Without a fraction where there is none."""
    return f"{value.normalize():f}"


def _head(paper: _Paper, summary: Summary) -> None:
    head, release = summary.head, summary.release
    paper.say(head.organization, size=LARGE, bold=True, colour=BRAND)
    paper.say(f"{head.site} · {head.address} · {head.phone}", size=SMALL, colour=SOFT)
    paper.ln(2)
    paper.say("Summary of a course of treatment", size=TITLE, bold=True)
    until = f", good until {day(release.until)}" if release.until else ""
    paper.say(f"For {release.recipient} · {day(summary.made_on)}", bold=True)
    paper.say(
        f"Released under the patient’s consent to {release.recipient},"
        f" signed {day(release.signed_on)}{until}.",
        size=SMALL,
        colour=SOFT,
    )


def _who(paper: _Paper, summary: Summary) -> None:
    paper.heading("Patient and course")
    person, half = summary.person, (paper.w - 2 * MARGIN) / 2
    _fact(paper, "Course", summary.protocol, 2 * half, is_last=True)
    facts = [("Patient", person.name), ("Born", day(person.birth_date)), *summary.course]
    for number, (name, value) in enumerate(facts):
        is_last = number % 2 == 1 or number == len(facts) - 1
        _fact(paper, name, value, half, is_last=is_last)


def _fact(paper: _Paper, name: str, value: str, width: float, *, is_last: bool) -> None:
    paper.say(name, colour=SOFT, width=27, next_line=False)
    shown = _fitted(paper, value, width - 29)
    paper.say(shown, bold=True, width=width - 27, next_line=is_last)


def _fitted(paper: _Paper, text: str, width: float) -> str:
    """The text, cut with an ellipsis where it is wider."""
    paper.set_font("Sans", "B", NORMAL)
    if paper.get_string_width(text) <= width:
        return text
    while text and paper.get_string_width(f"{text}…") > width:
        text = text[:-1]
    return f"{text.rstrip()}…"


def _response(paper: _Paper, summary: Summary) -> None:
    paper.heading("Response")
    for sentence in summary.response:
        paper.paragraph(sentence, most_lines=2)


def _scores(paper: _Paper, summary: Summary) -> None:
    if not summary.curves:
        return
    paper.heading("Scores over time")
    first, *others = summary.curves
    _chart(paper, first, summary.doses)
    _table(paper, first, most=MOST_SCORES)
    room = 2 * COLUMNS if len(first.points) <= ROOM_FOR_OTHERS else COLUMNS
    for curve in others[:2]:
        _table(paper, curve, most=room)


def _table(paper: _Paper, curve: Curve, *, most: int) -> None:
    shown = curve.points[-most:]
    left = len(curve.points) - len(shown)
    note = f"; the {len(shown)} latest of {len(curve.points)}" if left else ""
    paper.ln(0.8)
    paper.say(f"{curve.name} ({curve.low}–{curve.high}{note})", size=SMALL, bold=True)
    _in_columns(paper, [_score(point) for point in shown])


def _score(point: Point) -> str:
    return f"{day(point.on)}: {figure(point.total)}"


def _in_columns(paper: _Paper, texts: Sequence[str], *, columns: int = COLUMNS) -> None:
    width = (paper.w - 2 * MARGIN) / columns
    for number, text in enumerate(texts):
        last = number % columns == columns - 1 or number == len(texts) - 1
        paper.say(text, size=SMALL, width=width, next_line=last)


def _doses(paper: _Paper, summary: Summary) -> None:
    paper.heading("Doses given")
    if not summary.doses:
        paper.say("None yet.")
    shown = summary.doses[-MOST_DOSES:]
    if len(shown) < len(summary.doses):
        paper.say(f"The {len(shown)} latest of {len(summary.doses)}.", size=SMALL, colour=SOFT)
    _in_columns(paper, [_dose(dose) for dose in shown], columns=4)


def _dose(dose: DoseLine) -> str:
    return f"{dose.label} {day(dose.on)}{f', {dose.detail}' if dose.detail else ''}"


def _events_and_plan(paper: _Paper, summary: Summary) -> None:
    paper.heading("What happened, and the plan")
    top, half = paper.get_y(), (paper.w - 2 * MARGIN) / 2
    for event in summary.events[-MOST_EVENTS:]:
        if paper.is_full:
            break
        paper.set_x(MARGIN)
        paper.paragraph(f"{day(event.on)}: {event.text}", most_lines=1, width=half - 4)
    if not summary.events:
        paper.say("Nothing out of the ordinary.", width=half - 4)
    low = paper.get_y()
    paper.set_y(top)
    for sentence in summary.plan[:MOST_PLANS]:
        if paper.is_full:
            break
        paper.set_x(MARGIN + half)
        paper.paragraph(sentence, most_lines=2, width=half)
    paper.set_y(max(low, paper.get_y()))


def _foot(paper: _Paper, summary: Summary) -> None:
    paper.set_y(-FOOT)
    paper.set_draw_color(*RULE)
    paper.line(MARGIN, paper.get_y(), paper.w - MARGIN, paper.get_y())
    paper.ln(1)
    paper.say(
        f"Made by {summary.made_by} on {day(summary.made_on)} from the record of the course."
        " Confidential: for the named recipient alone.",
        size=SMALL,
        colour=SOFT,
    )


HIGH = 36.0


def _chart(paper: _Paper, curve: Curve, doses: Sequence[DoseLine]) -> None:
    """The curve with its thresholds, and a mark below for each dose."""
    left, top = MARGIN + 8, paper.get_y() + 1
    width = paper.w - 2 * MARGIN - 8 - 26
    days = [point.on for point in curve.points]
    days += [dose.on for dose in doses if days and dose.on >= days[0]]
    first, span = min(days), max((max(days) - min(days)).days, 1)

    def across(on: date) -> float:
        return left + 2 + (on - first).days / span * (width - 4)

    def down(total: Decimal | int) -> float:
        return top + HIGH - float(total - curve.low) / (curve.high - curve.low) * HIGH

    _frame(paper, curve, (left, width), down)
    _levels(paper, curve, (left, width), down)
    _marks(paper, [across(dose.on) for dose in doses if dose.on >= first], top + HIGH)
    _line(paper, [(across(point.on), down(point.total)) for point in curve.points])
    paper.set_xy(left, top + HIGH + 2)
    paper.say(day(first), size=SMALL, colour=SOFT, width=width / 2, next_line=False)
    paper.set_font("Sans", "", SMALL)
    paper.cell(width / 2, LINE, day(max(days)), align="R", new_x=XPos.LMARGIN, new_y=YPos.NEXT)


Down = Callable[[Decimal | int], float]


def _frame(paper: _Paper, curve: Curve, across: tuple[float, float], down: Down) -> None:
    left, width = across
    paper.set_line_width(0.1)
    for number, stripe in enumerate(curve.stripes):
        shade = 252 - 7 * number
        paper.set_fill_color(shade, shade, shade - 4)
        high, low = down(min(stripe.high, curve.high)), down(stripe.low)
        paper.rect(left, high, width, low - high, style="F")
    paper.set_draw_color(*RULE)
    paper.rect(left, down(curve.high), width, HIGH)
    for total in (curve.low, curve.high):
        paper.set_xy(MARGIN, down(total) - 1.6)
        paper.set_font("Sans", "", SMALL)
        paper.set_text_color(*SOFT)
        paper.cell(7, 3.2, str(total), align="R")


def _levels(paper: _Paper, curve: Curve, across: tuple[float, float], down: Down) -> None:
    left, width = across
    levels: list[tuple[Decimal | int, str, tuple[int, int, int]]] = []
    if curve.baseline:
        levels.append((curve.baseline.total, f"Baseline {figure(curve.baseline.total)}", SOFT))
    if curve.response_at is not None:
        levels.append((curve.response_at, f"Response {figure(curve.response_at)}", GOOD))
    if curve.remission_max is not None:
        levels.append((curve.remission_max, f"Remission {figure(curve.remission_max)}", GOOD))
    paper.set_dash_pattern(dash=1.2, gap=1)
    for total, words, colour in levels:
        paper.set_draw_color(*colour)
        paper.line(left, down(total), left + width, down(total))
        paper.set_xy(left + width + 1, down(total) - 1.6)
        paper.set_font("Sans", "", 6.5)
        paper.set_text_color(*colour)
        paper.cell(25, 3.2, words)
    paper.set_dash_pattern()


def _marks(paper: _Paper, places: Sequence[float], low: float) -> None:
    paper.set_fill_color(*BRAND)
    for x in places:
        paper.polygon([(x, low - 2), (x + 1.1, low), (x - 1.1, low)], style="F")


def _line(paper: _Paper, dots: Sequence[tuple[float, float]]) -> None:
    paper.set_draw_color(*INK)
    paper.set_fill_color(*INK)
    paper.set_line_width(0.35)
    if len(dots) > 1:
        paper.polyline(list(dots))
    for x, y in dots:
        paper.circle(x, y, 0.7, style="F")
