"""What Seatmark decides: frozen values and pure functions, standard library only.

No clock, no row, no await, no environment: everything a decision needs is passed in. Rule numbers (R3.6)
are those of the product's rules.
"""
