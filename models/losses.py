"""BCE + Dice over the supervised heads of U-Net++, alone and with distillation, and BCE of class and grade, on logits."""

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
    cross_entropy = _cross_entropy(truth, logits)
    probability = ops.sigmoid(logits)
    overlap = ops.sum(probability * truth, axis=(1, 2))
    total = ops.sum(probability, axis=(1, 2)) + ops.sum(truth, axis=(1, 2))
    dice = (2 * overlap + 1) / (total + 1)
    return ops.mean(cross_entropy, axis=(1, 2, 3)) + ops.mean(1 - dice, axis=-1)


def distilled_loss(truth: keras.KerasTensor, logits: keras.KerasTensor) -> keras.KerasTensor:
    """Return half ``bce_dice_loss`` and half the binary cross-entropy against another segmenter's answer, float32 (batch,).

    Cross-entropy alone for the answer: soft Dice is not at its best where both maps are the same.

    Parameters
    ----------
    truth
        float32 (batch, height, width, 2): the mask in {0, 1}, and the other's lesion probability in [0, 1].
    logits
        float32 (batch, height, width, heads).
    """
    truth = ops.cast(truth, logits.dtype)
    taught = ops.mean(_cross_entropy(truth[..., 1:], logits), axis=(1, 2, 3))
    return 0.5 * bce_dice_loss(truth[..., :1], logits) + 0.5 * taught


def class_and_grade_loss(truth: keras.KerasTensor, logits: keras.KerasTensor) -> keras.KerasTensor:
    """Return the binary cross-entropy of the class, labels smoothed by 0.05, plus half that of the grade where one is known; float32 (batch,).

    Parameters
    ----------
    truth
        float32 (batch, 2): 1 for malignant, and how suspicious the lesion looked to radiologists in [0, 1], negative where nobody said.
    logits
        float32 (batch, 1), the grade is then left out, or (batch, 2).
    """
    truth = ops.cast(truth, logits.dtype)
    smoothed = truth[:, 0] * 0.95 + 0.025
    loss = _cross_entropy(smoothed, logits[:, 0])
    if logits.shape[-1] == 1:
        return loss
    is_known = ops.cast(truth[:, 1] >= 0, logits.dtype)
    return loss + 0.5 * is_known * _cross_entropy(truth[:, 1] * is_known, logits[:, 1])


def _cross_entropy(truth: keras.KerasTensor, logits: keras.KerasTensor) -> keras.KerasTensor:
    """Return the binary cross-entropy in the log(1 + exp(-|z|)) form: finite for any logit."""
    return ops.maximum(logits, 0) - logits * truth + ops.log1p(ops.exp(-ops.abs(logits)))
