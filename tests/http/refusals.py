"""What tests of refused requests share."""

import httpx

CREATING = 'mutation { testClockCreate(input: {now: "2021-01-01T00:00:00Z"}) { __typename } }'
"""An operation that would change something."""


def refusal(response: httpx.Response) -> tuple[int, str]:
    """The status of an answer that must be one error and nothing else, and its code."""
    assert list(response.json()) == ["errors"]
    (error,) = response.json()["errors"]
    assert error["extensions"]["requestId"] == response.headers["X-Request-Id"]
    return response.status_code, error["extensions"]["code"]
