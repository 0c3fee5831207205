"""Speed and memory of what is promised, each with its limit: `make bench`."""
