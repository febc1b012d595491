"""Segmentation-guided EfficientNetB0: how suspicious one lesion of a scan is."""

from __future__ import annotations

import keras
from keras import layers

from models.preprocessing import INPUT_SIZE

LOGIT_LAYER = "logit"
ACTIVATION_LAYER = "top_activation"


def build_classifier(input_size: int = INPUT_SIZE, dropout: float = 0.3) -> keras.Model:
    """Build an untrained guided classifier.

    The head is global average pooling, dropout, one dense unit: behind it the gradient of the logit is constant over a feature map, so
    Grad-CAM++ is exact from the activations and the dense weights.

    Returns
    -------
    keras.Model
        Input ``guided``: float32 (batch, input_size, input_size, 3) in [0, 255] as made by ``preprocessing.guided_channels``.
        Output: the logit of *malignant*, float32 (batch, 1), from the layer ``LOGIT_LAYER``; not yet calibrated.
    """
    guided = keras.Input((input_size, input_size, 3), name="guided")
    backbone = keras.applications.EfficientNetB0(include_top=False, weights=None, input_tensor=guided)
    pooled = layers.GlobalAveragePooling2D(name="pool")(backbone.output)
    pooled = layers.Dropout(dropout, name="dropout")(pooled)
    logit = layers.Dense(1, name=LOGIT_LAYER, dtype="float32")(pooled)
    return keras.Model(guided, logit, name="guided_efficientnetb0")


def with_activations(classifier: keras.Model) -> keras.Model:
    """Return the network that serves: outputs ``[logit, activations]``, the latter float32 (batch, size/32, size/32, 1280)."""
    activations = classifier.get_layer(ACTIVATION_LAYER).output
    return keras.Model(classifier.input, [classifier.output, activations], name=f"{classifier.name}_serving")
