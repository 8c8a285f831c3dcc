"""What `import convfilter` offers."""

import inspect

import pytest

import convfilter

PROMISED = [
    "Kernel",
    "choose_plan",
    "convolve",
    "correlate",
    "load_kernel",
    "output_shape",
    "reference",
    "trace_pixel",
]


@pytest.mark.parametrize("name", PROMISED)
def test_each_name_is_there_and_documented(name):
    assert name in dir(convfilter)
    assert inspect.getdoc(getattr(convfilter, name))


@pytest.mark.parametrize(
    "name", ["correlate", "convolve", "load_kernel", "output_shape", "choose_plan", "trace_pixel"]
)
def test_functions_have_a_doctest(name):
    assert ">>>" in inspect.getdoc(getattr(convfilter, name))


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'corelate'"):
        convfilter.corelate  # noqa: B018


def test_reference_takes_the_same_arguments_as_correlate():
    image, weights = [[1, 2, 4], [4, 7, 3]], [[1, 0], [0, 2]]
    options = {"padding": "same", "border": "edge", "bias": 1, "stride": 2}
    fast = convfilter.correlate(image, weights, **options)
    assert fast.tolist() == convfilter.reference.correlate(image, weights, **options).tolist()
