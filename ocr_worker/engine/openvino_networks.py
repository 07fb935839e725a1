"""Detection networks with another last layer: the same answers for less."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import openvino  # type: ignore[import-untyped]
from openvino import opset13 as opset

_Floats = npt.NDArray[np.float32]


def in_quarters(model: Any) -> Any | None:
    """A detection network that gives each 2 x 2 pixels of its map as four channels; None if it does not end so.

    Its last layer spreads each of its inputs over 2 x 2 pixels of one channel. Four channels of half the size are the
    same sums, and CPUs compute channels by the eight or sixteen.
    """
    sigmoid = _before(model.get_results()[0], "Sigmoid")
    add = sigmoid and _before(sigmoid, "Add")
    spread = add and _before(add, "ConvolutionBackpropData")
    if add is None or spread is None or spread.get_attributes()["strides"] != [2, 2]:
        return None
    weights, bias = _constant(spread.input_value(1)), _constant(add.input_value(1))
    if weights is None or bias is None or weights.shape[1:] != (1, 2, 2) or bias.size != 1:
        return None
    kernels = weights[:, 0].transpose(1, 2, 0).reshape(4, -1, 1, 1)
    sums = opset.convolution(
        spread.input_value(0), opset.constant(np.ascontiguousarray(kernels)), [1, 1], [0, 0], [0, 0], [1, 1]
    )
    biased = opset.add(sums, opset.constant(np.full((1, 4, 1, 1), bias.item(), np.float32)))
    return openvino.Model([opset.sigmoid(biased)], model.get_parameters())


def joined(quarters: _Floats) -> _Floats:
    """The map that a network gave in quarters: from (1, 4, h, w) to (1, 1, 2h, 2w)."""
    _, _, height, width = quarters.shape
    whole = np.empty((1, 1, 2 * height, 2 * width), np.float32)
    for place, quarter in enumerate(quarters[0]):
        whole[0, 0, place // 2 :: 2, place % 2 :: 2] = quarter
    return whole


def _before(node: Any, kind: str) -> Any | None:
    """The node of a kind from which another one takes its first input, directly or by a node that only hands it on."""
    node = node.input_value(0).get_node()
    while node.get_type_name() == "Identity":
        node = node.input_value(0).get_node()
    return node if node.get_type_name() == kind else None


def _constant(output: Any) -> _Floats | None:
    node = output.get_node()
    while node.get_type_name() in ("Convert", "Identity"):
        node = node.input_value(0).get_node()
    return np.asarray(node.get_data(), np.float32) if node.get_type_name() == "Constant" else None
