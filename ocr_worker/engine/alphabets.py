"""Reading with no more of a network's characters than a line can have.

The last layer of a network that reads makes, of about a hundred features of each step along a line, a logit for each of
its characters. It has thousands, and nearly all are Chinese and Japanese.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ocr_worker.engine.networks import Floats, Images, Layer, Network
from ocr_worker.engine.steps import Steps, most_probable

#: Where the blocks of Chinese, Japanese and Korean characters begin in Unicode; emojis come after them. Before it are
#: all letters of Europe, punctuation, currencies and symbols.
_FIRST_EASTERN: Final = "\u2e80"
#: A step shows a common character if the best of them fits so well: its logit by the length of the step's features and
#: the usual length of a character's weights, so about the cosine between the two. Of 1800 drawn lines with Chinese or
#: Japanese in them, each network then loses a character in two; of the steps of Latin print 1 to 4 % fit worse.
_LEAST_FIT: Final = 0.6
#: So many steps are read with all characters at a time, by a multiple of so many: each number is a shape of its own.
_MOST_STEPS: Final = 64
_STEPS: Final = 8


def common(characters: Sequence[str]) -> npt.NDArray[np.intp]:
    """Which of a network's characters nearly all pages get by with: the first, which is none, and the space too."""
    return np.flatnonzero([character < _FIRST_EASTERN for character in characters])


@dataclass(frozen=True, slots=True, eq=False)
class _Look:
    """What was read of a batch with the common characters: lines by steps, and by features."""

    features: Floats
    steps: Steps
    #: Steps that look like none of them.
    odd: npt.NDArray[np.bool_]


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

    def read(self, batches: Iterable[Images]) -> list[Steps]:
        """See `LineNetwork.read`."""
        looks = [self._look(batch) for batch in batches]
        if not self._reread(looks, [look.odd for look in looks]):
            eastern = [~self._is_common[look.steps.best].all(axis=1, keepdims=True) for look in looks]
            self._reread(looks, [lines & ~look.odd for lines, look in zip(eastern, looks, strict=True)])
        return [look.steps for look in looks]

    def _look(self, batch: Images) -> _Look:
        features, probabilities, fit = self._first(batch)
        steps = most_probable(probabilities)
        return _Look(features.copy(), steps.renamed(self._common), fit[..., 0] < _LEAST_FIT)

    def _reread(self, looks: Sequence[_Look], chosen: Sequence[npt.NDArray[np.bool_]]) -> bool:
        """Reads some steps with all characters, those of all batches together.

        Returns:
            Whether they are all common ones nevertheless.
        """
        found = [look.features[steps] for look, steps in zip(looks, chosen, strict=True) if steps.any()]
        if not found:
            return True
        count = sum(map(len, found))
        features = np.concatenate((*found, np.zeros((-count % _STEPS, found[0].shape[1]), np.float32)))
        blocks = (features[start : start + _MOST_STEPS] for start in range(0, len(features), _MOST_STEPS))
        read = Steps.joined([most_probable(self._rest(block)[0]) for block in blocks])
        start = 0
        for look, steps in zip(looks, chosen, strict=True):
            end = start + int(np.count_nonzero(steps))
            look.steps.replace(steps, read.part(start, end))
            start = end
        return bool(self._is_common[read.best[:count]].all())
