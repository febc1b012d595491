"""Runs before the full variant: TensorFlow loads requests, which asks the machines of a cloud how they are. Here nothing is asked of any machine."""

import sys
import types

sys.modules["requests"] = types.ModuleType("requests")
