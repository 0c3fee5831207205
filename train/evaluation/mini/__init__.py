"""MMEB-mini: nine meta-tasks in the shape of MMEB-V2, three sets each, drawn from fixed seeds."""
