"""Families of features: each module looks at one side of a journey, for all items of a network at once."""
