"""What tests of seams share: one case with every plan that suits it."""

from definition import result
from pictures import assert_alike, assert_close

import convfilter
from convfilter.core import fourier, problem
from convfilter.core.plan import ALGORITHMS
from convfilter.core.problem import make_problem
from convfilter.core.spec import make_spec


def agrees(case, spec_options=(), plans=("auto", *ALGORITHMS)):
    """The definition's result with the plan chosen and with all others that suit; which they are."""
    want, bound = result(case)
    made = make_problem(case.image, case.weights, make_spec(**case.options))
    suited = [plan for plan in plans if plan == "auto" or ALGORITHMS[plan].suits(made)]
    for plan in suited:
        options = case.options | dict(spec_options)
        got = convfilter.correlate(case.image, case.weights, plan=plan, **options)
        if bound:
            assert_close(got, want, bound)
        else:
            assert_alike(got, want)
    return suited


def forget_works():
    """Bands, lines and tiles are worked out once a picture's size: forget them."""
    problem.outline.cache_clear()
    fourier._best_tiling.cache_clear()
