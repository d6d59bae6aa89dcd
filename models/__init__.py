"""From text to vectors to calibrated predictions: encoder, heads, calibration, the bundle."""
