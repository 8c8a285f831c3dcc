"""A bank's maps as one sheet or as pages: every map whole, in order, with lines between."""

import numpy as np
import pytest

from convfilter.images.sheet import as_pages, as_sheet

DTYPES = ("uint8", "uint16", "int32", "float32")


def maps_of(count, dtype, size=(3, 4)):
    numbers = np.arange(count * size[0] * size[1]).reshape(count, *size)
    return np.moveaxis(numbers, 0, 2).astype(dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("count", "rows", "columns"),
    [
        (1, 1, 1),
        (2, 1, 2),
        (4, 2, 2),
        (5, 2, 3),
        (6, 2, 3),
        (7, 3, 3),
        (9, 3, 3),
        (16, 4, 4),
        (17, 4, 5),
    ],
)
def test_maps_lie_row_by_row(count, rows, columns, dtype):
    maps = maps_of(count, dtype)
    sheet, said = as_sheet(maps)
    assert sheet.dtype == dtype
    assert sheet.shape == (rows * 4 - 1, columns * 5 - 1)
    assert said == f"{count} maps as a sheet of {rows}×{columns}, row by row"
    white = 255 if dtype == "uint8" else maps.max()
    seen = np.zeros(sheet.shape, bool)
    for number in range(count):
        row, column = number // columns * 4, number % columns * 5
        part = slice(row, row + 3), slice(column, column + 4)
        assert np.array_equal(sheet[part], maps[:, :, number])
        seen[part] = True
    assert (sheet[~seen] == white).all()


@pytest.mark.parametrize("dtype", DTYPES)
def test_pages_are_the_maps_in_order(dtype):
    maps = maps_of(5, dtype)
    pages = as_pages(maps)
    assert len(pages) == 5
    for number, page in enumerate(pages):
        assert page.flags.c_contiguous
        assert page.dtype == dtype
        assert np.array_equal(page, maps[:, :, number])


def test_lines_do_not_widen_the_range_that_viewers_stretch():
    maps = np.float32([[[-3, -2, np.inf, np.nan]]])
    sheet, _ = as_sheet(maps)
    assert sheet[1, 0] == -2
    assert (as_sheet(np.full((2, 2, 5), np.nan, np.float32))[0][2] == 0).all()
    dark = as_sheet(np.full((2, 2, 4), 300, np.uint16))[0]
    assert dark.max() == 300


def test_maps_that_do_not_lie_in_order_in_memory_are_the_same():
    maps = np.asfortranarray(maps_of(6, "float32"))[::-1, :, ::-1]
    straight = np.ascontiguousarray(maps)
    assert np.array_equal(as_sheet(maps)[0], as_sheet(straight)[0])
    assert np.array_equal(as_pages(maps), as_pages(straight))
