"""A PDF as a viewer reads it: its words, where they stand, its fonts, and what it says of itself."""

import io
from dataclasses import dataclass
from typing import Any

import pypdf
import pypdfium2

Box = tuple[float, float, float, float]
"""Left, bottom, right, top, in points from the page's corner."""


@dataclass(frozen=True, slots=True)
class Page:
    """What can be read on a page. Blanks of any width are plain ones in `lines`."""

    lines: list[str]
    boxes: list[Box]
    size: tuple[float, float]


def pages_of(pdf: bytes) -> list[Page]:
    with pypdfium2.PdfDocument(pdf) as document:
        return [_page(page) for page in document]


def text_of(pdf: bytes) -> str:
    """All lines of all pages."""
    return "\n".join(line for page in pages_of(pdf) for line in page.lines)


def reader(pdf: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(pdf))


def fonts_of(pdf: bytes) -> dict[str, bool]:
    """Every font that a page uses, and whether it is embedded."""
    found: dict[str, bool] = {}
    for page in reader(pdf).pages:
        fonts: Any = page["/Resources"]["/Font"]  # type: ignore[index]
        for font in fonts.values():
            descendant = font.get_object()["/DescendantFonts"][0].get_object()
            name = str(font.get_object()["/BaseFont"]).rpartition("+")[2]
            found[name] = "/FontFile2" in descendant["/FontDescriptor"].get_object()
    return found


def outside(page: Page, margin: float = 0.0) -> list[Box]:
    """The boxes of text that are not on the page, or nearer to its edges than the margin, in points."""
    width, height = page.size
    return [
        box
        for box in page.boxes
        if box[0] < margin or box[1] < margin or box[2] > width - margin or box[3] > height - margin
    ]


def overlaps(page: Page) -> list[tuple[Box, Box]]:
    """Boxes of text of which one covers some of another, by more than half a point both ways."""
    return [
        (one, other)
        for place, one in enumerate(page.boxes)
        for other in page.boxes[place + 1 :]
        if min(one[2], other[2]) - max(one[0], other[0]) > 0.5 and min(one[3], other[3]) - max(one[1], other[1]) > 0.5
    ]


def _page(page: pypdfium2.PdfPage) -> Page:
    text = page.get_textpage()
    lines = [" ".join(line.split()) for line in text.get_text_bounded().splitlines()]
    boxes = [text.get_rect(place) for place in range(text.count_rects())]
    return Page([line for line in lines if line], boxes, page.get_size())
