"""How good a model is: measured on what training never saw."""
