"""Whether what must stay true is true, in any database: the invariants of shared/faults.md, each a query or a function.

It stands beside the rooms: it knows the tables and the domain's rules and none of the rooms' functions, so that it is
wrong where they are right, and the other way round, and never wrong with them (R5.1).
"""
