"""What each compared system sees, and where its weights start."""

import keras
import numpy as np
import pytest

from models.analysis import NetworkError
from models.comparing import systems
from models.comparing.systems import SYSTEMS, chosen_systems, possible_start


def built(name):
    build = SYSTEMS[name].build
    assert build is not None
    return build(32)


def test_resnet_gets_grey_in_three_channels_less_what_it_expects_subtracted():
    x = np.random.default_rng(0).uniform(0, 255, (2, 8, 8, 3)).astype(np.float32)
    expected = keras.applications.resnet.preprocess_input(np.repeat(x[..., :1], 3, axis=-1), data_format="channels_last")
    layer = built("resnet50").get_layer("scan_as_bgr")
    np.testing.assert_allclose(np.asarray(layer(x)), expected, atol=1e-4)


@pytest.mark.parametrize(("name", "seen"), [("efficientnetb0", 0), ("mask", 2)])
def test_a_system_of_one_channel_is_blind_to_the_others(name, seen):
    network = built(name)
    rng = np.random.default_rng(0)
    x = rng.uniform(0, 255, (1, 32, 32, 3)).astype(np.float32)
    inside = keras.Model(network.input, network.get_layer("seen").output)
    for channel in range(3):
        other = x.copy()
        other[..., channel] = rng.uniform(0, 255, (1, 32, 32))
        is_same = np.array_equal(np.asarray(inside(x)), np.asarray(inside(other)))
        assert is_same == (channel != seen)
    assert network.output_shape == (None, 1)


def test_a_mean_brings_in_the_systems_that_it_is_made_of():
    assert [system.name for system in chosen_systems(["two-branch", "efficientnetb0"])] == ["efficientnetb0", "guided", "lesion", "two-branch"]
    with pytest.raises(NetworkError, match="no system vgg"):
        chosen_systems(["vgg"])


def test_resnet_without_imagenet_weights_starts_at_random_and_says_so(monkeypatch):
    def nothing():
        raise NetworkError("offline")

    monkeypatch.setattr(systems, "_resnet_backbone", nothing)
    assert possible_start("resnet50", "imagenet") == "random"
    assert possible_start("efficientnetb0", "imagenet") == "imagenet"


def test_resnet_takes_over_every_weight_of_its_imagenet_start(monkeypatch):
    backbone = keras.applications.ResNet50(include_top=False, weights=None)
    monkeypatch.setattr(systems, "_resnet_backbone", lambda: backbone)
    network = built("resnet50")
    systems.start(network, "resnet50", "imagenet")
    for name in ("conv1_conv", "conv3_block2_2_bn", "conv5_block3_3_conv"):
        for own, given in zip(network.get_layer(name).get_weights(), backbone.get_layer(name).get_weights(), strict=True):
            np.testing.assert_array_equal(own, given)
