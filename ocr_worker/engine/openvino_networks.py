"""Networks with other layers than they were published with: the same answers for less."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import openvino  # type: ignore[import-untyped]
from openvino import opset13 as opset

from ocr_worker.engine.description import Scaling
from ocr_worker.engine.networks import Floats


def seeing(model: Any, scaling: Scaling) -> Any:
    """A network that takes images, as `networks.Images`, where this one takes scaled numbers of blue, green and red.

    Pixels are scaled where they are used, which takes less than to write numbers of four times their size first. Grey
    becomes three channels there. Weights stay in their order: with another the same sums round otherwise in bfloat16.
    """
    (parameter,) = model.get_parameters()
    count, _, rows, columns = parameter.get_partial_shape()
    images = opset.parameter([count, rows, columns, openvino.Dimension(1, 3)], np.uint8, name="images")
    planes = _last_first(opset.transpose(images, opset.constant(np.array([0, 3, 1, 2]))))
    means, deviations = (255 * np.array(each).reshape(1, 3, 1, 1) for each in (scaling.means, scaling.deviations))
    centred = opset.subtract(opset.convert(planes, "f32"), opset.constant(means.astype(np.float32)))
    numbers = opset.multiply(centred, opset.constant((1 / deviations).astype(np.float32)))
    for taker in parameter.output(0).get_target_inputs():
        taker.replace_source_output(numbers.output(0))
    return openvino.Model(model.get_results(), [images])


def _last_first(planes: Any) -> Any:
    """Images with their channels the other way round, however many they have."""
    start, end, step, axis = (opset.constant(np.array([each])) for each in (-1, np.iinfo(np.int32).min, -1, 1))
    return opset.slice(planes, start, end, step, axis)


def join_in_sums(model: Any) -> None:
    """Changes convolutions of joined images, one's channels after the other's, into sums of a convolution of each.

    OpenVINO joins images of few channels, as these have, a few bytes at a time, which takes longer than that. What is
    computed in INT8 is left as it is.
    """
    for node in [node for node in model.get_ordered_ops() if node.get_type_name() == "Convolution"]:
        joined, weights = before(node, "Concat"), constant(node.input_value(1))
        shape = node.get_attributes()
        if joined is None or weights is None or shape["auto_pad"] != "explicit":
            continue
        depths = [each.get_partial_shape()[1].get_length() for each in joined.inputs()]
        sums = [
            opset.convolution(
                each.get_source_output(),
                opset.constant(np.ascontiguousarray(own)),
                *(shape[name] for name in ("strides", "pads_begin", "pads_end", "dilations")),
            )
            for each, own in zip(joined.inputs(), np.split(weights, np.cumsum(depths)[:-1], axis=1), strict=True)
        ]
        total = functools.reduce(opset.add, sums)
        for taker in node.output(0).get_target_inputs():
            taker.replace_source_output(total.output(0))


def in_one_step(model: Any) -> Any | None:
    """A detection network that makes each 4 x 4 pixels of its map in one place; None if it does not end so.

    Its last two layers spread each of their inputs over 2 x 2 pixels. So the pixels of such a square hang on the same
    place of what comes before, and can stay channels there until the end: CPUs compute many channels at a few places
    sooner than few channels at many. The sums are the same.
    """
    sigmoid = before(model.get_results()[0], "Sigmoid")
    second = sigmoid and _Spread.before(sigmoid)
    relu = second and before(second.node, "Relu")
    first = relu and _Spread.before(relu)
    if first is None or second is None or second.bias.size != 1:
        return None
    depth = first.bias.size
    # Both in the order: row and column of the larger square, row and column within it.
    inner = np.zeros((2, 2, 2, 2, 2, 2, depth), np.float32)
    for row, column in np.ndindex(2, 2):
        inner[row, :, column, :, row, column] = second.weights[:, 0].transpose(1, 2, 0)
    outer = first.weights.transpose(2, 3, 1, 0).reshape(4 * depth, -1)
    spread = opset.relu(_products("spread", first.node.input_value(0), outer, np.tile(first.bias.ravel(), 4)))
    squares = _products("squares", spread, inner.reshape(16, 4 * depth), np.repeat(second.bias.ravel(), 16))
    return openvino.Model([opset.depth_to_space(opset.sigmoid(squares), "blocks_first", 4)], model.get_parameters())


@dataclass(frozen=True, slots=True)
class _Spread:
    """A layer that spreads each of its inputs over 2 x 2 pixels, and adds a number to each channel."""

    node: Any
    #: Channels in, channels out, rows, columns.
    weights: Floats
    bias: Floats

    @classmethod
    def before(cls, node: Any) -> Self | None:
        """The one from which a node takes its input, if it is one."""
        add = before(node, "Add")
        spread = add and before(add, "ConvolutionBackpropData")
        if add is None or spread is None or spread.get_attributes()["strides"] != [2, 2]:
            return None
        weights, bias = constant(spread.input_value(1)), constant(add.input_value(1))
        if weights is None or bias is None or weights.shape[2:] != (2, 2) or bias.size != weights.shape[1]:
            return None
        return cls(spread, weights, bias)


def _products(name: str, inputs: Any, weights: Floats, bias: Floats) -> Any:
    """Each place on its own: its channels by weights, shape (out, in), and a number for each that comes out.

    It has a name, as `ranges.json` knows products by their names, and would else have a running number for one.
    """
    kernels = opset.constant(np.ascontiguousarray(weights[..., None, None]))
    sums = opset.convolution(inputs, kernels, [1, 1], [0, 0], [0, 0], [1, 1], name=name)
    return opset.add(sums, opset.constant(np.ascontiguousarray(bias.reshape(1, -1, 1, 1), np.float32)))


def before(node: Any, kind: str) -> Any | None:
    """The node of a kind from which another one takes its first input, directly or by a node that only hands it on."""
    node = node.input_value(0).get_node()
    while node.get_type_name() == "Identity":
        node = node.input_value(0).get_node()
    return node if node.get_type_name() == kind else None


def constant(output: Any) -> Floats | None:
    """What an output is if it is a constant."""
    node = output.get_node()
    while node.get_type_name() in ("Convert", "Identity"):
        node = node.input_value(0).get_node()
    return np.asarray(node.get_data(), np.float32) if node.get_type_name() == "Constant" else None
