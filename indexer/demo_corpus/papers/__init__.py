"""The documents of the demo corpus: one module per document, each with its pages in order."""
