"""Keras finds its layers by name; of its backends only TensorFlow is there."""

from PyInstaller.utils.hooks import collect_submodules

_LEFT_OUT = ("keras.src.backend.torch", "keras.src.backend.jax", "keras.src.backend.openvino")

hiddenimports = collect_submodules("keras", filter=lambda name: not name.startswith(_LEFT_OUT) and not name.endswith("_test"), on_error="ignore")
