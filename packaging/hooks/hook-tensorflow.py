"""TensorFlow's modules, as the program uses them: on the processor, without its tests, tools and headers."""

from PyInstaller.utils.hooks import collect_submodules

_LEFT_OUT = (
    *("tensorflow.include", "tensorflow.tools", "tensorflow.lite.tools", "tensorflow.lite.testing", "tensorflow.xla_aot_runtime_src"),
    *("tensorflow.compiler.mlir.stablehlo", "tensorflow.python.tpu.tests"),
)


def _is_used(name: str) -> bool:
    return not name.startswith(_LEFT_OUT) and not name.endswith("_test") and ".testdata" not in name


hiddenimports = [*collect_submodules("tensorflow", filter=_is_used, on_error="ignore"), "ml_dtypes"]
# AutoGraph says at every start that it works on text only.
module_collection_mode = {"tensorflow.python.autograph": "py+pyz"}
bindepend_symlink_suppression = ["**/libtensorflow_cc.so*", "**/libtensorflow_framework.so*", "**/_pywrap_tensorflow_internal.so"]
