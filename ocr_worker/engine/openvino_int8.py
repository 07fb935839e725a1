"""Networks in INT8: the published ones, whose products are told when they are loaded how to round what they take.

What a product takes is rounded to 256 steps over the range that was seen on drawn pages (`ranges.py`), and its weights
to 255 steps for each channel that comes out, over what they are. OpenVINO then computes the product in whole numbers.
All else stays as it is: attention proper, norms, what is multiplied channel by channel, and what lies at either end.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from openvino import opset13 as opset  # type: ignore[import-untyped]

from ocr_worker.engine.openvino_networks import constant
from ocr_worker.engine.ranges import Ranges

#: The kinds of products, and along which axes of their weights the numbers of one sum lie.
_SUMMED: Final = {"Convolution": (1, 2, 3), "MatMul": (0,)}
_INPUT_STEPS: Final = 256
_WEIGHT_STEPS: Final = 255
#: What is all zero has a range nevertheless, as have the weights of some channels.
_LEAST_RANGE: Final = 1e-8


def products(model: Any) -> dict[str, Any]:
    """The products of a network that are worth computing in INT8, by name, in order.

    Not the first, which sees the page itself, nor the last, whose sums are the answer; and not those that see an image
    as one place, as they cost nothing.
    """
    weighed = [
        node
        for node in model.get_ordered_ops()
        if node.get_type_name() in _SUMMED and constant(node.input_value(1)) is not None
    ]
    return {node.get_friendly_name(): node for node in weighed[1:-1] if not _sees_one_place(node)}


def taken(product: Any) -> Any:
    """The output that a product takes: what is behind nodes that only hand it on."""
    output = product.input_value(0)
    while output.get_node().get_type_name() == "Identity":
        output = output.get_node().input_value(0)
    return output


def round_products(model: Any, ranges: Ranges, *, reduced: bool) -> None:
    """Changes a network into one that computes in INT8.

    Args:
        model: the network.
        ranges: of those of its `products` that are to be rounded.
        reduced: whether weights have seven bits, as `Precision.INT8_REDUCED` has them.

    Raises:
        ValueError: there are ranges of products that the network has not.
    """
    known = products(model)
    if not ranges.keys() <= known.keys():
        raise ValueError("The ranges are of another network: measure them with `python -m benchmarks.ranges --write`.")
    rounded: dict[tuple[str, int], Any] = {}
    for name, limits in ranges.items():
        node = known[name]
        output = taken(node)
        one = output.get_node().get_friendly_name(), output.get_index()
        if one not in rounded:
            rounded[one] = _rounded(output, *_with_zero(*limits), _INPUT_STEPS)
        node.input(0).replace_source_output(rounded[one])
        weights = opset.constant(np.ascontiguousarray(constant(node.input_value(1))))
        most = np.abs(weights.data).max(axis=_SUMMED[node.get_type_name()], keepdims=True)
        most = np.maximum(most, _LEAST_RANGE) * (2 if reduced else 1)
        node.input(1).replace_source_output(_rounded(weights, -most, most, _WEIGHT_STEPS))
    model.validate_nodes_and_infer_types()


def _sees_one_place(product: Any) -> bool:
    return product.get_type_name() == "Convolution" and list(product.get_input_partial_shape(0))[2:] == [1, 1]


def _rounded(values: Any, low: Any, high: Any, steps: int) -> Any:
    bounds = [opset.constant(np.asarray(bound, np.float32)) for bound in (low, high, low, high)]
    return opset.fake_quantize(values, *bounds, steps).output(0)


def _with_zero(low: float, high: float) -> tuple[float, float]:
    """The range, moved so that zero, with which images are padded, is one of its steps."""
    step = max(high - low, _LEAST_RANGE) / (_INPUT_STEPS - 1)
    below = round(-low / step)
    return -below * step, (_INPUT_STEPS - 1 - below) * step
