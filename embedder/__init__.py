"""Bottleneck Token embedding models; importing this registers their architectures.

import embedder
from sentence_transformers import SentenceTransformer

model = SentenceTransformer("btok-2b")   # any BTok folder, no trust_remote_code
model = embedder.load("btok-tiny")       # the shipped model, scheduled for CPUs
"""

from __future__ import annotations

from embedder import modeling, processing

modeling.register()
processing.register()
