"""A document's pages: A4, fonts embedded, page numbers, and blocks that wrap and go on over pages."""

import unicodedata
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal, NamedTuple

from fpdf import FPDF
from fpdf.enums import MethodReturnValue, TableBordersLayout, VAlign
from fpdf.fonts import FontFace, TTFFont
from typing_extensions import override

from app.documents.content import Language

FONTS = Path(__file__).with_name("fonts")
_FAMILY = "Noto Sans"
_FILES = {"": "NotoSans-Regular.ttf", "B": "NotoSans-Bold.ttf"}
UNKNOWN = "\ufffd"
"""Printed for a character that the font does not have: seen to be missing, and in no other's place."""

INK, GREY, FAINT, HATCH = "#1d2330", "#5b6472", "#d5d9e0", "#aeb5c0"
ACCENT, TINT, ALERT = "#1f5fa8", "#dfeaf7", "#b3261e"
MARGIN = 18.0
"""Millimeters, as all lengths here; sizes of type are in points."""
HEADING, BODY, SMALL, LEAST = 11.0, 9.0, 7.5, 5.0
_LEADING = 1.35
_PAD = 1.2


class Column(NamedTuple):
    """A column of a table. What is whole is never broken; texts share the room that is left."""

    title: str
    is_whole: bool
    align: Literal["LEFT", "RIGHT"]


def text_column(title: str) -> Column:
    return Column(title, is_whole=False, align="LEFT")


def day_column(title: str) -> Column:
    return Column(title, is_whole=True, align="LEFT")


def number_column(title: str) -> Column:
    return Column(title, is_whole=True, align="RIGHT")


