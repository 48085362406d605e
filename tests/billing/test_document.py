"""The document of an invoice says all that its amount depends on: read back, it is the same terms (R5.6)."""

from datetime import UTC, datetime
from uuid import UUID

import orjson
from hypothesis import given
from hypothesis import strategies as st

from app import db
from app.billing.document import invoice_document
from app.domain.agreements import Agreements
from app.domain.documents import read_document
from app.domain.invoice import Terms, draft_invoice
from app.domain.period import Month as CalendarMonth
from app.domain.period import period_of
from app.domain.policies import Policies
from app.domain.seats import Peak
from app.domain.verification import verify_invoice
from app.seats.month import Month, PricedMonth
from app.terms.queries import BillingProfile, Issuer
from tests.domain.strategies import terms

AT = datetime(2021, 1, 5, 9, tzinfo=UTC)
PERIOD = period_of(CalendarMonth(2021, 1), "Europe/Moscow")
ISSUER = Issuer(UUID(int=1), "Seatmark", "77", "Moscow", "407", "Europe/Moscow")
PAYER = BillingProfile(UUID(int=2), "Romashka", "LEGAL_ENTITY", "77", "Arbat", "407", "a@b.example", "1", "x", AT)


@given(terms(), st.integers(0, 60))
def test_terms_peak_and_amounts_are_read_back_as_they_were(drawn: Terms, seats: int) -> None:
    peak = Peak(seats, AT, tuple(UUID(int=number) for number in range(seats)))
    month = Month(UUID(int=2), drawn.prices.currency, AT, PERIOD, PERIOD.starts_at, ())
    priced = PricedMonth(month, peak, Agreements(), drawn, draft_invoice(seats, drawn))

    document = orjson.loads(db.to_json(invoice_document(priced, Policies(), PAYER, ISSUER, {})))

    read = read_document(document)
    assert read.terms == drawn
    assert (read.peak, read.period, read.priced_by) == (peak, PERIOD, priced.draft.prices.id)
    invoice = {
        **{name: document[name] for name in ("currency", "subtotal", "total")},
        "vatNet": document["vat"]["net"],
        "vatAmount": document["vat"]["amount"],
        "replaces": None,
        "document": document,
        "ledgerDigest": "",
        "digest": "",
    }
    told = [one for one in verify_invoice(invoice, None) if "digest" not in one and "charge" not in one]
    assert told == []
