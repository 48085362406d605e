"""The public door: types, queries and mutations, one file per noun."""
