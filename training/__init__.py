"""Fit, evaluate, promote and roll back models."""
