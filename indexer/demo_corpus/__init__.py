"""The demo corpus: a small folder of pictures, documents and videos, drawn by this package."""
