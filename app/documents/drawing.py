"""Documents on paper, drawn by libraries that are read as the first is drawn: no API that starts waits for them."""

from app.documents.content import AccountPaper, CreditNotePaper, InvoicePaper, Language


def draw_invoice(paper: InvoicePaper, language: Language) -> bytes:
    from app.documents.invoice import render_invoice

    return render_invoice(paper, language)


def draw_credit_note(paper: CreditNotePaper, language: Language) -> bytes:
    from app.documents.credit_note import render_credit_note

    return render_credit_note(paper, language)


def draw_account_statement(paper: AccountPaper, language: Language) -> bytes:
    from app.documents.account_statement import render_account_statement

    return render_account_statement(paper, language)
