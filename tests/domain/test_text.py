from collections.abc import Callable

import pytest

from app.domain.errors import DomainError, ErrorCode, Problem
from app.domain.text import (
    check_email,
    check_email_to_find,
    check_login,
    check_slug,
    check_tax_number,
    check_text,
    letters_and_digits,
)


def refused(check: Callable[..., str], *arguments: object) -> str:
    """The sentence of the refusal, which is about the input named."""
    with pytest.raises(DomainError) as refusal:
        check(*arguments, "input", "field")
    message = refusal.value.message
    assert refusal.value.problems == (Problem(ErrorCode.INVALID_INPUT, message, ("input", "field")),)
    return message


def test_text_is_trimmed() -> None:
    assert check_text("  ООО «Ромашка»\n", "A name", 20) == "ООО «Ромашка»"


def test_text_may_have_tabs_and_line_breaks_inside() -> None:
    assert check_text("a\tb\r\nc", "A name", 6) == "a\tb\r\nc"


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_empty_text_is_refused(text: str) -> None:
    assert refused(check_text, text, "A name", 20) == "A name cannot be empty."


def test_text_has_at_most_so_many_characters() -> None:
    assert check_text(" 12345 ", "A name", 5) == "12345"
    assert refused(check_text, "123456", "A name", 5) == "A name cannot be longer than 5 characters."


@pytest.mark.parametrize("character", ["\x00", "\x08", "\x0b", "\x0c", "\x0e", "\x1f", chr(0xD800), chr(0xDFFF)])
def test_what_cannot_be_stored_is_refused(character: str) -> None:
    assert refused(check_text, f"a{character}b", "A name", 20) == "A name has a character that cannot be stored."


@pytest.mark.parametrize("code", [*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
def test_what_turns_the_direction_of_text_is_refused(code: int) -> None:
    message = "A name has a character that turns the direction of the text."
    assert refused(check_text, f"a{chr(code)}b", "A name", 20) == message


@pytest.mark.parametrize("code", [0x2029, 0x202F, 0x2065, 0x206A, 0x200F])
def test_what_stands_beside_those_is_taken(code: int) -> None:
    assert check_text(f"a{chr(code)}b", "A name", 20) == f"a{chr(code)}b"


@pytest.mark.parametrize("number", ["7707083893", "№ 5", " A "])
def test_a_tax_number_is_taken(number: str) -> None:
    assert check_tax_number(number) == number.strip()


@pytest.mark.parametrize("number", ["-", ". / -", "«»", "\u0301-"])
def test_a_tax_number_without_letters_and_digits_is_refused(number: str) -> None:
    assert refused(check_tax_number, number) == "The tax number has at least one letter or digit."


@pytest.mark.parametrize(
    ("text", "compared"),
    [
        ("7707 083-893", "7707083893"),
        ("７７０７", "7707"),
        ("ИНН 77", "инн77"),
        ("Straße", "strasse"),
        ("\ufb01 1\u00ad2", "fi12"),
        ("e\u0301", "é"),
        ("_-.", ""),
    ],
)
def test_numbers_are_compared_by_their_letters_and_digits(text: str, compared: str) -> None:
    assert letters_and_digits(text) == compared


@pytest.mark.parametrize("slug", ["a", "7", "romashka", "a-b", "a--b", "a" * 63])
def test_a_slug_is_taken(slug: str) -> None:
    assert check_slug(slug) == slug


@pytest.mark.parametrize("slug", ["", "-a", "a-", "A", "a_b", "a b", "ромашка", "a\n", "a" * 64])
def test_what_is_not_a_slug_is_refused(slug: str) -> None:
    assert refused(check_slug, slug) == f"{slug!r} is not a slug: use a–z, 0–9 and hyphens inside, at most 63."


@pytest.mark.parametrize(
    "email",
    [
        "a@b.ru", "Anna.Petrova+1@mail.example.com", "o'neil@a-b.org", "a" * 64 + "@b.ru", "a=b?c@d.ru", "-a@b.ru",
        "anna@xn--80akhbyknj4f.xn--p1ai", "a@7.b.ru",
    ],
)  # fmt: skip
def test_an_email_address_is_taken(email: str) -> None:
    assert check_email(email) == email


def test_an_email_address_is_trimmed() -> None:
    assert check_email(" a@b.ru ") == "a@b.ru"


def test_an_email_address_has_at_most_254_characters() -> None:
    domain = ".".join(["b" * 60] * 3) + ".ru"  # 185 characters
    longest = "a" * 64 + "@" + "bbb." + domain
    assert len(longest) == 254
    assert check_email(longest) == longest
    assert refused(check_email, "a" * 64 + "@" + "bbbb." + domain)


@pytest.mark.parametrize(
    "email",
    [
        "a", "a@b", "@b.ru", "a@", "a@b.r", "a b@c.ru", "a@-b.ru", "a@b-.ru", "a@b..ru", "a" * 65 + "@b.ru",
        ".a@b.ru", "a..b@c.ru", "a.@b.ru", "x@127.0.0.11", "a@b.ru-", "a@b.-1", "a@b.7", "a=?b@c.ru",
        "=?utf-8?b?eA==?=@x.example",
    ],
)  # fmt: skip
def test_what_is_not_an_email_address_is_refused(email: str) -> None:
    assert refused(check_email, email) == f"{email!r} is not an e-mail address."


@pytest.mark.parametrize("email", ["", " "])
def test_an_email_address_has_to_be_said(email: str) -> None:
    assert refused(check_email, email) == "The e-mail address cannot be empty."


def test_an_address_that_was_taken_before_the_rule_grew_is_still_looked_up() -> None:
    assert check_email_to_find(" =?utf-8?b?eA==?=@x.example ") == "=?utf-8?b?eA==?=@x.example"
    assert check_email_to_find("a..b@x.example") == "a..b@x.example"
    assert refused(check_email_to_find, "a b@c.ru") == "'a b@c.ru' is not an e-mail address."


@pytest.mark.parametrize("login", ["a", "Anna", "anna.petrova", "a_b-c", "7", "a" * 64])
def test_a_login_is_taken(login: str) -> None:
    assert check_login(login) == login


@pytest.mark.parametrize("login", ["", ".anna", "anna.", "_a", "a b", "a@b", "анна", "a" * 65])
def test_what_is_not_a_login_is_refused(login: str) -> None:
    message = f"{login!r} is not a login: use letters, digits and . _ - inside, at most 64."
    assert refused(check_login, login) == message
