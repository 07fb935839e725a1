"""Recognition networks in two parts: one for some of their characters, and a last layer for all."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import openvino  # type: ignore[import-untyped]
from openvino import opset13 as opset

from ocr_worker.engine.networks import Floats
from ocr_worker.engine.openvino_networks import before, constant


def in_two_parts(model: Any, chosen: npt.NDArray[np.intp]) -> tuple[Any, Any] | None:
    """A recognition network that looks for some characters only, and what looks for all in the same features.

    The first part takes the network's input. Of each step along a line it tells the features, the probability of each
    chosen character among them, and how well the best of them fits: its logit by the length of the features and, in the
    root mean square, of the chosen characters' weights. The second part takes the features of steps, and tells the
    probability of each character. None if the network does not end with a product, a sum and a softmax.
    """
    softmax = before(model.get_results()[0], "Softmax")
    add = softmax and before(softmax, "Add")
    product = add and before(add, "MatMul")
    if add is None or product is None or any(product.get_attributes()[f"transpose_{side}"] for side in "ab"):
        return None
    weights, bias = constant(product.input_value(1)), constant(add.input_value(1))
    if weights is None or bias is None or weights.ndim != 2 or bias.size != weights.shape[1]:
        return None
    own, last = weights[:, chosen], opset.constant(np.array([-1]))
    features = product.input_value(0)
    logits = _logits(features, own, bias.ravel()[chosen])
    length = opset.constant(np.sqrt(np.square(own).sum(axis=0).mean(), dtype=np.float32))
    lengths = opset.multiply(opset.reduce_l2(features, last, True), length)
    fit = opset.divide(opset.reduce_max(logits, last, True), lengths)
    first = openvino.Model([features, opset.softmax(logits, -1).output(0), fit.output(0)], model.get_parameters())
    step = opset.parameter([-1, len(weights)], np.float32)
    rest = openvino.Model([opset.softmax(_logits(step.output(0), weights, bias.ravel()), -1)], [step])
    return first, rest


def _logits(features: Any, weights: Floats, bias: Floats) -> Any:
    product = opset.matmul(features, opset.constant(np.ascontiguousarray(weights)), False, False)
    return opset.add(product, opset.constant(bias))
