"""What is printed and listed for bookkeepers: invoices, credit notes, account statements as PDF, and lists as CSV.

`content.py` says what stands on paper, `loading.py` finds it, and everything else here only draws it.
"""
