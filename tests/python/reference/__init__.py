"""An independent implementation of the MoE families in numpy: the formulas as they are written, float64, no cache.

It shares no code with the daemon, so that the two agreeing means something. `test_reference.py` holds it to the goldens of the
reference implementation; `make.py` then uses it to make goldens for configs that have none. `decoder.py` is what most families
are; `families/` has a file for each with what it does otherwise, `variants/` one with the configs that it is tried with.
"""
