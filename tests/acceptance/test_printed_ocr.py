"""Where /ocr says words are, seen by the unmodified client: on the image, once it is turned as the answer says."""

from __future__ import annotations

import io
import math

import numpy as np
import pytest
from azure.cognitiveservices.vision.computervision import ComputerVisionClient
from msrest.authentication import CognitiveServicesCredentials
from PIL import Image

from tests.builders import encoded, text_page
from tests.fleet import Fleet


@pytest.mark.parametrize(
    ("degrees", "orientation"), [(0, "Up"), (4, "Up"), (90, "Right"), (-86, "Left"), (180, "Down"), (176, "Down")]
)
def test_boxes_lie_on_the_turned_image(fleet: Fleet, degrees: float, orientation: str) -> None:
    sample = text_page(size=(640, 640))
    # Pillow turns the other way round.
    image = sample.image.rotate(-degrees, Image.Resampling.BICUBIC, fillcolor=255)
    client = ComputerVisionClient(fleet.endpoint, CognitiveServicesCredentials("any key"))
    result = client.recognize_printed_text_in_stream(io.BytesIO(encoded(image, "PNG")), detect_orientation=True)
    assert (result.language, result.orientation, result.model_version) == ("unk", orientation, "2021-04-01")
    nearest = round(degrees / 90) * 90
    assert result.text_angle == pytest.approx(math.radians(nearest - degrees), abs=math.radians(0.6))
    level = np.asarray(image.rotate(-math.degrees(result.text_angle), Image.Resampling.BICUBIC, fillcolor=255)) < 128
    words = [word for region in result.regions for line in region.lines for word in line.words]
    assert [word.text for word in words] == [word.text for word in sample.words]
    inside = np.zeros_like(level)
    for word in words:
        left, top, width, height = (int(value) for value in word.bounding_box.split(","))
        assert level[top : top + height, left : left + width].mean() > 0.05
        inside[max(top - 2, 0) : top + height + 2, max(left - 2, 0) : left + width + 2] = True
    assert level[inside].sum() > 0.97 * level.sum()
