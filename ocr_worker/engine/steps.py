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
    """Of steps along lines: which character is most probable, how probable it is, and how probable a space is."""

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

    def part(self, start: int, end: int) -> Steps:
        """Some of them; of a batch, those of some of its lines."""
        return Steps(self.best[start:end], self.probability[start:end], self.space[start:end])

    def renamed(self, names: npt.NDArray[np.intp]) -> Steps:
        """With other numbers for the same characters."""
        return Steps(names.take(self.best), self.probability, self.space)

    def replace(self, chosen: npt.NDArray[np.bool_], other: Steps) -> None:
        """Puts what else was read at some of the steps in its place."""
        self.best[chosen] = other.best
        self.probability[chosen] = other.probability
        self.space[chosen] = other.space


def most_probable(probabilities: Floats) -> Steps:
    """What the probabilities of all characters at each step say, of which the last is the space."""
    best = probabilities.argmax(axis=-1)
    # All steps as one row of numbers, as `np.take_along_axis` takes half as long again as the rest.
    first = np.arange(0, probabilities.size, probabilities.shape[-1]).reshape(best.shape)
    return Steps(best, probabilities.take(first + best), probabilities[..., -1].copy())


class LineNetwork(Protocol):
    """A network that reads lines, by whichever of its last layers."""

    def read(self, batches: Iterable[Images]) -> list[Steps]:
        """The steps of each batch, lines by steps, of lines as `networks.Images`.

        A batch is gone when the next is asked for.
        """
        ...


class WholeAlphabet:
    """A network that itself says of each character how probable it is; the last is the space."""

    def __init__(self, network: Network) -> None:
        self._network = network

    def read(self, batches: Iterable[Images]) -> list[Steps]:
        """See `LineNetwork.read`."""
        return [most_probable(self._network(batch)[0]) for batch in batches]


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
