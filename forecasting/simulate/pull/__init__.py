"""A second simulator, built on other principles than the first: goods are pulled by orders, unit by unit, from mixed stocks.

It shares no line of the first one's flow, noise or attacks. A detector that is good in one world only has learned that world;
`python -m tests.bench.detect --worlds` measures each on the other.
"""
