"""Networks: arrays in, arrays out. Knows neither Qt nor ``busi_gui``."""
