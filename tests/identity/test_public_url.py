"""Where browsers find us: as it is set, and in development here."""

import pytest

from app.settings import Settings

HERE = {"SEATMARK_ENVIRONMENT": "development"}


@pytest.mark.parametrize(
    ("given", "public_url"),
    [
        ({}, None),
        ({"SEATMARK_ENVIRONMENT": "production"}, None),
        (HERE, "http://127.0.0.1:8000"),
        ({**HERE, "SEATMARK_PORT": "8123"}, "http://127.0.0.1:8123"),
        ({**HERE, "SEATMARK_HOST": "::"}, "http://[::1]:8000"),
        ({**HERE, "SEATMARK_HOST": "::1"}, "http://[::1]:8000"),
        ({**HERE, "SEATMARK_HOST": "localhost"}, "http://localhost:8000"),
        ({**HERE, "SEATMARK_HOST": "192.0.2.1"}, None),
        ({**HERE, "SEATMARK_PUBLIC_URL": "https://seats.test/"}, "https://seats.test"),
    ],
    ids=str,
)
def test_it_has_a_default_on_this_machine_in_development_alone(given: dict[str, str], public_url: str | None) -> None:
    assert Settings.model_validate(given).public_url == public_url


@pytest.mark.parametrize(
    ("given", "origins"),
    [
        ({}, ()),
        ({"SEATMARK_PUBLIC_URL": "http://127.0.0.1:8000"}, ("http://127.0.0.1:8000",)),
        (HERE, ("http://127.0.0.1:8000", "http://localhost:8000")),
        ({**HERE, "SEATMARK_PUBLIC_URL": "https://seats.test"}, ("https://seats.test",)),
    ],
    ids=str,
)
def test_both_names_of_this_machine_are_ours_in_development_alone(
    given: dict[str, str], origins: tuple[str, ...]
) -> None:
    assert Settings.model_validate(given).own_origins == origins
