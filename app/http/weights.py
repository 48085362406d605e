"""What asking costs, in points: about a tenth of a millisecond of ours each, on one core.

An object of an answer is a point, and so are ten values, and ten selections of the document; a list is as many objects
as it may hold. What is not listed here costs that.
"""

POINT = 10
"""Points are counted in tenths, as whole numbers."""

OBJECT = POINT
VALUE = POINT // 10
"""A scalar, or one entry of a list that is given as an argument."""

MUTATION = 10
INTROSPECTION = {"__schema": 500, "__type": 20}
"""In points, whatever is asked within."""

VALUES = frozenset({"Money", "Vat", "PageInfo", "Trial", "StatusCount", "Problem"})
"""Types that come with what they are of: a value's price and not an object's. Edges are such too."""

WEIGHTS = {
    "Query.billingSimulation": 2000,
    "Query.jobs": 500,
    "Query.purgePreview": 200,
    "Organization.auditVerification": 500,
    "Organization.hindsight": 200,
    "Organization.invoicePreview": 20,
    "Organization.seatTimeline": 50,
    "Organization.seatSpans": 20,
    "Organization.subjectSearch": 20,
    "Organization.issues": 10,
    "Board.issues": 10,
    "Queue.statistics": 10,
    "BillingAccount.promoCode": 5,
    "Invoice.verification": 50,
    "Invoice.costSplit": 20,
    "InvoicePreview.costSplit": 20,
    "InvoicePreview.impact": 20,
    "Mutation.billingProfileSet": 10,
    "Mutation.creditNoteIssue": 50,
    "Mutation.directoryApply": 200,
    "Mutation.invoiceReplace": 50,
    "Mutation.memberInvite": 50,
    "Mutation.organizationExport": 500,
    "Mutation.promoCodeRedeem": 100,
    "Mutation.seatsChange": 50,
    "Mutation.seatsChangeUndo": 50,
    "Mutation.testClockAdvance": 500,
    "Mutation.waitingSeat": 50,
}
"""What a field costs itself, in points, instead of an object's or value's price; what is asked within comes on top."""

ARGUMENTS = {"Organization.invoicePreview.change": 100}
"""What giving an argument costs, in points: here a what-if, which computes the month twice more."""

COUNT = 5
"""`totalCount` of any list: it reads the whole of it."""

LENGTHS = {
    "Invoice.costSplit": 50,
    "InvoicePreview.costSplit": 50,
    "Organization.boards": 50,
    "Query.priceLists": 50,
    "SeatTimeline.steps": 50,
}
"""How long lists are taken to be that cannot be asked for in pages, where it is not the usual few."""
FEW = 5

GUESSES = frozenset({"Mutation.promoCodeRedeem", "Organization.invoicePreview.change.promoCode"})
"""Where a promo code is given, which could be guessed."""
