"""What a network makes of each step along a line: the character that is most probable there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from ocr_worker.engine.networks import Floats, Images, Network, open_network
from read_operations.settings import EngineName


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """Of each of many steps: which character is most probable, how probable it is, and how probable a space is."""

    best: npt.NDArray[np.intp]
    probability: Floats
    space: Floats

    @classmethod
    def joined(cls, parts: Sequence[Steps]) -> Steps:
        """Steps of several as one."""
        return cls(
            np.concatenate([part.best for part in parts]),
            np.concatenate([part.probability for part in parts]),
            np.concatenate([part.space for part in parts]),
        )

    def replace(self, chosen: npt.NDArray[np.intp], other: Steps) -> None:
        """Puts what else was read at some of the steps, by their numbers, in its place: the first in `other`."""
        self.best[chosen] = other.best[: len(chosen)]
        self.probability[chosen] = other.probability[: len(chosen)]
        self.space[chosen] = other.space[: len(chosen)]


def most_probable(probabilities: Floats) -> Steps:
    """What the probabilities of all characters at each step say, of which the last is the space.

    Args:
        probabilities: steps by characters, or lines by steps by characters.
    """
    each = probabilities.reshape(-1, probabilities.shape[-1])
    best = each.argmax(axis=1)
    return Steps(best, each[np.arange(len(each)), best], each[:, -1].copy())


class LineNetwork(Protocol):
    """A network that reads lines, by whichever of its last layers."""

    def read(self, batches: Iterable[Images]) -> tuple[Steps, list[int]]:
        """The steps of the lines of all batches, one line after the other, and how many each line has.

        A batch is gone when the next is asked for. There must be one.
        """
        ...


class WholeAlphabet:
    """A network that itself says of each character how probable it is; the last is the space."""

    def __init__(self, network: Network) -> None:
        self._network = network

    def read(self, batches: Iterable[Images]) -> tuple[Steps, list[int]]:
        """See `LineNetwork.read`."""
        found: list[Steps] = []
        counts: list[int] = []
        for batch in batches:
            probabilities, *_ = self._network(batch)
            found.append(most_probable(probabilities))
            counts += [probabilities.shape[1]] * probabilities.shape[0]
        return Steps.joined(found), counts


def open_line_network(
    folder: Path, characters: Sequence[str], *, runtime: EngineName, threads: int, precision: str, shortcut: bool
) -> LineNetwork:
    """The network in the folder of a model that reads lines.

    Args:
        folder: the model's verified folder.
        characters: the model's.
        runtime: what runs the network.
        threads: how many threads it computes with.
        precision: one of `Precision`; only OpenVINO has the choice.
        shortcut: whether it may look for all characters only where it has to; only OpenVINO can.
    """
    if runtime is EngineName.OPENVINO and shortcut:
        from ocr_worker.engine.openvino_runner import open_two_alphabets

        return open_two_alphabets(folder / "inference.onnx", characters, threads=threads, precision=precision)
    return WholeAlphabet(open_network(folder, runtime=runtime, threads=threads, precision=precision))
