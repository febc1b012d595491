"""BCE + Dice over the supervised heads of U-Net++, on logits."""

from __future__ import annotations

import keras
from keras import ops


def bce_dice_loss(truth: keras.KerasTensor, logits: keras.KerasTensor) -> keras.KerasTensor:
    """Return the mean over heads of binary cross-entropy plus soft Dice loss, float32 (batch,).

    Dice is taken per image with 1 pixel added above and below (Milletari et al., arXiv:1606.04797, with smoothing), so a scan without
    a lesion is asked for an empty mask rather than skipped.

    Parameters
    ----------
    truth
        float32 (batch, height, width, 1) in {0, 1}.
    logits
        float32 (batch, height, width, heads).
    """
    truth = ops.cast(truth, logits.dtype)
    # log(1 + exp(-|z|)) form: finite for any logit.
    cross_entropy = ops.maximum(logits, 0) - logits * truth + ops.log1p(ops.exp(-ops.abs(logits)))
    probability = ops.sigmoid(logits)
    overlap = ops.sum(probability * truth, axis=(1, 2))
    total = ops.sum(probability, axis=(1, 2)) + ops.sum(truth, axis=(1, 2))
    dice = (2 * overlap + 1) / (total + 1)
    return ops.mean(cross_entropy, axis=(1, 2, 3)) + ops.mean(1 - dice, axis=-1)
