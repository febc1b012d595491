"""Networks that are fitted in a second, in the places of the real ones, and a data set with groups for them."""

import csv

import keras
from keras import layers

from models.comparing.system_fits import Options
from models.comparing.systems import SYSTEMS, System
from tests.models.made_up import write_busi

OPTIONS = Options(size=32, epochs=1, init="random")


def tiny_segmenter(input_size):
    scan = keras.Input((input_size, input_size, 1), name="scan")
    features = layers.BatchNormalization()(layers.Conv2D(4, 3, padding="same", activation="relu")(layers.Rescaling(1 / 255)(scan)))
    return keras.Model(scan, layers.Conv2D(4, 1)(features), name="tiny_segmenter")


def tiny_classifier(input_size, outputs=1):
    guided = keras.Input((input_size, input_size, 3), name="guided")
    features = layers.Conv2D(4, 3, strides=2, activation="relu")(layers.Rescaling(1 / 255)(guided))
    pooled = layers.Dropout(0.3)(layers.GlobalAveragePooling2D()(features))
    return keras.Model(guided, layers.Dense(outputs)(pooled), name="tiny_classifier")


def tiny_double(input_size):
    return tiny_classifier(input_size, 2)


SYSTEM = System("efficientnetb0", "tiny", tiny_classifier, needs_masks=False)
GUIDED = System("guided", "tiny, guided", tiny_classifier)
LESION = System("lesion", "tiny, lesion", tiny_classifier, view="lesion")
MULTI_TASK = System("multi-task", "tiny, two tasks", tiny_double, has_second_task=True)
TWO_BRANCH = SYSTEMS["two-branch"]


def write_grouped_busi(root, number=6):
    """Write ``number`` scans of each class, two of each group, the last benign one filed under two classes."""
    write_busi(root, ".png", number=number)
    with (root / "groups.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["image", "label", "group", "objection", "annotation"])
        for label in ("benign", "malignant", "normal"):
            for n in range(1, number + 1):
                objection = {1: "axilla", number: "multiclass"}.get(n, "") if label == "benign" else ""
                table.writerow([f"{label}/{label} ({n}).png", label, f"{label} {(n + 1) // 2}", objection, ""])
    return root
