"""Reading with no more of a network's characters than a line can have.

The last layer of a network that reads makes, of about a hundred features of each step along a line, a logit for each of
its characters. It has thousands, and nearly all are Chinese and Japanese.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from ocr_worker.engine.networks import Floats, Images, Layer, Network
from ocr_worker.engine.steps import Steps, most_probable

#: Where the blocks of Chinese, Japanese and Korean characters begin in Unicode; emojis come after them. Before it are
#: all letters of Europe, punctuation, currencies and symbols.
FIRST_EASTERN: Final = "\u2e80"
#: A step shows a common character if the best of them fits so well: its logit by the length of the step's features and
#: the usual length of a character's weights, so about the cosine between the two. Of 1800 drawn lines with Chinese or
#: Japanese in them, each network then loses a character in two; of the steps of Latin print 1 to 4 % fit worse.
_LEAST_FIT: Final = 0.6
#: So many steps are read with all characters at a time, by a multiple of so many: each number is a shape of its own.
_MOST_STEPS: Final = 64
_STEPS: Final = 8


def common(characters: Sequence[str]) -> npt.NDArray[np.intp]:
    """Which of a network's characters nearly all pages get by with: the first, which is none, and the space too."""
    return np.flatnonzero([character < FIRST_EASTERN for character in characters])


class TwoAlphabets:
    """A network in two parts: `openvino_last_layer.in_two_parts`. Implements `LineNetwork`.

    All steps are read with the common characters. Those that look like none of them are read with all, and so is the
    whole of a line where one of them then is another: there a colon may be a Chinese one.
    """

    def __init__(self, first: Network, rest: Layer, characters: Sequence[str]) -> None:
        self._first = first
        self._rest = rest
        self._common = common(characters)
        self._is_common = np.isin(np.arange(len(characters)), self._common)

    def read(self, batches: Iterable[Images]) -> tuple[Steps, list[int]]:
        """See `LineNetwork.read`."""
        found: list[Steps] = []
        features: list[Floats] = []
        fits: list[Floats] = []
        counts: list[int] = []
        for batch in batches:
            # No more than must be before the next run, after which nothing is in the CPU's cache.
            own, probabilities, fit = self._first(batch)
            found.append(most_probable(probabilities))
            features.append(own.reshape(-1, own.shape[-1]).copy())
            fits.append(fit.ravel().copy())
            counts += [own.shape[1]] * own.shape[0]
        steps = Steps.joined(found)
        steps = Steps(self._common.take(steps.best), steps.probability, steps.space)
        odd = np.concatenate(fits) < _LEAST_FIT
        if not self._reread(steps, features, odd):
            lines = np.logical_and.reduceat(self._is_common[steps.best], np.cumsum([0, *counts[:-1]]))
            self._reread(steps, features, ~lines.repeat(counts) & ~odd)
        return steps, counts

    def _reread(self, steps: Steps, features: Sequence[Floats], chosen: npt.NDArray[np.bool_]) -> bool:
        """Reads some steps with all characters, those of all batches together.

        Args:
            steps: of all batches, where what is read is put.
            features: of the steps, batch by batch.
            chosen: which steps.

        Returns:
            Whether they are all common ones nevertheless.
        """
        numbers = np.flatnonzero(chosen)
        if not len(numbers):
            return True
        edges = [0, *np.cumsum([len(own) for own in features]).tolist()]
        found = [own[chosen[start:end]] for own, (start, end) in zip(features, pairwise(edges), strict=True)]
        blank = np.zeros((-len(numbers) % _STEPS, features[0].shape[1]), np.float32)
        wanted = np.concatenate((*found, blank))
        blocks = (wanted[start : start + _MOST_STEPS] for start in range(0, len(wanted), _MOST_STEPS))
        read = Steps.joined([most_probable(self._rest(block)[0]) for block in blocks])
        steps.replace(numbers, read)
        return bool(self._is_common[read.best[: len(numbers)]].all())