class Sheet(FPDF):
    """The same content gives the same bytes: nothing here asks a clock or draws at random."""

    def __init__(self, title: str, author: str, language: Language, created_at: datetime) -> None:
        super().__init__(format="A4", unit="mm")
        self.set_title(title)
        self.set_author(author)
        self.set_creator("Seatmark")
        self.set_lang(language.value)
        self.set_creation_date(created_at)
        self.foot = title
        for style, file in _FILES.items():
            self.add_font(_FAMILY, style, FONTS / file)
        fonts = [font for font in self.fonts.values() if isinstance(font, TTFFont)]
        self.known = frozenset.intersection(*(frozenset(font.cmap) for font in fonts)) | {ord("\n")}
        self.set_margins(MARGIN, MARGIN)
        self.set_auto_page_break(auto=True, margin=MARGIN)
        self.set_draw_color(FAINT)
        self.type()
        self.add_page()

    def type(self, size: float = BODY, *, bold: bool = False, color: str = INK) -> None:
        """The type of what follows."""
        self.set_font(_FAMILY, "B" if bold else "", size)
        self.set_text_color(color)

    @override
    def normalize_text(self, text: str) -> str:
        """Composed, and with nothing in it that the font lacks."""
        composed = unicodedata.normalize("NFC", text.expandtabs(1))
        return super().normalize_text("".join(one if ord(one) in self.known else UNKNOWN for one in composed))

    @override
    def footer(self) -> None:
        """What document it is, and which of how many pages."""
        self.set_y(-12)
        self.type(SMALL, color=GREY)
        self.cell(self.epw - 20, 4, self.foot)
        # The total is known only at the end: it stands left in a cell of its own, so that its width does not matter.
        self.cell(14, 4, f"{self.page_no()}\u00a0/", align="R")
        self.set_x(self.x - 1)
        self.cell(6, 4, "{nb}")

    def heading(self, text: str) -> None:
        """Stays with what follows it."""
        if self.will_page_break(22):
            self.add_page()
        self.ln(4)
        self.paragraph(text, size=HEADING, bold=True)
        self.ln(1)

    def heading_height(self, text: str) -> float:
        """What `heading` takes."""
        return 5 + self.paragraph_height(text, size=HEADING, bold=True)

    def paragraph_height(self, text: str, *, size: float = BODY, bold: bool = False) -> float:
        """What `paragraph` takes."""
        self.type(size, bold=bold)
        return self._height(text, self.epw)

    @property
    def room(self) -> float:
        """What is left of the page."""
        return self.page_break_trigger - self.y

    def paragraph(self, text: str, *, size: float = BODY, bold: bool = False, color: str = INK) -> None:
        """Over the whole width, as many lines as it takes."""
        self.type(size, bold=bold, color=color)
        self.multi_cell(self.epw, leading(size), text, align="L", new_x="LMARGIN", new_y="NEXT")

    def facts(self, rows: Sequence[tuple[str, str]]) -> None:
        """Labels and what they say."""
        self.type()
        with self.table(
            width=self.epw,
            col_widths=(1, 4),
            text_align="LEFT",
            v_align=VAlign.T,
            borders_layout=TableBordersLayout.NONE,
            first_row_as_headings=False,
            line_height=leading(BODY),
            padding=(0, _PAD, 0.4, 0),
        ) as table:
            for label, value in rows:
                row = table.row()
                row.cell(label, style=FontFace(color=GREY))
                row.cell(value)

    def side_by_side(self, left: Sequence[str], right: Sequence[str]) -> None:
        """Two columns of lines, the first of each a label and the second in bold, on one page."""
        self.ln(3)
        width = self.epw / 2
        columns = [[" ".join(line.split()) for line in lines] for lines in (left, right)]
        if self.will_page_break(max(self._column_height(lines, width) for lines in columns)):
            self.add_page()
        top, bottoms = self.y, []
        for place, lines in enumerate(columns):
            self.set_y(top)
            for row, line in enumerate(lines):
                self._type_of(row)
                self.set_x(MARGIN + place * width)
                self.multi_cell(width, leading(BODY), line, align="L", new_x="LEFT", new_y="NEXT")
            bottoms.append(self.y)
        self.set_y(max(bottoms))

    def _type_of(self, row: int) -> None:
        """Of a column: its label, its first line in bold, the rest."""
        self.type(bold=row == 1, color=GREY if row == 0 else INK)

    def _column_height(self, lines: Sequence[str], width: float) -> float:
        height = 0.0
        for row, line in enumerate(lines):
            self._type_of(row)
            height += self._height(line, width)
        return height

    def _height(self, text: str, width: float) -> float:
        """Of a text as it would be printed here."""
        lines = self.multi_cell(width, 1, text, align="L", dry_run=True, output=MethodReturnValue.LINES)
        assert isinstance(lines, list), "asked for the lines"
        return len(lines) * leading(self.font_size_pt)

    def notice(self, text: str, *, color: str = ACCENT) -> None:
        """Set off by a bar beside it."""
        self.ln(1.5)
        top, page = self.y, self.page
        self.set_left_margin(MARGIN + 3)
        self.paragraph(text, color=color)
        self.set_left_margin(MARGIN)
        self.set_x(MARGIN)
        if self.page == page:
            self.set_draw_color(color)
            self.set_line_width(0.8)
            self.line(MARGIN + 0.4, top, MARGIN + 0.4, self.y)
            self.set_line_width(0.2)
            self.set_draw_color(FAINT)

    def grid(self, columns: Sequence[Column], rows: Sequence[Sequence[str]], bold: Sequence[int] = ()) -> None:
        """A table whose headings are repeated on every page. The rows whose places are in `bold` are so."""
        size, widths = self._fit(columns, rows)
        self.type(size)
        with self.table(
            width=self.epw,
            col_widths=widths,
            text_align=tuple(column.align for column in columns),
            v_align=VAlign.T,
            borders_layout=TableBordersLayout.HORIZONTAL_LINES,
            headings_style=FontFace(emphasis="B", color=GREY),
            line_height=leading(size),
            padding=(_PAD, _PAD),
        ) as table:
            table.row([column.title for column in columns])
            for place, row in enumerate(rows):
                table.row(row, style=FontFace(emphasis="B") if place in bold else None)

    def sums(self, rows: Sequence[tuple[str, str]], bold: int) -> None:
        """What it adds up to, at the right; the row `bold` is the one that counts. Not torn apart."""
        size = BODY
        while size > LEAST and max(self._width(value, size + 2) for _, value in rows) > self.epw * 0.6:
            size -= 0.5
        values = max(self._width(value, size + 2) for _, value in rows) + 4 * _PAD
        self.type(size + 2, bold=True)
        labels = sum(self._height(label, self.epw - values - 4 * _PAD) for label, _ in rows)
        if self.will_page_break(labels + len(rows) * 1.5):
            self.add_page()
        self.ln(2)
        self.type(size)
        with self.table(
            width=self.epw,
            col_widths=(self.epw - values, values),
            text_align=("RIGHT", "RIGHT"),
            v_align=VAlign.B,
            borders_layout=TableBordersLayout.NONE,
            first_row_as_headings=False,
            line_height=leading(size),
            padding=(0.5, _PAD),
        ) as table:
            for place, (label, value) in enumerate(rows):
                style = FontFace(emphasis="B", size_pt=size + 2) if place == bold else None
                row = table.row(style=style)
                row.cell(label)
                row.cell(value)

    def _fit(self, columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> tuple[float, list[float]]:
        """The largest type in which numbers stand unbroken and texts have room, and the columns' widths."""
        size = BODY
        texts = sum(not column.is_whole for column in columns)
        while True:
            widths = [self._column(column, [row[place] for row in rows], size) for place, column in enumerate(columns)]
            rest = self.epw - sum(widths)
            if rest >= texts * 38 * size / BODY or size <= LEAST:
                break
            size -= 0.5
        return size, [width if columns[place].is_whole else rest / texts for place, width in enumerate(widths)]

    def _column(self, column: Column, cells: Sequence[str], size: float) -> float:
        """What a column takes in which nothing is broken, its title in at most two lines; nothing for a text."""
        if not column.is_whole:
            return 0.0
        words = column.title.split(" ")
        breaks = [(" ".join(words[:place]), " ".join(words[place:])) for place in range(len(words))]
        title = min(max(self._width(line, size) for line in lines) for lines in breaks)
        return max([title, *(self._width(cell, size) for cell in cells)]) + 2 * _PAD + 0.6

    def _width(self, text: str, size: float) -> float:
        """Set in bold, which takes more."""
        self.set_font(_FAMILY, "B", size)
        return self.get_string_width(text)


def leading(size: float) -> float:
    """From line to line, in millimeters, for type of so many points."""
    return size * _LEADING * 25.4 / 72
