"""Which addresses strangers may send us to (R8.3)."""

from ipaddress import ip_address

import pytest

from app.domain.addresses import check_receiver, is_public
from app.domain.errors import DomainError

NOBODY = frozenset[str]()


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "93.184.215.14", "::ffff:8.8.8.8", "2001:4860:4860::8888", "2a00:1450:4001::64"]
)
def test_an_ordinary_address_is_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",  # noqa: S104
        "192.0.0.8", "192.0.2.1", "192.88.99.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
        "::1", "::", "fe80::1", "fc00::1", "fec0::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1",
        "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::", "2001::1", "2001:db8::1", "3fff::1", "100::1", "5f00::1",
    ],
)  # fmt: skip
def test_no_other_is(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example.com/a?b=c",
        "https://hooks.example.com:8443/",
        "https://8.8.8.8/",
        "https://xn--e1afmkfd.xn--p1ai/",
    ],
)
def test_a_receiver_is_had_by_https(url: str) -> None:
    assert check_receiver(url, allowed_hosts=NOBODY) == url


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com/", "ftp://hooks.example.com/", "hooks.example.com", "https://", "https:///x",
        "https://user:secret@hooks.example.com/", "https://hooks.example.com/#x", "https://hooks.example.com:0/",
        "https://hooks.example.com:99999/", "https://127.0.0.1/", "https://[::1]/", "https://[fe80::1%25eth0]/",
        "https://169.254.169.254/latest/meta-data", "https://2130706433/", "https://0x7f.1/", "https://127.1/",
        "https://localhost/", "https://a.localhost/", "https://printer.local/", "https://db.internal/",
        "https://db.internal./", "https://a.localhost./", "https://.example.com/", "https://a..com/", "https://*.com/",
        "https://0x7f.0.0.0x1/",
        "https://hooks.example.com/ x", "https://hooks.example.com/\n", "https://приме.рф/",
        "https://hooks.example.com/" + "x" * 2000,
    ],
)  # fmt: skip
def test_everything_else_is_refused(url: str) -> None:
    with pytest.raises(DomainError) as refusal:
        check_receiver(url, "input", "url", allowed_hosts=NOBODY)
    assert refusal.value.code.value == "INVALID_INPUT"
    assert refusal.value.problems[0].path == ("input", "url")


def test_an_operator_may_allow_a_host_also_without_tls() -> None:
    allowed = frozenset({"127.0.0.1"})
    assert check_receiver("http://127.0.0.1:9000/x", allowed_hosts=allowed) == "http://127.0.0.1:9000/x"
    with pytest.raises(DomainError):
        check_receiver("http://127.0.0.2:9000/x", allowed_hosts=allowed)
