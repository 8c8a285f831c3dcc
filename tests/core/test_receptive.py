"""Receptive fields and costs: numbers of courses and papers, and fields found by looking."""

import numpy as np
import pytest

from convfilter.core.conv import output_shape
from convfilter.core.cost import cost_of
from convfilter.core.geometry import make_geometry
from convfilter.core.receptive import field_through
from convfilter.core.reference import correlate
from convfilter.core.spec import parse_padding

# (kernel, stride, dilation, padding) of each step.
CHAINS = [
    [(3, 1, 1, "valid")],
    [(5, 2, 1, "valid"), (3, 1, 1, "valid")],
    [(3, 1, 1, "same"), (3, 2, 1, "same"), (3, 1, 2, "same")],
    [(2, 1, 1, "same-lower"), (4, 3, 1, "full")],
    [(3, 2, 2, "0,0,2,1"), (1, 2, 1, "valid"), (2, 1, 3, "valid")],
]


def axes_of(chain, size):
    axes = []
    for kernel, stride, dilation, padding in chain:
        geometry = make_geometry(
            (1, size), (1, kernel), (1, stride), (1, dilation), parse_padding(padding)
        )
        axes.append(geometry.columns)
        size = geometry.columns.out
    return axes


@pytest.mark.parametrize("chain", CHAINS)
def test_a_field_holds_just_the_pixels_that_a_result_depends_on(chain):
    """Every pixel is changed by itself; what changes in the results tells who sees it."""
    size = 40
    axes = axes_of(chain, size)
    field = field_through(axes)[-1]

    def results(row):
        for axis in axes:
            stride, dilation = (1, axis.stride), (1, axis.dilation)
            pads = (0, 0, axis.before, axis.after)
            ones = np.ones((1, axis.kernel))
            row = correlate(row, ones, stride=stride, dilation=dilation, padding=pads)
        return row[0]

    still = results(np.zeros((1, size)))
    seen = {number: [] for number in range(len(still))}
    for place in range(size):
        row = np.zeros((1, size))
        row[0, place] = 1
        for number in np.flatnonzero(results(row) != still):
            seen[int(number)].append(place)
    for number, places in seen.items():
        first = field.start + number * field.jump
        last = first + field.size - 1
        assert min(places) >= max(0, first)
        assert max(places) <= min(size - 1, last)
        if first >= 0 and last < size:  # nothing of it lies in the padding
            assert (min(places), max(places)) == (first, last)


def test_fields_grow_by_the_published_formula():
    """VGG-16's five blocks of 3×3 with pooling of 2 between them see 212 pixels (Araujo et al.)."""
    layers = [2, 2, 3, 3, 3]
    chain = []
    for count in layers:
        chain += [(3, 1, 1, "same")] * count + [(2, 2, 1, "valid")]
    field = field_through(axes_of(chain, 224))[-1]
    assert (field.size, field.jump) == (212, 32)


def test_three_small_kernels_see_as_much_as_a_large_one():
    sizes = [field.size for field in field_through(axes_of([(3, 1, 1, "valid")] * 3, 20))]
    assert sizes == [3, 5, 7]
    dilated = [(3, 1, 1, "valid"), (3, 1, 2, "valid"), (3, 1, 4, "valid")]
    assert [field.size for field in field_through(axes_of(dilated, 20))] == [3, 7, 15]


def test_the_first_results_middle_is_where_its_field_is():
    field = field_through(axes_of([(5, 1, 1, "same")], 9))[-1]
    assert (field.start, field.middle, field.anchor) == (-2, 0, 0)
    field = field_through(axes_of([(2, 1, 1, "valid")], 9))[-1]
    assert (field.start, field.middle, field.anchor) == (0, 0.5, 0)


def test_the_courses_layer_has_448_parameters():
    bank = cost_of((32, 32, 3), (16, 3, 3, 3), (32, 32, 16))
    assert (bank.weights, bank.biases, bank.parameters) == (432, 16, 448)
    assert (bank.inputs, bank.outputs) == (3072, 16384)
    assert bank.dense_parameters == 3072 * 16384 + 16384
    assert (bank.reads, bank.places, bank.multiply_adds) == (27, 1024, 442368)


def test_the_books_edge_detector_needs_few_of_the_matrix_entries():
    """Goodfellow et al., section 9.2: 320×280 pixels less their left neighbours."""
    made = output_shape((280, 320), (1, 2))
    edges = cost_of((280, 320), (1, 2), made)
    assert made == (280, 319)
    assert edges.dense_weights == 320 * 280 * 319 * 280  # over eight billion
    assert edges.multiply_adds == 2 * 319 * 280  # the entries that are not 0


def test_a_kernel_that_is_laid_on_each_channel_has_its_weights_once():
    each = cost_of((10, 20, 3), (3, 3), (8, 18, 3))
    assert (each.weights, each.biases, each.reads, each.places) == (9, 1, 9, 8 * 18 * 3)
    depth = cost_of((10, 20, 3), (3, 3, 3), (8, 18))
    assert (depth.weights, depth.biases, depth.reads, depth.places) == (27, 1, 27, 8 * 18)


def test_a_composite_has_the_weights_of_all_its_kernels():
    assert cost_of((10, 20), (3, 3), (8, 18), 2).weights == 18
    assert cost_of((10, 20), (3, 3), (8, 18), 2).reads == 18
