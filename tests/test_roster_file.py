"""Reading a roster as Excel and HR systems write it: Cyrillic, marks, semicolons, quotes and Windows line ends."""

from pathlib import Path

import pytest

from app.processes import StartError
from app.roster_file import RefusedLine, RosterFile, read_people, read_table

HEADER = "email;name;login;role;department;teams"
KNOWN = "known are email, name, login, role, department, teams, externalId"
ANNA = "anna@x.example;Анна;anna;admin;Продажи/Север;Ядро|Web"
READ = {
    "email": "anna@x.example",
    "name": "Анна",
    "login": "anna",
    "role": "ADMIN",
    "department": "Продажи/Север",
    "teams": ["Ядро", "Web"],
}


def read(
    tmp_path: Path, content: bytes | str, encoding: str | None = None, *, ignore_other_columns: bool = False
) -> RosterFile:
    path = tmp_path / "roster.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    table = read_table(path, encoding, ignore_other_columns=ignore_other_columns)
    return read_people(table, table.rows)


def refuse(tmp_path: Path, content: bytes | str, encoding: str | None = None) -> str:
    with pytest.raises(StartError) as refusal:
        read(tmp_path, content, encoding)
    return str(refusal.value).replace(str(tmp_path / "roster.csv"), "roster.csv")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_every_delimiter_and_line_end_is_read(tmp_path: Path, delimiter: str, end: str) -> None:
    content = end.join([HEADER, ANNA, ""]).replace(";", delimiter)
    assert read(tmp_path, content).members == [READ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_what_excel_marks_is_read_without_being_told(tmp_path: Path, encoding: str) -> None:
    assert read(tmp_path, f"{HEADER}\r\n{ANNA}\r\n".encode(encoding)).members == [READ]


def test_another_encoding_is_read_when_told_and_never_guessed(tmp_path: Path) -> None:
    content = f"{HEADER}\r\n{ANNA}\r\n".encode("cp1251")
    assert read(tmp_path, content, "cp1251").members == [READ]
    assert refuse(tmp_path, content) == (
        "roster.csv:2: this is not UTF-8; save it as “CSV UTF-8”, or say how it is written, as in --encoding cp1251"
    )
    assert refuse(tmp_path, b"\xff", "ascii") == "roster.csv:1: this is not ascii"
    assert refuse(tmp_path, b"email", "klingon") == "'klingon' is not an encoding"


def test_excel_s_own_first_line_says_what_separates(tmp_path: Path) -> None:
    found = read(tmp_path, f"sep=;\r\n{HEADER}\r\n{ANNA}\r\n")
    assert (found.members, found.numbers) == ([READ], [3])


def test_quoted_fields_hold_delimiters_quotes_and_line_ends(tmp_path: Path) -> None:
    found = read(tmp_path, 'email,name\r\na@x.example,"Smith, ""Ann""\r\nMarie"\r\nb@x.example,Bob\r\n')
    assert [one["name"] for one in found.members] == ['Smith, "Ann"\r\nMarie', "Bob"]
    assert found.numbers == [2, 4]


def test_columns_may_come_in_any_order_and_optional_ones_may_be_missing(tmp_path: Path) -> None:
    assert read(tmp_path, " Name ,EMAIL\nAnn,a@x.example\n").members == [{"email": "a@x.example", "name": "Ann"}]


def test_an_external_id_is_read_as_text(tmp_path: Path) -> None:
    assert read(tmp_path, "email,name,ExternalID\na@x.example,Ann,007\nb@x.example,Bob,\n").members == [
        {"email": "a@x.example", "name": "Ann", "externalId": "007"},
        {"email": "b@x.example", "name": "Bob"},
    ]


def test_a_blank_login_or_role_is_left_out_and_a_blank_group_is_none(tmp_path: Path) -> None:
    assert read(tmp_path, f"{HEADER}\nb@x.example;Bob;;;;\n").members == [
        {"email": "b@x.example", "name": "Bob", "department": "", "teams": []}
    ]


def test_lines_without_text_are_passed_over_and_counted(tmp_path: Path) -> None:
    found = read(tmp_path, "email;name\n\n;;;\na@x.example;Ann\n ; \n")
    assert (found.numbers, found.refused) == ([4], [])


def test_a_line_that_does_not_fit_the_header_or_has_no_such_role_is_refused(tmp_path: Path) -> None:
    found = read(
        tmp_path, "email,name,role\na@x.example,Ann,boss\nb@x.example,Bob\nc@x.example,Cat,,more\nd@x.example,Dan,,\n"
    )
    assert found.refused == [
        RefusedLine(2, "role", "'boss' is not a role: use OWNER, ADMIN, BILLING_MANAGER, MEMBER."),
        RefusedLine(3, None, "has 2 fields, and the header has 3"),
        RefusedLine(4, None, "has 4 fields, and the header has 3"),
    ]
    assert (len(found.members), found.numbers) == (4, [2, 3, 4, 5])


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "roster.csv is empty"),
        ("a@x.example,Ann\n", f"roster.csv: the header needs the columns email and name; {KNOWN}"),
        ("email,login\n", f"roster.csv: the header needs the columns name; {KNOWN}"),
        (
            "email,name,departement\n",
            f"roster.csv: unknown columns: departement; {KNOWN}; --ignore-other-columns passes over others",
        ),
        ("email,name,Email\n", "roster.csv: the column email is there twice"),
        ('email,name\na@x.example,"Ann\n', "roster.csv:2: this is not CSV: unexpected end of data"),
        ('email,name\nb,B\na@x.example,"A"nn\n', "roster.csv:3: this is not CSV: ',' expected after '\"'"),
    ],
)
def test_a_file_that_makes_no_sense_is_refused_in_one_line(tmp_path: Path, content: str, reason: str) -> None:
    assert refuse(tmp_path, content) == reason


def test_other_columns_can_be_passed_over(tmp_path: Path) -> None:
    found = read(tmp_path, "phone,email,name\n1,a@x.example,Ann\n", ignore_other_columns=True)
    assert found.members == [{"email": "a@x.example", "name": "Ann"}]


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StartError, match=r"^cannot read .*nowhere\.csv: No such file or directory$"):
        read_table(tmp_path / "nowhere.csv", None, ignore_other_columns=False)
