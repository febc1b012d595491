"""Segmentation-guided EfficientNetB0: how suspicious one lesion of a scan is."""

from __future__ import annotations

import keras
from keras import layers

from models.preprocessing import INPUT_SIZE

LOGIT_LAYER = "logit"
GRADE_LAYER = "grade"
ACTIVATION_LAYER = "top_activation"


def build_classifier(input_size: int = INPUT_SIZE, dropout: float = 0.3, *, has_grade: bool = False) -> keras.Model:
    """Build an untrained guided classifier.

    The head is global average pooling, dropout, one dense unit: behind it the gradient of the logit is constant over a feature map, so
    Grad-CAM++ is exact from the activations and the dense weights.

    Parameters
    ----------
    input_size
        Height and width of the input in pixels.
    dropout
        Share of the pooled features that training leaves out.
    has_grade
        Add a second dense unit that learns how suspicious the lesion looked to radiologists: BI-RADS 2 … 5 as 0 … 1. It is not served.

    Returns
    -------
    keras.Model
        Input ``guided``: float32 (batch, input_size, input_size, 3) in [0, 255] as made by ``preprocessing.guided_channels``.
        Output: the logit of *malignant*, float32 (batch, 1), from the layer ``LOGIT_LAYER``; not yet calibrated. With a grade, (batch, 2).
    """
    guided = keras.Input((input_size, input_size, 3), name="guided")
    backbone = keras.applications.EfficientNetB0(include_top=False, weights=None, input_tensor=guided)
    pooled = layers.GlobalAveragePooling2D(name="pool")(backbone.output)
    pooled = layers.Dropout(dropout, name="dropout")(pooled)
    logit = layers.Dense(1, name=LOGIT_LAYER, dtype="float32")(pooled)
    if not has_grade:
        return keras.Model(guided, logit, name="guided_efficientnetb0")
    grade = layers.Dense(1, name=GRADE_LAYER, dtype="float32")(pooled)
    return keras.Model(guided, layers.Concatenate(name="answers")([logit, grade]), name="guided_efficientnetb0")


def with_activations(classifier: keras.Model) -> keras.Model:
    """Return the network that serves: outputs ``[logit, activations]``, the latter float32 (batch, size/32, size/32, 1280)."""
    activations = classifier.get_layer(ACTIVATION_LAYER).output
    logit = classifier.get_layer(LOGIT_LAYER).output
    return keras.Model(classifier.input, [logit, activations], name=f"{classifier.name}_serving")
