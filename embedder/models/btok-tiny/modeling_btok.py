"""Finds this model's classes in the installed package `embedder`."""

from embedder.configs import BTokTinyConfig
from embedder.modeling import BTokTinyModel
from embedder.processing import BTokProcessor
