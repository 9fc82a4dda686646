"""An independent implementation of four MoE families in numpy: plain loops over the formulas, float64, no cache.

It shares no code with the daemon, so that the two agreeing means something. `test_reference.py` holds it to the goldens of the
reference implementation; `variants.py` then uses it to make goldens for configs that have none.
"""
